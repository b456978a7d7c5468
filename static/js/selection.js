/* Press and drag on empty time: a selection, of which the booking form opens. */

import { announce, book, earliest, isDrawn, keepInSight, roomOf, scroller, surface } from "./booking.js";
import { isElsewhere, swallowClick } from "./clicks.js";
import { afterHolding, isWaiting } from "./longpress.js";
import { STEPS, clockOf, followPointer, gapAround, laneAt, laneNow, place, stepAt } from "./places.js";
import { lengthIn, refusalOf, snapDown, snapOf } from "./rules.js";

let drag = null; // { lane, anchor, gap, from, to, moved, box }
let isDown = false; // whether a press that began here goes on

export function dropSelection() {
  drag?.box.remove();
  surface?.classList.remove("selecting");
  drag = null;
}

export function isSelecting() {
  return Boolean(drag?.box.isConnected) && !drag.done;
}

/* Does something for which the page has to be as the server wrote it. */
export function unselected(act) {
  const isShown = Boolean(drag?.box.isConnected);
  drag?.box.remove();
  act();
  if (!isShown) return;
  drag.lane = laneNow(drag.lane);
  drag.lane?.append(drag.box);
}

/* The times, and why they cannot be booked as far as the page knows; the form then says what can. */
function wordsOf({ lane, from, to }) {
  return [`${clockOf(from)}–${clockOf(to)}`, refusalOf(lane, from, to)].filter(Boolean).join(" · ");
}

function draw() {
  place(drag.box, drag.from, drag.to);
  drag.box.classList.toggle("refused", Boolean(refusalOf(drag.lane, drag.from, drag.to)));
  drag.box.firstChild.textContent = wordsOf(drag);
}

function pressed(event) {
  const lane = laneAt(event.target);
  if (event.button !== 0 || !event.isPrimary || isElsewhere(event) || !isDrawn()) return;
  if (!lane || event.target.closest(".bar") || lane.closest(".shut")) return;
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
  isDown = true;
  if (event.pointerType === "touch") afterHolding(event, start);
  else start();
}

function start() {
  if (!drag) return;
  drag.lane.append(drag.box);
  drag.lane.setPointerCapture(drag.pointerId);
  surface.classList.add("selecting");
  draw();
}

function dragged(event) {
  if (drag && !drag.done && !isSelecting() && !isWaiting()) dropSelection(); // the finger scrolls
  if (!isSelecting()) return;
  if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 5) return;
  drag.moved = true;
  if (event.pointerType === "touch") followPointer(scroller(), event);
  const { lane, anchor, gap: [first, last] } = drag;
  const here = stepAt(lane, event);
  const onwards = here >= anchor;
  drag.from = onwards ? anchor : Math.max(first, snapDown(lane, here));
  const end = (onwards ? snapDown(lane, here) : anchor) + snapOf(lane);
  drag.to = Math.min(last, Math.max(end, drag.from + 1));
  draw();
}

function released() {
  if (isDown) swallowClick(); // also where Escape has dropped it: in a week empty time is a link
  isDown = false;
  if (!drag || drag.done) return;
  const { lane, from, to } = drag;
  surface.classList.remove("selecting");
  if (!drag.box.isConnected) { // a tap: nothing was drawn meanwhile
    lane.append(drag.box);
    draw();
  }
  announce(`${roomOf(lane).name}, ${wordsOf(drag)}`);
  document.dispatchEvent(new CustomEvent("time-selected", { detail: { from, to } }));
  drag = { ...drag, done: true };
  book(lane, from, to);
  keepInSight(drag.box);
}

function cancelled() {
  isDown = false;
  if (drag && !drag.done) dropSelection();
}

if (surface) {
  surface.addEventListener("pointerdown", pressed);
  surface.addEventListener("pointermove", dragged);
  surface.addEventListener("pointerup", released);
  surface.addEventListener("pointercancel", cancelled);
  document.addEventListener("panel-closed", dropSelection);
}
