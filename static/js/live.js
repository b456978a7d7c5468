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
    refreshFacts();
  }, DEBOUNCE);
}

/* The facts of an open booking: their page is fetched, and only what differs is put in place. */
async function refreshFacts() {
  const facts = document.getElementById("booking-facts");
  if (!facts) return;
  const answer = await fetch(facts.dataset.source, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = found.getElementById("booking-facts");
  const shown = document.getElementById("booking-facts");
  if (fresh && shown?.dataset.source === facts.dataset.source && !fresh.isEqualNode(shown)) {
    shown.replaceWith(fresh);
  }
}

function shownDays() {
  const days = document.getElementById("grid")?.dataset.utcDates ?? "";
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
