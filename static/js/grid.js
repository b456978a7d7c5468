/* The day by hand: press and drag to book, click a booking to open it, or do both by keyboard.
   Without this file every room has a link to the booking form. */

import { announce, book, earliest, grid, nowStep, roomOf } from "./booking.js";
import { carryByKey, grounded, isDragging, settle } from "./carry.js";
import { chosenBar, moveCursor, restoreCursor } from "./cursor.js";
import { isOthers } from "./keys.js";
import { afterHolding, guard, isWaiting } from "./longpress.js";
import { closePanel, openPanel, panelIsOpen } from "./panel.js";
import { STEPS, clockOf, followPointer, gapAround, place, scrollToStep, stepAt } from "./places.js";
import { frameOf, parsed, rowsIn, unfolded, written } from "./rows.js";
import { lengthIn, refusalOf, snapDown, snapOf } from "./rules.js";
import { unlit } from "./series.js";

const timeline = document.getElementById("timeline");
let drag = null; // { lane, anchor, gap, from, to, moved, box }

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

/* --- booking ----------------------------------------------------------------------------- */

function dropSelection() {
  drag?.box.remove();
  grid.classList.remove("selecting");
  drag = null;
}

function isSelecting() {
  return Boolean(drag?.box.isConnected) && !drag.done;
}

/* The times, and why they cannot be booked as far as the page knows; the form then says what can. */
function wordsOf({ lane, from, to }) {
  return [`${clockOf(from)}–${clockOf(to)}`, refusalOf(lane, from, to)].filter(Boolean).join(" · ");
}

function drawSelection() {
  place(drag.box, drag.from, drag.to);
  drag.box.classList.toggle("refused", Boolean(refusalOf(drag.lane, drag.from, drag.to)));
  drag.box.firstChild.textContent = wordsOf(drag);
}

function pressed(event) {
  const lane = event.target.closest(".lane");
  if (event.button !== 0 || !event.isPrimary || !lane || event.target.closest(".bar") || lane.closest(".shut")) return;
  const step = Math.min(stepAt(lane, event), STEPS - 1);
  const gap = gapAround(lane, Math.max(step, snapDown(lane, step)), earliest(lane));
  if (!gap) return;
  dropSelection();
  const box = document.createElement("li");
  box.className = "selection";
  box.ariaHidden = "true"; // it is announced
  box.append(document.createElement("output"));
  const from = Math.max(gap[0], snapDown(lane, step));
  const to = Math.min(gap[1], from + lengthIn(lane));
  const { clientX: x, clientY: y, pointerId } = event;
  drag = { lane, gap, box, anchor: from, from, to, moved: false, x, y, pointerId };
  if (event.pointerType === "touch") afterHolding(event, start);
  else start();
}

function start() {
  if (!drag) return;
  drag.lane.append(drag.box);
  drag.lane.setPointerCapture(drag.pointerId);
  grid.classList.add("selecting");
  drawSelection();
}

function dragged(event) {
  if (drag && !drag.done && !isSelecting() && !isWaiting()) dropSelection(); // the finger scrolls
  if (!isSelecting()) return;
  if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
  drag.moved = true;
  if (event.pointerType === "touch") followPointer(timeline, event);
  const { lane, anchor, gap: [first, last] } = drag;
  const here = stepAt(lane, event);
  const onwards = here >= anchor;
  drag.from = onwards ? anchor : Math.max(first, snapDown(lane, here));
  const end = (onwards ? snapDown(lane, here) : anchor) + snapOf(lane);
  drag.to = Math.min(last, Math.max(end, drag.from + 1));
  drawSelection();
}

function released() {
  if (!drag || drag.done) return;
  const { lane, from, to } = drag;
  grid.classList.remove("selecting");
  if (!drag.box.isConnected) { // a tap: nothing was drawn meanwhile
    lane.append(drag.box);
    drawSelection();
  }
  announce(`${roomOf(lane).name}, ${wordsOf(drag)}`);
  document.dispatchEvent(new CustomEvent("time-selected", { detail: { from, to } }));
  drag = { ...drag, done: true };
  book(lane, from, to);
}

/* --- looking again ------------------------------------------------------------------------ */

let etag = "";
let known = written; // as the server wrote them last

/* Fetches the day and puts in place only the rows that differ, so that selection, focus, scroll and
   an open panel stay. While somebody drags it waits for the next time. */
export async function refreshGrid() {
  if (!grid || isSelecting() || isDragging()) return;
  const answer = await fetch(grid.dataset.source, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.redirected) return location.reload(); // signed out
  if (answer.status !== 200) return;
  etag = answer.headers.get("ETag") ?? "";
  const text = await answer.text();
  await unfolded;
  const rows = rowsIn(text);
  const shown = [...grid.querySelectorAll(".room")].map((room) => room.id);
  const focused = document.activeElement?.getAttribute("href");
  if ([...rows.keys()].join() !== shown.join()) replaceRooms(parsed(text));
  else grounded(() => unlit(() => rows.forEach((row, id) => row === known.get(id) || patch(id, parsed(row)))));
  known = rows;
  patchLegend(frameOf(text));
  if (focused && document.activeElement === document.body) {
    grid.querySelector(`:is(.bar, .about a)[href="${CSS.escape(focused)}"]`)?.focus();
  }
  settle();
  restoreCursor();
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
  if (carryByKey(event)) return event.preventDefault();
  if (event.key === "Escape") {
    if (drag && !drag.done) return dropSelection();
    if (panelIsOpen()) return closePanel();
  }
  if (isOthers(event)) return;
  if (event.key === "Delete" && chosenBar()) return openPanel(`${chosenBar().href}cancel/`);
  if (timeline.contains(event.target)) moveCursor(event);
}

function clicked(event) {
  const bar = event.target.closest("a.bar, a.book");
  if (!bar || event.ctrlKey || event.metaKey || event.shiftKey || !openPanel(bar.href, bar)) return;
  event.preventDefault();
}

if (grid) {
  grid.addEventListener("pointerdown", pressed);
  grid.addEventListener("pointermove", dragged);
  grid.addEventListener("pointerup", released);
  grid.addEventListener("pointercancel", () => drag && !drag.done && dropSelection());
  guard(grid, () => isSelecting() || isDragging());
  grid.addEventListener("click", clicked);
  document.addEventListener("keydown", keyed, { capture: true }); // before the keys of every page
  document.addEventListener("panel-closed", dropSelection);
  drawNow();
  scrollToNow();
  setInterval(drawNow, 30_000);
}
