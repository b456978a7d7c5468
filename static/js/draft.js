/* What somebody types into a booking form outlives the session that ended meanwhile: it is kept in this
   tab, and once they have signed in again the form is open with it. In all other cases it is forgotten. */

import { openPanel } from "./panel.js";

const KEY = "roomly-draft";
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "held", "hold_key"]);
const panel = document.getElementById("panel");
let leaving = false; // what still happens on this page is no longer the draft's matter

function read() {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null"); // { page, fields, kept }
}

function write(draft) {
  if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
  else sessionStorage.removeItem(KEY);
}

function keep({ target }) {
  const form = target.closest?.("form[data-draft]");
  if (!form || leaving) return;
  const fields = [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name));
  write({ page: form.getAttribute("action"), fields, kept: false });
}

/* Puts the draft into its form, where that is open. */
function restore() {
  const draft = read();
  const form = !leaving && draft?.kept && panel?.querySelector(`form[data-draft][action="${CSS.escape(draft.page)}"]`);
  if (!form) return;
  write({ ...draft, kept: false });
  const values = Map.groupBy(draft.fields, ([name]) => name);
  [...form.elements].filter(({ name }) => name && !NOT_KEPT.has(name)).forEach((control) => {
    const typed = (values.get(control.name) ?? []).map(([, value]) => value);
    if (control.matches("[type=checkbox], [type=radio]")) control.checked = typed.includes(control.value);
    else if (typed.length) [, control.value] = values.get(control.name).shift();
  });
  form.elements.room?.dispatchEvent(new Event("change", { bubbles: true })); // look and hold again
}

/* A token that another tab has made invalid: the page needs a new one. */
function renew(event) {
  const { xhr } = event.detail;
  if (xhr.status !== 403 || !xhr.responseText.includes("data-token-outdated")) return;
  event.detail.shouldSwap = false;
  const draft = read();
  if (draft) write({ ...draft, kept: true });
  leaving = true;
  location.reload();
}

const begun = read();
if (begun && !begun.kept) write(null);
else if (begun && panel?.querySelector("form[data-draft]")) restore();
else if (begun && panel) openPanel(begun.page);

document.addEventListener("input", keep);
document.addEventListener("change", keep);
document.addEventListener("submit", keep, true);
document.addEventListener("panel-closed", () => leaving || document.getElementById("hold") || write(null));
document.addEventListener("htmx:afterSettle", restore);
document.addEventListener("htmx:beforeSwap", renew);
