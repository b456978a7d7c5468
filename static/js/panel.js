/* The side panel. On a phone its content is a page of its own instead. */

const panel = document.querySelector("aside#panel");
let opener = null;

export function panelIsOpen() {
  return Boolean(panel) && !panel.hidden;
}

/* Whether it asks something about a booking that was dragged. */
export function askedByHand() {
  return Boolean(panel?.querySelector("[name=by_hand]"));
}

/* Opens an address beside the grid; on a phone goes there. */
export function openPanel(url, from = document.activeElement) {
  if (matchMedia("(width < 720px)").matches) {
    location.assign(url);
    return true;
  }
  opener = from;
  panel.hidden = false;
  htmx.ajax("GET", url, { target: "#panel", swap: "innerHTML" }).catch(closePanel); // connection.js says why
  return true;
}

export function closePanel() {
  panel.hidden = true;
  panel.replaceChildren();
  document.dispatchEvent(new CustomEvent("panel-closed"));
  placeBefore().focus({ preventScroll: true });
}

/* Where the focus was: the link may be another by now, of what was fetched again. */
function placeBefore() {
  const link = opener?.getAttribute("href");
  const again = opener?.isConnected ? opener : link && document.querySelector(`[href="${CSS.escape(link)}"]`);
  return again || document.querySelector("#timeline, .schedule");
}

/* A form begins where something is to be mended, else in its title; all else is read from its heading on. */
function focusFirst({ target }) {
  if (target !== panel) return; // a part of it looked again
  const places = ["[aria-invalid=true]", ".refusal [autofocus]", ".undecided select", "#id_title", "#panel-title"];
  const first = places.map((place) => panel.querySelector(place)).find(Boolean);
  first?.focus({ preventScroll: true });
  const why = panel.querySelector("#look-refusal[role=alert]");
  if (why) why.scrollIntoView({ block: "nearest" });
  else if (first?.closest(".undecided")) first.scrollIntoView({ block: "center" });
}

if (panel) {
  document.addEventListener("panel-wanted", () => { // an answer to something else needs a question
    opener = document.activeElement;
    panel.hidden = false;
  });
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
