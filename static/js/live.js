/* Keeps what is on the screen up to date: everything with data-source is fetched again when the
   server says that something changed, or every 15 seconds while it cannot say so. */

import { refreshGrid } from "./grid.js";

const DEBOUNCE = 150;
const POLL = 15_000;
const RECONNECT = 15_000;

const note = document.getElementById("live-note");
let waiting = null;
let polling = null;

function look() {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    refreshGrid();
    PARTS.forEach(refresh);
  }, DEBOUNCE);
}

/* Parts of the page by their ids: the facts of an open booking, the week or month of a room. Each is
   fetched from where it came from, and put in place if it differs. */
const PARTS = ["booking-facts", "schedule"];

async function refresh(id) {
  const part = document.getElementById(id);
  if (!part) return;
  const answer = await fetch(part.dataset.source, { headers: { "HX-Request": "true" } });
  if (answer.redirected) return location.reload(); // signed out
  if (!answer.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = found.getElementById(id);
  const shown = document.getElementById(id);
  if (fresh && shown?.dataset.source === part.dataset.source && !fresh.isEqualNode(shown)) put(fresh, shown);
}

/* Where somebody has scrolled to, and what they are at, stays. */
function put(fresh, shown) {
  const { scrollTop, scrollLeft } = shown;
  const at = shown.contains(document.activeElement) && document.activeElement.getAttribute("href");
  shown.replaceWith(fresh);
  fresh.scrollTo(scrollLeft, scrollTop);
  if (at) fresh.querySelector(`[href="${CSS.escape(at)}"]`)?.focus({ preventScroll: true });
}

function shownDays() {
  const days = document.querySelector("[data-utc-dates]")?.dataset.utcDates ?? "";
  return new Set(days.split(" "));
}

function roomsChanged(message) {
  const { days } = JSON.parse(message.data);
  const shown = shownDays();
  if (document.getElementById("booking-facts") || days.some((day) => shown.has(day))) look();
}

function connected() {
  clearInterval(polling);
  polling = null;
  if (note) note.hidden = true;
  look();
}

function away(source) {
  if (note) note.hidden = false;
  polling ??= setInterval(look, POLL);
  if (source.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT);
}

function connect() {
  const source = new EventSource("/live");
  source.addEventListener("hello", connected);
  source.addEventListener("reload", look);
  source.addEventListener("rooms", roomsChanged);
  source.addEventListener("error", () => away(source));
  addEventListener("pagehide", () => source.close(), { once: true });
}

document.addEventListener("bookings-changed", look);
addEventListener("pageshow", (shown) => shown.persisted && connect());
connect();
