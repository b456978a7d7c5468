/* A finger that stays where it is takes hold of what is under it, as a mouse does by pressing. A finger
   that moves before that scrolls. */

const HOLD = 400; // milliseconds
const SLACK = 10; // pixels that a resting finger may move

let waiting = null; // { timer, x, y }
let finger = false; // whether what is going on is a finger's

function letGo() {
  clearTimeout(waiting?.timer);
  waiting = null;
}

/* Acts once the finger of a pointerdown has rested. */
export function afterHolding({ clientX, clientY }, act) {
  letGo();
  const timer = setTimeout(() => {
    waiting = null;
    act();
  }, HOLD);
  waiting = { timer, x: clientX, y: clientY };
}

/* Whether a finger is down that has neither rested nor moved. */
export function isWaiting() {
  return waiting !== null;
}

function moved({ clientX, clientY }) {
  if (waiting && Math.hypot(clientX - waiting.x, clientY - waiting.y) > SLACK) letGo();
}

/* Keeps the page still under a finger while `isBusy` says that it holds something. */
export function guard(element, isBusy) {
  element.addEventListener("pointerdown", ({ pointerType }) => { finger = pointerType === "touch"; }, true);
  element.addEventListener("pointermove", moved, true);
  element.addEventListener("pointerup", letGo);
  element.addEventListener("pointercancel", letGo, true);
  element.addEventListener("touchmove", (event) => isBusy() && event.cancelable && event.preventDefault(), { passive: false });
  element.addEventListener("contextmenu", (event) => finger && event.preventDefault());
}
