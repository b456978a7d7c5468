/* A chosen date is gone to. The day or week beside this one is on its way before its link is pressed:
   when a hand goes for it, and the next one after somebody came from the last. Every page looks again
   once it is open (live.js), so one that was fetched too early is right a moment later. */

const WAY = "roomly-way";
const asked = new Set();

function prefetch(link) {
  if (!link || asked.has(link.href)) return;
  asked.add(link.href);
  const hint = document.createElement("link");
  hint.rel = "prefetch";
  hint.href = link.href;
  document.head.append(hint);
}

document.querySelectorAll(".days [rel]").forEach((link) => {
  const now = () => prefetch(link);
  link.addEventListener("pointerenter", now);
  link.addEventListener("focus", now);
  link.addEventListener("click", () => sessionStorage.setItem(WAY, link.rel));
});

document.documentElement.classList.add("scripted");

/* A date that is picked is gone to at once, one that is typed by Enter or on leaving: each digit makes one. */
const date = document.getElementById("date");
let isTyped = false;

function goTo() {
  if (date.value && date.value !== date.defaultValue) date.form.requestSubmit();
}

date.addEventListener("keydown", ({ key }) => { isTyped = key !== "Enter"; });
date.addEventListener("pointerdown", () => { isTyped = false; });
date.addEventListener("change", () => isTyped || goTo());
date.addEventListener("blur", () => isTyped && goTo());

const way = sessionStorage.getItem(WAY);
sessionStorage.removeItem(WAY);
if (way) addEventListener("load", () => setTimeout(() => prefetch(document.querySelector(`.days [rel=${way}]`)), 300));
