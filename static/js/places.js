/* Where something is on the day's time line, in steps of five minutes. */

export const STEPS = 288;
export const SNAP = 3; // a quarter of an hour
export const LENGTH = 6; // what a click books

export function clockOf(step) {
  const minutes = step * 5;
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function stepAt(lane, clientX) {
  const box = lane.getBoundingClientRect();
  return Math.max(0, Math.min(STEPS, ((clientX - box.left) / box.width) * STEPS));
}

export function snapDown(step) {
  return Math.floor(step / SNAP) * SNAP;
}

export function spanOf(bar) {
  const style = getComputedStyle(bar);
  const from = Number(style.getPropertyValue("--s"));
  return [from, from + Number(style.getPropertyValue("--w"))];
}

/* Every bar that takes its room; what is being moved takes none. */
export function takingIn(lane) {
  return [...lane.querySelectorAll(".bar:not(.free, .conflicted, .lifted)")];
}

export function takenIn(lane) {
  return takingIn(lane).map(spanOf);
}

/* Whether a room is closed at a step; what is shaded without a rule is open all the same. */
export function closedAt(lane, step) {
  const grid = lane.closest(".grid");
  if (!grid.dataset.closed) return false;
  return [...lane.querySelectorAll(".closed"), ...grid.querySelectorAll(".shades .closed")].some((shade) => {
    const style = getComputedStyle(shade);
    const from = Number(style.getPropertyValue("--s"));
    return from <= step && step < from + Number(style.getPropertyValue("--w"));
  });
}

/* The gap around a step as [from, to), or null where the room is taken or the time is over. */
export function gapAround(lane, step, earliest) {
  let from = earliest;
  let to = STEPS;
  for (const [start, end] of takenIn(lane)) {
    if (start <= step && step < end) return null;
    if (end <= step) from = Math.max(from, end);
    if (start > step) to = Math.min(to, start);
  }
  return step < from || from >= to ? null : [from, to];
}

export function place(element, from, to) {
  element.style.setProperty("--s", from);
  element.style.setProperty("--w", to - from);
}
