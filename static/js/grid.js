/* The day by hand: press and drag to book, click a booking to open it, or do both by keyboard.
   Without this file every room has a link to the booking form. */

import { announce, book, earliest, grid, nowStep, roomOf } from "./booking.js";
import { carryByKey, grounded, isDragging, settle } from "./carry.js";
import { chosenBar, moveCursor, restoreCursor } from "./cursor.js";
import { showKeys } from "./keys.js";
import { closePanel, openPanel, panelIsOpen } from "./panel.js";
import { LENGTH, SNAP, STEPS, clockOf, gapAround, place, snapDown, stepAt } from "./places.js";
import { unlit } from "./series.js";

const timeline = document.getElementById("timeline");
let drag = null; // { lane, anchor, gap, from, to, moved, box }

/* --- time -------------------------------------------------------------------------------- */

function drawNow() {
  if (!("today" in grid.dataset)) return;
  const step = nowStep();
  grid.querySelector(".now").style.setProperty("--s", step);
  grid.querySelector(".past").style.setProperty("--w", step);
}

function scrollToNow() {
  const start = "today" in grid.dataset ? nowStep() : Number(grid.dataset.opens) || 96;
  const lane = grid.querySelector(".lane");
  if (lane) timeline.scrollLeft = (Math.max(0, start - 9) / STEPS) * lane.offsetWidth;
}

/* --- booking ----------------------------------------------------------------------------- */

function dropSelection() {
  drag?.box.remove();
  grid.classList.remove("selecting");
  drag = null;
}

function drawSelection() {
  place(drag.box, drag.from, drag.to);
  drag.box.firstChild.textContent = `${clockOf(drag.from)}–${clockOf(drag.to)}`;
}

function pressed(event) {
  const lane = event.target.closest(".lane");
  if (event.button !== 0 || !lane || event.target.closest(".bar") || lane.closest(".shut")) return;
  const step = Math.min(stepAt(lane, event.clientX), STEPS - 1);
  const gap = gapAround(lane, Math.max(step, snapDown(step)), earliest());
  if (!gap) return;
  dropSelection();
  const box = document.createElement("div");
  box.className = "selection";
  box.append(document.createElement("output"));
  const from = Math.max(gap[0], snapDown(step));
  drag = { lane, gap, box, anchor: from, from, to: Math.min(gap[1], from + LENGTH), moved: false, x: event.clientX };
  if (event.pointerType === "mouse") start(event);
}

function start(event) {
  drag.lane.append(drag.box);
  drag.lane.setPointerCapture(event.pointerId);
  grid.classList.add("selecting");
  drawSelection();
}

function dragged(event) {
  if (!drag || event.pointerType !== "mouse") return;
  if (!drag.moved && Math.abs(event.clientX - drag.x) < 5) return;
  drag.moved = true;
  const [first, last] = drag.gap;
  const here = stepAt(drag.lane, event.clientX);
  const right = here >= drag.anchor;
  drag.from = right ? drag.anchor : Math.max(first, snapDown(here));
  const end = right ? snapDown(here) + SNAP : drag.anchor + SNAP;
  drag.to = Math.min(last, Math.max(end, drag.from + 1));
  drawSelection();
}

function released() {
  if (!drag) return;
  const { lane, from, to } = drag;
  grid.classList.remove("selecting");
  if (!drag.box.isConnected) { // a finger: the tap books, nothing was drawn meanwhile
    lane.append(drag.box);
    drawSelection();
  }
  announce(`${roomOf(lane).name}, ${clockOf(from)}–${clockOf(to)}`);
  drag = { ...drag, done: true };
  book(lane, from, to);
}

/* --- looking again ------------------------------------------------------------------------ */

let etag = "";

/* Fetches the day and puts in place only the rows that differ, so that selection, focus, scroll and
   an open panel stay. While somebody drags it waits for the next time. */
export async function refreshGrid() {
  if (!grid || (drag && !drag.done) || isDragging()) return;
  const answer = await fetch(grid.dataset.source, { headers: etag ? { "If-None-Match": etag } : {} });
  if (answer.redirected) return location.reload(); // signed out
  if (answer.status !== 200) return;
  etag = answer.headers.get("ETag") ?? "";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rooms = (root) => [...root.querySelectorAll(".room")].map((room) => room.id).join();
  if (rooms(fresh) !== rooms(grid)) return location.reload();
  const focused = document.activeElement?.getAttribute("href");
  grounded(() => unlit(() => fresh.querySelectorAll(".lane").forEach((lane) => {
    const shown = document.getElementById(lane.closest(".room").id).querySelector(".lane");
    shown.className = lane.className;
    patch(shown, lane);
  })));
  patchLegend(fresh);
  if (focused && document.activeElement === document.body) {
    grid.querySelector(`.bar[href="${CSS.escape(focused)}"]`)?.focus();
  }
  settle();
  restoreCursor();
}

function patch(shown, fresh) {
  const bars = (lane) => [...lane.children].filter((child) => child.matches("li:not(.ghost)"));
  const markup = (lane) => bars(lane).map((bar) => bar.outerHTML).join("");
  if (markup(shown) === markup(fresh)) return;
  bars(shown).forEach((bar) => bar.remove());
  shown.prepend(...bars(fresh));
}

function patchLegend(fresh) {
  document.getElementById("legend")?.remove();
  const legend = fresh.getElementById("legend");
  if (legend) grid.append(legend);
}

/* --- wiring -------------------------------------------------------------------------------- */

function keyed(event) {
  if (carryByKey(event)) return event.preventDefault();
  if (event.key === "Escape") {
    if (drag && !drag.done) return dropSelection();
    if (panelIsOpen()) return closePanel();
  }
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") return showKeys();
  if (event.key === "/") return document.getElementById("find-a-room").click();
  if (event.key === "Delete" && chosenBar()) return openPanel(`${chosenBar().href}cancel/`);
  if (timeline.contains(event.target)) return moveCursor(event);
  const link = { t: "today", ArrowLeft: "previous-day", ArrowRight: "next-day" }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (link && !event.target.closest("#panel")) document.getElementById(link).click();
}

function clicked(event) {
  const bar = event.target.closest("a.bar, a.book");
  if (!bar || event.ctrlKey || event.metaKey || event.shiftKey || !openPanel(bar.href, bar)) return;
  event.preventDefault();
}

if (grid) {
  document.documentElement.classList.add("scripted");
  grid.addEventListener("pointerdown", pressed);
  grid.addEventListener("pointermove", dragged);
  grid.addEventListener("pointerup", released);
  grid.addEventListener("pointercancel", () => drag && !drag.done && dropSelection());
  grid.addEventListener("click", clicked);
  document.addEventListener("keydown", keyed);
  document.addEventListener("panel-closed", dropSelection);
  document.getElementById("date").addEventListener("change", ({ target }) => target.value && target.form.requestSubmit());
  drawNow();
  scrollToNow();
  setInterval(drawNow, 30_000);
}
