/* The grid by keyboard: a cell that arrow keys move, Enter books. It is a real button in the row of
   its room, so that focus, label and screen reader follow it. */

import { announce, book, earliest, grid, roomOf } from "./booking.js";
import { showCardOf } from "./card.js";
import { STEPS, clockOf, closedWithin, gapAround, isUpright, place, spanOf } from "./places.js";
import { lengthIn, snapDown, snapOf } from "./rules.js";
import { light } from "./series.js";

const ACROSS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const DOWN = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
let cursor = null; // { lane, step, cell with its button, moving }

/* Where an arrow leads, in time and in rooms; nothing for another key. */
export function moveOf(key) {
  return (isUpright() ? DOWN : ACROSS)[key];
}

function lanes() {
  return [...grid.querySelectorAll(".room:not(.shut) .lane")];
}

function words() {
  const { lane, step } = cursor;
  const { free, passedWord, closed } = grid.dataset;
  const bar = !gapAround(lane, step, 0) && barUnder();
  const state = bar ? bar.textContent : step < earliest(lane) ? passedWord : closedWithin(lane, step, step + 1) ? closed : free;
  return `${roomOf(lane).name}, ${clockOf(step)}, ${state}`;
}

function barUnder() {
  return [...cursor.lane.querySelectorAll(".bar")].find((bar) => covers(bar, cursor.step));
}

function covers(bar, step) {
  const [from, to] = spanOf(bar);
  return from <= step && step < to;
}

function draw() {
  const { lane, step, cell, button } = cursor;
  place(button, step, step + snapOf(lane));
  if (cell.parentElement !== lane) {
    cursor.moving = true; // taking it out of its row takes the focus from it
    lane.append(cell);
    cursor.moving = false;
  }
  const label = words();
  button.setAttribute("aria-label", label);
  button.focus({ preventScroll: true });
  button.dataset.series = barUnder()?.dataset.series ?? "";
  light(button.dataset.series);
  button.scrollIntoView({ block: "nearest", inline: "nearest" });
  showCardOf(barUnder() ?? null);
  announce(label);
}

function begin() {
  const button = document.createElement("button");
  button.className = "cursor";
  const cell = document.createElement("li");
  cell.className = "cell";
  cell.append(button);
  button.addEventListener("blur", () => cursor.moving || cell.remove());
  const first = lanes()[0];
  if (!first) return;
  const snap = snapOf(first);
  const step = Math.min(Math.max(earliest(first), Number(grid.dataset.opens)), STEPS - snap);
  cursor = { lane: first, step: Math.ceil(step / snap) * snap, cell, button };
}

function enter() {
  const { lane, step } = cursor;
  const bar = barUnder();
  if (bar) return bar.click();
  const gap = gapAround(lane, step, earliest(lane));
  if (gap) book(lane, Math.max(gap[0], step), Math.min(gap[1], step + lengthIn(lane)));
}

/* The booking that has the focus, or on which the cell is. */
export function chosenBar() {
  const { activeElement } = document;
  return activeElement.closest("a.bar") ?? (activeElement === cursor?.button ? barUnder() : null);
}

/* Takes a key that was pressed inside the grid; leaves alone what it does not know. */
export function moveCursor(event) {
  const move = moveOf(event.key);
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
    const snap = snapOf(cursor.lane);
    cursor.step = Math.max(0, Math.min(STEPS - snap, snapDown(cursor.lane, cursor.step) + move[0] * snap));
  }
  draw();
}

/* After rows were put in place anew: what the cell says may have changed. */
export function restoreCursor() {
  if (cursor?.button.isConnected) cursor.button.setAttribute("aria-label", words());
}
