/* A booking carried by hand: moved in time and to another room or day, or made longer and shorter at its
   edges, by pointer or by keyboard. What the page knows of the day is said while it is carried; the
   server has the last word, and what it refuses goes back. */

import { announce, earliest, grid, isDrawn, passed, roomOf, scroller, surface } from "./booking.js";
import { hideCard } from "./card.js";
import { swallowClick } from "./clicks.js";
import { chosenBar, moveOf } from "./cursor.js";
import { afterHolding, isWaiting } from "./longpress.js";
import { askedByHand, closePanel } from "./panel.js";
import { STEPS, clockOf, followPointer, frameOf, gapAround, isUpright, laneAt, laneNow, place, spanOf, stepAt, takingIn } from "./places.js";
import { refusalOf, snapNear, snapOf } from "./rules.js";

const toast = document.getElementById("toast");
const EDGE = 6; // pixels at an end of a bar that resize it
const FINGER = 14; // and where a finger presses
const THRESHOLD = 5; // pixels that make a press a drag
const ONE_DAY = /^\d\d:\d\d–\d\d:\d\d$/;

let pressed = null; // { bar, edge, at: the event } until it becomes a drag
let carried = null; // { href, lane, from, to, edge, home, box, by: "pointer" | "keys", stage }

/* --- what may be carried ----------------------------------------------------------------- */

function timesOf(bar) {
  return bar.querySelector("time").textContent;
}

/* Which parts of a booking this person can move now: null, its "end" while it takes place, or "all". */
function holdOn(bar) {
  if (!bar.matches(".mine") && !("all" in toast.dataset)) return null;
  const [from, to] = spanOf(bar);
  const over = passed(frameOf(bar));
  if (to <= over || !ONE_DAY.test(timesOf(bar))) return null;
  return from < over ? "end" : "all";
}

function edgeAt(bar, { clientX, clientY, pointerType }) {
  const box = bar.getBoundingClientRect();
  const [at, first, last] = isUpright() ? [clientY, box.top, box.bottom] : [clientX, box.left, box.right];
  const edge = Math.min(pointerType === "touch" ? FINGER : EDGE, (last - first) / 3);
  if (last - at < edge) return "end";
  return at - first < edge ? "start" : "";
}

/* What a press at this place would do: "", "start" or "end"; null where it does nothing. */
function gripAt(event) {
  const bar = isDrawn() && event.target.closest?.("a.bar");
  const hold = bar && holdOn(bar);
  if (!hold) return null;
  const edge = edgeAt(bar, event);
  return hold === "all" || edge === "end" ? edge : null;
}

/* --- carrying ---------------------------------------------------------------------------- */

function lift(bar, edge, by) {
  putDown();
  hideCard();
  toast.replaceChildren();
  const lane = bar.closest(".lane");
  const [from, to] = spanOf(bar);
  const box = document.createElement("li");
  box.className = "ghost";
  box.ariaHidden = "true"; // it is announced
  box.append(bar.querySelector("b").cloneNode(true), document.createElement("output"));
  const home = { lane, room: roomOf(lane).id, date: dateOf(lane), from, to, times: timesOf(bar) };
  carried = { href: bar.getAttribute("href"), lane, from, to, edge, home, box, by, stage: "carried" };
  bar.classList.add("lifted");
  surface.classList.add("carrying");
  draw();
}

function dateOf(lane) {
  return frameOf(lane).dataset.date;
}

function barOf({ href }) {
  return surface.querySelector(`a.bar[href="${CSS.escape(href)}"]`);
}

/* What is in the way under the booking, as far as the page knows. */
function obstacle() {
  const { lane, from, to } = carried;
  if (lane.closest(".shut")) return toast.dataset.shut;
  const other = takingIn(lane).find((bar) => {
    const [start, end] = spanOf(bar);
    return start < to && from < end;
  });
  return other ? `${toast.dataset.taken}: ${other.querySelector("b")?.textContent ?? other.textContent}` : "";
}

/* Why the place cannot be had; a rule's refusal is left to the server, which knows the nearest change. */
function refusal() {
  const { lane, from, to } = carried;
  return obstacle() || refusalOf(lane, from, to, sparing());
}

/* Which rules are not asked, as edits/date_edits.py has it. */
function sparing() {
  const { home, lane, from, to } = carried;
  const hasBegun = home.from <= passed(frameOf(home.lane));
  const stays = from === home.from && dateOf(lane) === home.date;
  const keepsStart = stays && (roomOf(lane).id === home.room || hasBegun);
  return { keepsStart, endsEarly: keepsStart && hasBegun && to < home.to };
}

