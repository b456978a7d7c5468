/* Keeps what is on the screen up to date: everything with data-source is fetched again when the
   server says that something changed, or every 15 seconds while it cannot say so. */

import { grounded, isDragging, settle } from "./carry.js";
import { refreshGrid } from "./grid.js";
import { reach } from "./reach.js";
import { isSelecting, unselected } from "./selection.js";
import { unlit } from "./series.js";

const DEBOUNCE = 150;
const POLL = 15_000;
const RECONNECT = 15_000;

const note = document.getElementById("live-note");
let waiting = null;
let polling = null;

function look() {
  lookIn(DEBOUNCE);
}

function lookIn(wait) {
  clearTimeout(waiting);
  waiting = setTimeout(lookNow, wait);
}

/* Waits for a hand that is at something, and tries again where there was no connection. */
async function lookNow() {
  if (isSelecting() || isDragging()) return look();
  const seen = await Promise.all([refreshGrid(), ...PARTS.map(refresh)]);
  if (seen.includes(false)) lookIn(POLL);
}

/* Parts of the page by their ids: the facts of an open booking, the week or month of a room. Each is
   fetched from where it came from, and put in place if it differs. */
const PARTS = ["booking-facts", "schedule"];
const tags = new Map(); // of the answers, by their source

/* False where the server could not be reached. */
async function refresh(id) {
  const part = document.getElementById(id);
  if (!part) return true;
  const { source } = part.dataset;
  const answer = await reach(source, { "HX-Request": "true", ...known(source) });
  if (!answer) return false;
  if (answer.status === 401) return location.reload(); // signed out
  if (!answer.ok) return true; // or as it was
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = found.getElementById(id);
  const shown = document.getElementById(id);
  if (!fresh || shown?.dataset.source !== source) return true;
  if (isSelecting() || isDragging()) return look();
  grounded(() => unselected(() => unlit(() => fresh.isEqualNode(shown) || put(fresh, shown))));
  settle();
  if (id === "schedule") putLegend(found);
  tags.set(source, answer.headers.get("ETag"));
  return true;
}

function known(source) {
  return tags.get(source) ? { "If-None-Match": tags.get(source) } : {};
}

/* Where somebody has scrolled to, and what they are at, stays. */
function put(fresh, shown) {
  const { scrollTop, scrollLeft } = shown;
  const at = shown.contains(document.activeElement) && document.activeElement.getAttribute("href");
  shown.replaceWith(fresh);
  fresh.scrollTo(scrollLeft, scrollTop);
  if (at) fresh.querySelector(`[href="${CSS.escape(at)}"]`)?.focus({ preventScroll: true });
}

/* It lists what is on the screen. */
function putLegend(found) {
  document.getElementById("legend")?.remove();
  const legend = found.getElementById("legend");
  if (legend) document.querySelector(".workspace").after(legend);
}

function shownDays() {
  const days = document.querySelector("[data-utc-dates]")?.dataset.utcDates ?? "";
  return new Set(days.split(" "));
}

function roomsChanged(message) {
  const { days } = JSON.parse(message.data);
  const shown = shownDays();
  const concerns = !days.length || days.some((day) => shown.has(day)); // a room itself changed, or a day
  if (concerns || document.getElementById("booking-facts")) look();
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
addEventListener("online", look);
addEventListener("pageshow", (shown) => shown.persisted && connect());
connect();
