/* The card of a booking: what its bar is too short to say, under the pointer or where the keyboard is.
   The bar's own label says the same to those who do not see the card. */

import { reach } from "./reach.js";

const card = document.getElementById("card");
const REST = 300; // milliseconds until a pointer that rests is meant
const GAP = 6; // pixels

let bar = null; // whose card it is, or will be
let waiting = null;

/* --- what it says ------------------------------------------------------------------------ */

function room() {
  return bar.closest(".room")?.querySelector("h3").textContent ?? "";
}

function state() {
  return bar.querySelector(".words")?.textContent.trim().replace(/^\(|\)$/g, "") ?? "";
}

function fill() {
  const lines = {
    title: bar.querySelector("b").textContent,
    times: bar.querySelector("time").textContent,
    room: room(),
    repeats: bar.getAttribute("aria-description") ?? "",
    state: state(),
    organizer: "",
  };
  Object.entries(lines).forEach(([name, words]) => say(name, words));
}

function say(name, words) {
  const line = card.querySelector(`[data-line=${name}]`);
  line.textContent = words;
  line.hidden = words === "";
}

/* A day of thousands of bars does not carry who booked each. */
async function askForOrganizer() {
  const asked = bar;
  const answer = await reach(`${asked.getAttribute("href")}organizer/`);
  const who = answer?.ok && !answer.redirected ? await answer.text() : "";
  if (asked !== bar) return; // another one's turn, or nobody's
  say("organizer", who);
  put();
}

/* --- where it is ------------------------------------------------------------------------- */

let inset = 0; // where it begins, from the start of its bar

/* Below its bar, or above where there is no room; never over it. */
function put() {
  const { left, top, bottom } = bar.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const fits = bottom + GAP + height < innerHeight;
  const below = fits || top < height + GAP;
  card.style.setProperty("--x", `${Math.max(GAP, Math.min(left + inset, innerWidth - width - GAP))}px`);
  card.style.setProperty("--y", `${below ? bottom + GAP : top - GAP - height}px`);
}

function show() {
  if (!bar.isConnected) return hideCard();
  fill();
  card.hidden = false;
  put();
  askForOrganizer();
}

export function hideCard() {
  clearTimeout(waiting);
  card.hidden = true;
  bar = null;
}

/* The card of a booking that the keyboard is on; of none without one. */
export function showCardOf(chosen) {
  if (chosen === bar) return;
  hideCard();
  if (!chosen) return;
  bar = chosen;
  inset = 0;
  show();
}

/* --- wiring ------------------------------------------------------------------------------ */

function pointed({ target, clientX, pointerType, buttons }) {
  const under = pointerType === "touch" || buttons ? null : target.closest?.("a.bar");
  if (under === bar) return;
  hideCard();
  if (!under) return;
  bar = under;
  inset = Math.max(0, clientX - bar.getBoundingClientRect().left - 24);
  waiting = setTimeout(show, REST);
}

function focused({ target }) {
  const chosen = target.closest("a.bar");
  if (chosen?.matches(":focus-visible")) showCardOf(chosen);
}

if (card) {
  document.addEventListener("pointerover", pointed);
  document.addEventListener("focusin", focused);
  ["pointerdown", "focusout"].forEach((name) => document.addEventListener(name, hideCard));
  document.addEventListener("scroll", () => card.hidden || put(), { capture: true, passive: true });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hideCard());
}