function draw() {
  const { lane, from, to, box } = carried;
  const why = refusal();
  place(box, from, to);
  if (box.parentElement !== lane) lane.append(box);
  box.classList.toggle("refused", Boolean(why));
  box.lastChild.textContent = `${clockOf(from)}–${clockOf(to)} · ${why || surface.dataset.free}`;
}

function words() {
  const { lane, from, to } = carried;
  return `${roomOf(lane).name}, ${clockOf(from)}–${clockOf(to)}, ${refusal() || surface.dataset.free}`;
}

function shift(start) {
  const length = carried.to - carried.from;
  carried.from = Math.max(earliest(carried.lane), Math.min(STEPS - length, start));
  carried.to = carried.from + length;
}

/* An end goes as far as the neighbour. */
function stretch(edge, to) {
  const { lane } = carried;
  const still = edge === "end" ? carried.from : carried.to;
  const gap = gapAround(lane, edge === "end" ? still : still - 1, Math.min(carried.from, earliest(lane)));
  if (!gap) return; // it lies upon another
  const [first, last] = gap;
  if (edge === "end") carried.to = Math.min(last, Math.max(to, still + snapOf(lane), Math.ceil(passed(frameOf(lane)))));
  else carried.from = Math.max(first, earliest(lane), Math.min(to, still - snapOf(lane)));
}

/* Takes the booking out of the hand; what was not dropped is where it was. */
function putDown() {
  if (!carried) return;
  carried.box.remove();
  barOf(carried)?.classList.remove("lifted");
  surface.classList.remove("carrying");
  carried = null;
}

function drop() {
  const { home, lane, from, to, href } = carried;
  const room = roomOf(lane).id;
  const days = (Date.parse(dateOf(lane)) - Date.parse(home.date)) / 86_400_000;
  const [startBy, endBy] = [from - home.from, to - home.to].map((steps) => (days * STEPS + steps) * 5);
  if (room === home.room && !startBy && !endBy) return putDown();
  surface.classList.remove("carrying");
  carried.stage = "asked";
  const asked = carried;
  const values = {
    room, start_by: startBy, end_by: endBy,
    seen: `${home.room} ${home.date} ${home.times}`,
    csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value,
  };
  htmx.ajax("POST", `${href}move/`, { target: toast, swap: "innerHTML", values }).then(
    () => asked === carried && toast.querySelector(".refusal") && lookAgain(),
    putDown,
  );
}

/* What was refused may be another by now. */
function lookAgain() {
  putDown();
  document.dispatchEvent(new CustomEvent("bookings-changed"));
}

/* A place that is known to be taken is not asked for. */
function dropOrSay() {
  if (!obstacle()) return drop();
  const note = document.createElement("p");
  note.className = "refusal";
  note.textContent = words();
  toast.replaceChildren(note);
  putDown();
}

/* --- by pointer -------------------------------------------------------------------------- */

export function isDragging() {
  return carried?.by === "pointer" && carried.stage === "carried";
}

function press(event) {
  if (event.button !== 0 || !event.isPrimary) return;
  if (carried?.stage === "carried") putDown(); // it was in the other hand
  const edge = gripAt(event);
  if (edge === null) return;
  pressed = { bar: event.target.closest("a.bar"), edge, at: event, isFinger: event.pointerType === "touch" };
  if (pressed.isFinger) afterHolding(event, begin);
}

function begin() {
  const { bar, edge, at } = pressed;
  lift(bar, edge, "pointer");
  carried.grip = stepAt(carried.lane, at);
  surface.dataset.grip = edge ? "edge" : "body";
  surface.setPointerCapture(at.pointerId);
}

/* A mouse takes hold by moving, a finger by resting; one that moves scrolls. */
function takesHold(event) {
  const { isFinger, at } = pressed;
  if (isFinger && !isWaiting()) pressed = null;
  return !isFinger && Math.hypot(event.clientX - at.clientX, event.clientY - at.clientY) >= THRESHOLD;
}

function drag(event) {
  if (!pressed) return hover(event);
  if (!isDragging() && takesHold(event)) begin();
  if (!isDragging()) return;
  followPointer(scroller(), event);
  const { home, grip, edge } = carried;
  const step = stepAt(home.lane, event);
  if (edge) stretch(edge, snapNear(home.lane, home[edge === "end" ? "to" : "from"] + step - grip));
  else {
    carried.lane = laneUnder(event) ?? carried.lane;
    shift(snapNear(carried.lane, home.from + step - grip));
  }
  draw();
}

