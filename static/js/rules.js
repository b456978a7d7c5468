/* What the rules of a room say about a time, as far as the page knows them; the server knows all. */

import { LENGTH, SNAP, closedWithin, frameOf, stepOf } from "./places.js";

const read = new Map(); // by their text

/* Steps and lengths in steps of five minutes, refusals in words. */
function rulesOf(lane) {
  const text = lane.closest("[data-rules]")?.dataset.rules ?? "{}"; // the room's own, else those of all
  if (!read.has(text)) read.set(text, JSON.parse(text));
  return read.get(text);
}

export function snapOf(lane) {
  return rulesOf(lane).step ?? SNAP;
}

export function snapDown(lane, step) {
  return Math.floor(step / snapOf(lane)) * snapOf(lane);
}

export function snapNear(lane, step) {
  return Math.round(step / snapOf(lane)) * snapOf(lane);
}

/* What a click books: the usual, as far as it is allowed, in whole steps. */
export function lengthIn(lane) {
  const { least, most } = rulesOf(lane);
  const length = Math.min(Math.max(LENGTH, least?.[0] ?? 0), most?.[0] ?? Infinity);
  const snap = snapOf(lane);
  return Math.max(Math.ceil(length / snap) * snap, 1);
}

/* Why a time cannot be booked, or nothing. As in house_rules/checking.py: of a booking that `keepsStart` it
   is not asked how far ahead it is, of one that goes on and `endsEarly` not how short. */
export function refusalOf(lane, from, to, { keepsStart = false, endsEarly = false } = {}) {
  const { least, most, ahead, closed } = rulesOf(lane);
  if (ahead && !keepsStart && from < stepOf(frameOf(lane), Date.now()) + ahead[0]) return ahead[1];
  if (closed && closedWithin(lane, from, to)) return closed;
  if (least && !endsEarly && to - from < least[0]) return least[1];
  return most && to - from > most[0] ? most[1] : "";
}
