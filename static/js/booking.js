/* The day on the screen: its clock, its rooms, and the way to the booking form. */

import { openPanel } from "./panel.js";
import { STEPS, clockOf, stepOf } from "./places.js";
import { snapDown } from "./rules.js";

export const grid = document.getElementById("grid");
const announcer = document.getElementById("announcer");

export function announce(words) {
  announcer.textContent = words;
}

/* The time on the company's wall, in steps. */
export function nowStep() {
  return stepOf(grid, Date.now());
}

/* How many steps of the day are over. */
export function passed() {
  return "today" in grid.dataset ? nowStep() : Number(grid.dataset.passed);
}

/* The first step of a room that may still be booked: the quarter that is running counts. */
export function earliest(lane) {
  return passed() >= STEPS ? STEPS : snapDown(lane, passed());
}

export function roomOf(lane) {
  const room = lane.closest(".room");
  return { id: room.id.replace("room-", ""), name: room.querySelector("h3").textContent };
}

export function book(lane, from, to) {
  const query = new URLSearchParams({
    room: roomOf(lane).id, date: grid.dataset.date, start: clockOf(from), end: clockOf(to),
  });
  openPanel(`${grid.dataset.new}?${query}`);
}
