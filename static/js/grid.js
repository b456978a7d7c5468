/* The day of all rooms: its clock, its keyboard, and looking again. Without this file every room has a
   link to the booking form. */

import "./byhand.js";
import { grid, nowStep } from "./booking.js";
import { grounded, isDragging, settle } from "./carry.js";
import { moveCursor, restoreCursor } from "./cursor.js";
import { isOthers } from "./keys.js";
import { panelIsOpen } from "./panel.js";
import { STEPS, scrollToStep } from "./places.js";
import { reach } from "./reach.js";
import { parsed, restOf, rowsIn, unfolded, written } from "./rows.js";
import { isSelecting } from "./selection.js";
import { unlit } from "./series.js";

const timeline = document.getElementById("timeline");

const begunToday = grid && "today" in grid.dataset && nowStep() < STEPS; // unless a clock is wrong

/* --- time -------------------------------------------------------------------------------- */

function drawNow() {
  if (!("today" in grid.dataset)) return;
  const step = nowStep();
  if (step >= STEPS && begunToday && isUntouched()) return location.reload(); // left open overnight
  grid.querySelector(".now").style.setProperty("--s", step);
  grid.querySelector(".past").style.setProperty("--w", step);
}

/* Whether the page shows today for lack of a date, and nobody is at anything. */
function isUntouched() {
  const chosen = new URLSearchParams(location.search).has("date");
  return !chosen && !panelIsOpen() && !isSelecting() && !isDragging();
}

function scrollToNow() {
  scrollToStep(timeline, "today" in grid.dataset ? nowStep() : Number(grid.dataset.opens) || 96);
}

/* --- looking again ------------------------------------------------------------------------ */

let etag = "";
let known = written; // as the server wrote them last

/* Fetches the day and puts in place only the rows that differ, so that selection, focus, scroll and
   an open panel stay. False where the server could not be reached. */
export async function refreshGrid() {
  if (!grid) return true;
  const answer = await reach(grid.dataset.source, etag ? { "If-None-Match": etag } : {});
  if (!answer) return false;
  if (answer.redirected) return location.reload(); // signed out
  if (answer.status !== 200) return true;
  etag = answer.headers.get("ETag") ?? "";
  const text = await answer.text();
  await unfolded;
  const rows = rowsIn(text);
  const shown = [...grid.querySelectorAll(".room")].map((room) => room.id);
  const focused = document.activeElement?.getAttribute("href");
  if ([...rows.keys()].join() !== shown.join()) replaceRooms(parsed(text));
  else grounded(() => unlit(() => rows.forEach((row, id) => row === known.get(id) || patch(id, parsed(row)))));
  known = rows;
  patchLegend(restOf(text));
  if (focused && document.activeElement === document.body) {
    grid.querySelector(`:is(.bar, .about a)[href="${CSS.escape(focused)}"]`)?.focus();
  }
  settle();
  restoreCursor();
  return true;
}

/* Other rooms than before: some were added, or the filter lets others through. */
function replaceRooms(fresh) {
  const sheet = grid.querySelector(".sheet");
  const parts = ".storey, .no-rooms";
  grounded(() => {
    sheet.querySelectorAll(parts).forEach((part) => part.remove());
    sheet.append(...fresh.querySelectorAll(parts));
  });
  document.dispatchEvent(new CustomEvent("rooms-replaced"));
}

function patch(id, row) {
  const [shown, fresh] = [document, row].map((page) => page.getElementById(id));
  const bars = (room) => [...room.querySelectorAll(".lane > li:not(.ghost, .selection, .cell)")];
  const markup = (room) => bars(room).map((bar) => bar.outerHTML).join("");
  if (markup(shown) !== markup(fresh)) {
    bars(shown).forEach((bar) => bar.remove());
    shown.querySelector(".lane").prepend(...bars(fresh));
  }
  for (const part of [".about h3", ".about p", ".about .book"]) {
    const [old, now] = [shown, fresh].map((room) => room.querySelector(part));
    if (!old.isEqualNode(now)) old.replaceWith(now);
  }
  const isAlone = shown.classList.contains("alone");
  shown.className = fresh.className;
  shown.classList.toggle("alone", isAlone);
}

function patchLegend(fresh) {
  document.getElementById("legend")?.remove();
  const legend = fresh.getElementById("legend");
  if (legend) grid.append(legend);
}

/* --- wiring -------------------------------------------------------------------------------- */

function keyed(event) {
  if (!event.defaultPrevented && !isOthers(event) && timeline.contains(event.target)) moveCursor(event);
}

if (grid) {
  document.addEventListener("keydown", keyed, { capture: true }); // after what is carried took its own
  drawNow();
  scrollToNow();
  setInterval(drawNow, 30_000);
}