/* The lane under the pointer, unless all of its day is over. */
function laneUnder({ clientX, clientY }) {
  const under = document.elementsFromPoint(clientX, clientY).find((one) => one.closest(".room, .face"));
  const lane = under && (under.closest(".room")?.querySelector(".lane") ?? laneAt(under));
  return lane && takesMore(lane) ? lane : null;
}

/* In the day all lanes are of one day, on which something may be carried. */
function takesMore(lane) {
  return Boolean(grid) || passed(frameOf(lane)) < STEPS;
}

function hover(event) {
  const grip = gripAt(event);
  if (grip === null) delete surface.dataset.grip;
  else surface.dataset.grip = grip ? "edge" : "body";
}

function release() {
  pressed = null;
  if (!isDragging()) return;
  swallowClick();
  announce(words());
  dropOrSay();
}

function cancel() {
  pressed = null;
  if (isDragging()) putDown();
}

/* --- by keyboard ------------------------------------------------------------------------- */

function pickUp() {
  const bar = chosenBar();
  const hold = bar && isDrawn() && holdOn(bar);
  if (!hold) return bar && announce(toast.dataset.fixed);
  lift(bar, hold === "end" ? "end" : "", "keys");
  announce(`${bar.querySelector("b").textContent}: ${toast.dataset.picked}`);
}

function nextLane(by) {
  const lanes = [...surface.querySelectorAll(":is(.room, .face):not(.shut) .lane")].filter(takesMore);
  const row = lanes.indexOf(carried.lane) + by;
  return lanes[Math.max(0, Math.min(lanes.length - 1, row))];
}

function step(event) {
  const [time, row] = moveOf(event.key);
  if (event.shiftKey || carried.edge) stretch("end", snapNear(carried.lane, carried.to + time * snapOf(carried.lane)));
  else {
    carried.lane = nextLane(row);
    shift(carried.from + time * snapOf(carried.lane));
  }
  draw();
  carried.box.scrollIntoView({ block: "nearest", inline: "nearest" });
  announce(words());
}

function enter() {
  if (obstacle()) announce(words()); // it stays in the hand
  else drop();
}

/* Takes a key for what is carried, or that picks it up; whether it did. */
export function carryByKey(event) {
  if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) return undo(event);
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return false;
  if (carried?.stage !== "carried") {
    if (event.key.toLowerCase() !== "m" || !surface || !chosenBar()) return false;
    pickUp();
    return true;
  }
  if (event.key === "Escape") {
    pressed = null;
    putDown();
    announce(toast.dataset.back);
    return true;
  }
  if (carried.by !== "keys") return false;
  if (moveOf(event.key)) step(event);
  else if (event.key === "Enter") enter();
  else return false;
  return true;
}

function isTyping(event) {
  return Boolean(event.target.closest("input, select, textarea"));
}

function undo(event) {
  const button = document.getElementById("undo");
  if (!button || isTyping(event)) return false;
  htmx.process(button.form); // which htmx itself does a moment after it is there
  button.click();
  return true;
}

/* --- what comes meanwhile ---------------------------------------------------------------- */

/* Does something for which the page has to be as the server wrote it. */
export function grounded(act) {
  if (carried) {
    barOf(carried)?.classList.remove("lifted");
    carried.box.remove(); // until it is settled again
  }
  act();
  if (!carried) return;
  carried.lane = laneNow(carried.lane);
  const bar = barOf(carried);
  if (bar) bar.classList.add("lifted");
  else putDown(); // somebody called it off
}

/* After the rows were put in place anew. */
export function settle() {
  if (carried?.stage === "moved") {
    const { by } = carried;
    const bar = barOf(carried);
    putDown();
    if (by === "keys") bar?.focus();
  } else if (carried) draw();
}

if (surface) {
  surface.addEventListener("pointerdown", press);
  surface.addEventListener("pointermove", drag);
  surface.addEventListener("pointerup", release);
  surface.addEventListener("pointercancel", cancel);
  surface.addEventListener("dragstart", (event) => event.target.closest?.("a.bar, a.slot") && event.preventDefault());
  document.addEventListener("panel-closed", () => carried?.stage === "asked" && putDown());
}
document.addEventListener("booking-moved", () => {
  if (carried) carried.stage = "moved";
  if (askedByHand()) closePanel();
  document.dispatchEvent(new CustomEvent("bookings-changed"));
});
