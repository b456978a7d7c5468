/* A lost connection is said, nothing that was typed is lost, and one button tries again. */

const banner = document.getElementById("connection");
const button = banner.querySelector("button");
const kept = banner.querySelector("span"); // that what was typed is
let again = null; // { form, submitter } that was to be sent

function lost(unsent) {
  again = unsent ?? again;
  [button, kept].forEach((part) => { part.hidden = !again; });
  banner.hidden = false;
}

function found() {
  banner.hidden = true;
  again = null;
}

function failed({ detail: { elt, requestConfig } }) {
  const submitter = requestConfig.triggeringEvent?.submitter;
  lost(elt.matches("form") ? { form: elt, submitter } : null);
}

/* Other requests of the page may get through before what a person sent. */
function answered({ detail: { elt, xhr } }) {
  if (xhr?.status && (!again?.form.isConnected || again.form === elt)) found();
}

/* A form that is a page of its own would leave for the browser's page of errors. */
function leaving(event) {
  const { target: form, submitter } = event;
  if (navigator.onLine || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  event.preventDefault();
  lost({ form, submitter });
}

button.addEventListener("click", () => again?.form.requestSubmit(again.submitter));
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
document.addEventListener("htmx:afterRequest", answered);
document.addEventListener("submit", leaving);
addEventListener("offline", () => lost());
addEventListener("online", () => again || found());
