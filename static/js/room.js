/* The week of a room opens at the morning, and moves on with the time; it is worked on by hand as the day. */

import "./byhand.js";

const MORNING = 6.8 / 24; // of the day
const AGAIN = 300_000;
const face = document.querySelector(".week .face");

if (face) document.getElementById("schedule").scrollTop = face.offsetHeight * MORNING;
setInterval(() => document.dispatchEvent(new CustomEvent("bookings-changed")), AGAIN);
