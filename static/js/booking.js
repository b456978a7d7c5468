/* What days by hand have in common: their clock, their rooms, and the way to the booking form. The day of
   all rooms is one frame with a lane for each room, the week of a room one for each day. */

import { openPanel } from "./panel.js";
import { STEPS, clockOf, frameOf, isPhone, stepOf } from "./places.js";
import { snapDown } from "./rules.js";

export const grid = document.getElementById("grid"); // the day
export const surface = grid ?? document.getElementById("week"); // what hands work on; no month
const announcer = document.getElementById("announcer");

export function announce(words) {
  announcer.textContent = words;
}

/* Whether times have their places on the screen: the month is a list, on a phone the week, too. */
export function isDrawn() {
  return Boolean(grid) || (Boolean(surface) && !isPhone());
}

/* What lies at the end of a day is out of sight once the panel is beside it. */
export function keepInSight(element) {
  element.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/* What scrolls; the week is put in place anew with all that is in it. */
export function scroller() {
  return document.querySelector("#timeline, .schedule");
}

/* The time on the wall, in steps. */
export function nowStep(frame = grid) {
  return stepOf(frame, Date.now());
}

/* How many steps of a day are over. */
export function passed(frame = grid) {
  return "today" in frame.dataset ? nowStep(frame) : Number(frame.dataset.passed);
}

/* The first step of a lane that may still be booked: the quarter that is running counts. */
export function earliest(lane) {
  const over = passed(frameOf(lane));
  return over >= STEPS ? STEPS : snapDown(lane, over);
}

/* The room of a lane, and what tells the lane from the others: the room, in a week the day. */
export function roomOf(lane) {
  const room = lane.closest(".room");
  if (!room) return { id: surface.dataset.room, name: frameOf(lane).dataset.name };
  return { id: room.id.replace("room-", ""), name: room.querySelector("h3").textContent };
}

export function book(lane, from, to) {
  const { date, clock } = frameOf(lane).dataset;
  const query = new URLSearchParams({ room: roomOf(lane).id, date, start: clockOf(from), end: clockOf(to) });
  if (clock) query.set("clock", clock);
  openPanel(`${surface.dataset.new}?${query}`);
}
