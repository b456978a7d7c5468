/* The day on the screen: its clock, its rooms, and the way to the booking form. */

import { openPanel } from "./panel.js";
import { STEPS, clockOf, snapDown } from "./places.js";

export const grid = document.getElementById("grid");
const announcer = document.getElementById("announcer");

export function announce(words) {
  announcer.textContent = words;
}

/* The time on the company's wall, in steps. */
export function nowStep() {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: grid.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(new Date());
  const [hour, minute] = parts.split(":").map(Number);
  return (hour * 60 + minute) / 5;
}

/* The first step that may still be booked: the quarter that is running counts. */
export function earliest() {
  const passed = "today" in grid.dataset ? nowStep() : Number(grid.dataset.passed);
  return passed >= STEPS ? STEPS : snapDown(passed);
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
