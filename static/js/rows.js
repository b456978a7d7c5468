/* The rows of the day. Those further down come folded, as text: a thousand rooms at once would hold
   everything up, so they are unfolded a handful at a time while there is nothing else to do. Without
   JavaScript the browser takes them as they are. */

import { grid } from "./booking.js";

const ROW = /<li class="room[^>]* id="(room-\d+)"[^]*?<\/ol><\/li>/g;
const WAIT = 200; // milliseconds, at most

const soon = window.requestIdleCallback ?? ((act) => setTimeout(act));
const aim = location.hash.slice(1);
const isFolded = aim && !document.getElementById(aim);

/* Rows by their ids, as the server wrote them; of the page only those that were folded. */
export const written = new Map();

export function rowsIn(text) {
  return new Map([...text.matchAll(ROW)].map(([row, id]) => [id, row]));
}

/* The rest of what the server wrote. */
export function restOf(text) {
  return parsed(text.replaceAll(ROW, ""));
}

/* All of it, its rows unfolded. */
export function parsed(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  page.querySelectorAll(".storey noscript").forEach((folded) => folded.replaceWith(...folded.childNodes));
  return page;
}

function unfold(done) {
  const folded = grid.querySelector(".storey noscript");
  if (!folded) return done();
  const text = folded.textContent;
  rowsIn(text).forEach((row, id) => written.set(id, row));
  folded.outerHTML = text;
  soon(() => unfold(done), { timeout: WAIT });
}

/* Once every row is there. */
export const unfolded = new Promise((done) => grid && unfold(done));
unfolded.then(() => isFolded && document.getElementById(aim)?.scrollIntoView({ block: "center" }));
