/* What hands do in the day and in the week of a room, beside the selection and what is carried: a click
   opens a booking or its form beside the page, and keys do as much. */

import { keepInSight, surface } from "./booking.js";
import { carryByKey, isDragging } from "./carry.js";
import { isElsewhere } from "./clicks.js";
import { chosenBar } from "./cursor.js";
import { isOthers } from "./keys.js";
import { guard } from "./longpress.js";
import { closePanel, openPanel, panelIsOpen } from "./panel.js";
import { dropSelection, isSelecting } from "./selection.js";

const place = surface ?? document.querySelector(".month")?.parentElement; // the month itself is put in place anew

function clicked(event) {
  const link = event.target.closest("a.bar, a.book, a.slot");
  if (!link || isElsewhere(event) || !openPanel(link.href, link)) return;
  event.preventDefault();
  keepInSight(link);
}

function keyed(event) {
  if (carryByKey(event)) return event.preventDefault();
  if (event.key === "Escape") {
    if (isSelecting()) return dropSelection();
    if (panelIsOpen()) return closePanel();
  }
  if (!isOthers(event) && event.key === "Delete" && chosenBar()) openPanel(`${chosenBar().href}cancel/`);
}

if (surface) guard(surface, () => isSelecting() || isDragging());
if (place) {
  place.addEventListener("click", clicked);
  document.addEventListener("keydown", keyed, { capture: true }); // before the keys of every page
}
