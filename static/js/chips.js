/* Filters and stars. Without this file they are links and forms. */

import { announce, grid } from "./booking.js";
import { clockOf, isUpright } from "./places.js";
import { unfolded } from "./rows.js";

const chips = document.getElementById("chips");
const free = document.getElementById("free-form");
const MINE = "roomly-building"; // where on a phone the building last chosen is kept

/* --- free for the time that is selected ---------------------------------------------------- */

document.addEventListener("time-selected", ({ detail: { from, to } }) => {
  if (!free) return;
  const summary = free.parentElement.querySelector("summary");
  const { elements } = free;
  elements.from.value = clockOf(from);
  elements.until.value = to < 288 ? clockOf(to) : "23:55";
  if (!summary.classList.contains("on")) summary.textContent = `${summary.dataset.label} ${elements.from.value}`;
});

/* --- menus ---------------------------------------------------------------------------------- */

function close(event) {
  document.querySelectorAll(".chip-menu[open]").forEach((menu) => {
    if (event.key !== "Escape" && menu.contains(event.target)) return;
    menu.open = false;
    if (event.key) menu.querySelector("summary").focus();
  });
}

document.addEventListener("pointerdown", close);
document.addEventListener("keydown", (event) => event.key === "Escape" && close(event));

/* --- stars ---------------------------------------------------------------------------------- */

async function star(button) {
  const token = document.querySelector("#stars [name=csrfmiddlewaretoken]").value;
  const answer = await fetch(button.formAction, {
    method: "POST",
    headers: { "HX-Request": "true", "X-CSRFToken": token },
    body: new URLSearchParams({ starred: button.value }),
  });
  if (answer.status === 401) return location.reload(); // signed out
  if (!answer.ok) return;
  const starred = button.value === "1";
  button.value = starred ? "" : "1";
  button.ariaPressed = `${starred}`;
}

grid?.addEventListener("click", (event) => {
  const button = event.target.closest(".star");
  if (!button) return;
  event.preventDefault();
  star(button);
});

/* --- a phone shows one building, or one room -------------------------------------------------- */

/* The building that was chosen last on this phone is the one that it opens with. */
function openMine() {
  const chosen = new URLSearchParams(location.search);
  const menu = chips?.querySelector("[data-menu=building]");
  if (!menu || !isUpright()) return;
  menu.addEventListener("click", ({ target }) => {
    const link = target.closest("a");
    if (link) remember(new URL(link.href).searchParams.get("building"));
  });
  const links = [...menu.querySelectorAll("a")];
  const mine = links.find(({ href }) => new URL(href).searchParams.get("building") === localStorage.getItem(MINE));
  if (mine && localStorage.getItem(MINE) && !chosen.size && !location.hash) location.replace(mine.href);
}

function remember(building) {
  if (building) localStorage.setItem(MINE, building);
  else localStorage.removeItem(MINE);
}

/* One room has the width of the phone; its name leads there, and the chip back to the others. */
function showOne() {
  const room = isUpright() && /^#room-\d+$/.test(location.hash) ? document.querySelector(location.hash) : null;
  grid.querySelectorAll(".alone").forEach((one) => one.classList.remove("alone"));
  grid.classList.toggle("one-room", Boolean(room));
  document.getElementById("all-rooms").hidden = !room;
  room?.classList.add("alone");
  room?.closest(".storey").classList.add("alone");
}

if (grid) {
  grid.addEventListener("click", (event) => {
    const name = event.target.closest(".about h3 a");
    if (!name || !isUpright() || grid.classList.contains("one-room")) return;
    event.preventDefault();
    location.hash = name.closest(".room").id;
    announce(name.textContent);
  });
  addEventListener("hashchange", showOne);
  document.addEventListener("rooms-replaced", showOne);
  unfolded.then(showOne);
}
openMine();
