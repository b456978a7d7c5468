/* Where something is on a day's time line, in steps of five minutes. Time runs across; on a phone, and in
   the week of a room, down. */

export const STEPS = 288;
export const SNAP = 3; // a quarter of an hour
export const LENGTH = 6; // what a click books

const phone = matchMedia("(width < 720px)");
const isWeek = Boolean(document.getElementById("week"));
const BRINK = 32; // pixels within which the time line moves on
const PULL = 14;

export function isPhone() {
  return phone.matches;
}

export function isUpright() {
  return phone.matches || isWeek;
}

/* The day that a lane is of, with its date and zone. */
export function frameOf(lane) {
  return lane.closest("[data-date]");
}

/* The lane under a pointer; in a week empty time lies beside it, as links. */
export function laneAt(target) {
  return target.closest(".lane") ?? target.closest(".face")?.querySelector(".lane");
}

/* The lane that has taken the place of one in a week that was put in place anew. */
export function laneNow(lane) {
  return lane.isConnected ? lane : document.querySelector(`[data-date="${frameOf(lane).dataset.date}"] .lane`);
}

export function clockOf(step) {
  const minutes = step * 5;
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/* Where an instant is on the wall, seen from a day that is shown. */
export function stepOf(frame, instant) {
  const { zone, date } = frame.dataset;
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" }).format(instant);
  const [day, clock] = parts.split(" "); // as in ISO 8601
  const [hour, minute] = clock.split(":").map(Number);
  const days = (Date.parse(day) - Date.parse(date)) / 86_400_000;
  return days * STEPS + (hour * 60 + minute) / 5;
}

/* The step under a pointer. */
export function stepAt(lane, { clientX, clientY }) {
  const box = lane.getBoundingClientRect();
  const part = isUpright() ? (clientY - box.top) / box.height : (clientX - box.left) / box.width;
  return Math.max(0, Math.min(STEPS, part * STEPS));
}

/* Brings a step into sight, with a little of what was before it. */
export function scrollToStep(timeline, step) {
  const lane = timeline.querySelector(".lane");
  const part = Math.max(0, step - 9) / STEPS;
  if (!lane) return;
  if (isUpright()) timeline.scrollTop = part * lane.offsetHeight;
  else timeline.scrollLeft = part * lane.offsetWidth;
}

/* What is carried to the brink of the time line brings more of it into sight. */
export function followPointer(timeline, { clientX, clientY }) {
  const box = timeline.getBoundingClientRect();
  const { left, top } = heads(timeline);
  const pull = (at, first, last) => (at < first + BRINK ? -PULL : at > last - BRINK ? PULL : 0);
  timeline.scrollBy(pull(clientX, left, box.right), pull(clientY, top, box.bottom));
}

/* Where the heads that stay in sight end. */
function heads(timeline) {
  const hours = timeline.querySelector(".hours").getBoundingClientRect();
  const about = timeline.querySelector(".about, .column header").getBoundingClientRect();
  const [across, down] = isUpright() ? [hours, about] : [about, hours];
  return { left: across.right, top: down.bottom };
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

/* Whether a room is closed in a part of a time; what is shaded without a rule is open all the same. */
export function closedWithin(lane, from, to) {
  const frame = frameOf(lane);
  if (!("closed" in frame.dataset)) return false;
  return [...lane.querySelectorAll(".closed"), ...frame.querySelectorAll(".shades .closed")].some((shade) => {
    const [start, end] = spanOf(shade);
    return start < to && from < end;
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
