/* The booking form: the end moves with the start, the weekday of a repeat with the date; and people who
   are suggested are taken over. */

function minutes(clock) {
  const [hour, minute] = clock.split(":").map(Number);
  return hour * 60 + minute;
}

function clock(total) {
  return [total / 60, total % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

function keepLength(start) {
  const end = start.form.elements.end;
  const before = start.dataset.before ?? start.defaultValue;
  if (before && start.value && end?.value) {
    const moved = minutes(end.value) + minutes(start.value) - minutes(before);
    if (moved > 0 && moved < 24 * 60) end.value = clock(moved);
  }
  start.dataset.before = start.value;
}

/* Who has chosen no other weekdays means the one of the date. */
function followDate(date) {
  const before = date.dataset.before ?? date.defaultValue;
  const boxes = [...date.form.querySelectorAll("[name=repeat_weekdays]")];
  const [only, ...others] = boxes.filter((box) => box.checked);
  if (date.value && before && only && !others.length && Number(only.value) === weekday(before)) {
    boxes.forEach((box) => { box.checked = Number(box.value) === weekday(date.value); });
  }
  if (date.value) date.dataset.before = date.value;
}

/* Monday is 0. */
function weekday(day) {
  return (new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7;
}

document.addEventListener("input", ({ target }) => {
  if (target.name === "date" && target.form?.elements.repeat) followDate(target);
});
document.addEventListener("change", ({ target }) => {
  if (target.name === "start") keepLength(target);
});

/* What says the same as before is left alone: somebody may be pressing a button in it. */
const told = new WeakMap();
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!["look", "free-busy"].includes(detail.target.id)) return;
  if (told.get(detail.target) === detail.serverResponse) detail.shouldSwap = false;
  told.set(detail.target, detail.serverResponse);
});

/* Without people there is nobody of whom to ask whether they are free. */
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (elt.id !== "free-busy" || document.getElementById("id_attendees").value.trim()) return;
  event.preventDefault();
  elt.replaceChildren();
  told.delete(elt);
});

/* What it refuses no more is marked no more. */
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "look" || document.getElementById("look-refusal")) return;
  document.querySelectorAll("[aria-describedby=look-refusal]").forEach((field) => {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  });
});

/* Nor is what somebody corrects; whether it is right now is said when it is sent. */
document.addEventListener("input", ({ target }) => {
  const said = document.getElementById(`${target.id}_error`);
  if (!said || said.closest("[id^=wrong-]")) return; // or the next look says it
  said.remove();
  target.removeAttribute("aria-invalid");
  const others = target.getAttribute("aria-describedby")?.replace(said.id, "").trim();
  if (others) target.setAttribute("aria-describedby", others);
  else target.removeAttribute("aria-describedby");
});

/* Who was only begun to be typed is the person whose button is pressed. */
document.addEventListener("click", ({ target }) => {
  const chosen = target.closest("#suggested-people [data-email]");
  if (!chosen) return;
  const field = document.getElementById("id_attendees");
  field.value = field.value.replace(/[^,;\n]*$/, (begun) => `${begun.match(/^\s*/)[0]}${chosen.dataset.email}, `);
  chosen.closest("ul").remove();
  field.focus();
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

/* What cannot be right is said below its field while the rest is looked at. */
document.addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  if (!target.id.startsWith("wrong-")) return;
  document.getElementById(target.id.replace("wrong-", "id_")).ariaInvalid = `${target.childElementCount > 0}`;
});
