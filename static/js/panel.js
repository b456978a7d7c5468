/* The side panel. On a phone its content is a page of its own instead. */

const panel = document.querySelector("aside#panel");
let opener = null;

export function panelIsOpen() {
  return Boolean(panel) && !panel.hidden;
}

/* Opens an address beside the grid; on a phone goes there. */
export function openPanel(url, from = document.activeElement) {
  if (matchMedia("(width < 720px)").matches) {
    location.assign(url);
    return true;
  }
  opener = from;
  panel.hidden = false;
  htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" });
  return true;
}

export function closePanel() {
  panel.hidden = true;
  panel.replaceChildren();
  document.dispatchEvent(new CustomEvent("panel-closed"));
  const back = opener?.isConnected ? opener : document.getElementById("timeline");
  back.focus({ preventScroll: true });
}

/* A form begins in its title, everything else is read from its heading on. */
function focusFirst({ target }) {
  if (target !== panel) return; // a part of it looked again
  const field = panel.querySelector("[aria-invalid=true], .refusal [autofocus], #id_title");
  (field ?? panel.querySelector("#panel-title"))?.focus({ preventScroll: true });
}

if (panel) {
  panel.addEventListener("htmx:afterSettle", focusFirst);
  panel.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    closePanel();
  });
  panel.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!detail.successful || detail.requestConfig.verb !== "post" || detail.target !== panel) return;
    document.dispatchEvent(new CustomEvent("panel-closed")); // the selection has become a booking
    document.dispatchEvent(new CustomEvent("bookings-changed"));
  });
}
