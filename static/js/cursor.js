/* The grid by keyboard: a cell that arrow keys move, Enter books. It is a real button in the row of
   its room, so that focus, label and screen reader follow it. */

import { announce, book, earliest, grid, roomOf } from "./booking.js";
import { LENGTH, SNAP, STEPS, clockOf, closedAt, gapAround, place } from "./places.js";
import { light } from "./series.js";

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
let cursor = null; // { lane, step, button, moving }

function lanes() {
  return [...grid.querySelectorAll(".room:not(.shut) .lane")];
}

function words() {
  const { lane, step } = cursor;
  const { free, passedWord, closed } = grid.dataset;
  const bar = !gapAround(lane, step, 0) && barUnder();
  const state = bar ? bar.textContent : step < earliest() ? passedWord : closedAt(lane, step) ? closed : free;
  return `${roomOf(lane).name}, ${clockOf(step)}, ${state}`;
}

function barUnder() {
  return [...cursor.lane.querySelectorAll(".bar")].find((bar) => covers(bar, cursor.step));
}

function covers(bar, step) {
  const style = getComputedStyle(bar);
  const from = Number(style.getPropertyValue("--s"));
  return from <= step && step < from + Number(style.getPropertyValue("--w"));
}

function draw() {
  const { lane, step, button } = cursor;
  place(button, step, step + SNAP);
  if (button.parentElement !== lane) {
    cursor.moving = true; // taking it out of its row takes the focus from it
    lane.append(button);
    cursor.moving = false;
  }
  const label = words();
  button.setAttribute("aria-label", label);
  button.focus({ preventScroll: true });
  button.dataset.series = barUnder()?.dataset.series ?? "";
  light(button.dataset.series);
  button.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(label);
}

function begin() {
  const button = document.createElement("button");
  button.className = "cursor";
  button.addEventListener("blur", () => cursor.moving || button.remove());
  const first = lanes()[0];
  const step = Math.min(Math.max(earliest(), Number(grid.dataset.opens)), STEPS - SNAP);
  cursor = first ? { lane: first, step: Math.ceil(step / SNAP) * SNAP, button } : null;
}

function enter() {
  const { lane, step } = cursor;
  const bar = barUnder();
  if (bar) return bar.click();
  const gap = gapAround(lane, step, earliest());
  if (gap) book(lane, Math.max(gap[0], step), Math.min(gap[1], step + LENGTH));
}

/* The booking that has the focus, or on which the cell is. */
export function chosenBar() {
  const { activeElement } = document;
  return activeElement.closest("a.bar") ?? (activeElement === cursor?.button ? barUnder() : null);
}

/* Takes a key that was pressed inside the grid; leaves alone what it does not know. */
export function moveCursor(event) {
  const move = MOVES[event.key];
  if (event.key === "Enter" && event.target === cursor?.button) {
    event.preventDefault();
    return enter();
  }
  if (!move) return;
  event.preventDefault();
  const fresh = !cursor?.lane.isConnected;
  if (fresh) begin();
  if (!cursor) return;
  if (!fresh && cursor.button.isConnected) {
    const all = lanes();
    const row = all.indexOf(cursor.lane) + move[1];
    cursor.lane = all[Math.max(0, Math.min(all.length - 1, row))];
    cursor.step = Math.max(0, Math.min(STEPS - SNAP, cursor.step + move[0] * SNAP));
  }
  draw();
}

/* After rows were put in place anew: what the cell says may have changed. */
export function restoreCursor() {
  if (cursor?.button.isConnected) cursor.button.setAttribute("aria-label", words());
}
