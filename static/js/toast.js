/* What was done by hand is said for ten seconds, and can be undone as long; a refusal stays. */

const TIME = 10_000; // not longer than the server waits before it tells anybody
const toast = document.getElementById("toast");
let asked = 0; // when what it tells was sent
let timer = null;

toast.addEventListener("htmx:afterSettle", () => {
  clearTimeout(timer);
  if (toast.querySelector(".refusal")) return;
  timer = setTimeout(() => toast.replaceChildren(), TIME - (Date.now() - asked));
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb === "post") asked = Date.now();
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && toast.querySelector(".refusal")) toast.replaceChildren();
});
