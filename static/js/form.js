/* The booking form: the fields about repeating show when it repeats; the end moves with the start. */

function minutes(clock) {
  const [hour, minute] = clock.split(":").map(Number);
  return hour * 60 + minute;
}

function clock(total) {
  return [total / 60, total % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");
}

function showRepeats(form) {
  const fields = form.querySelector("[data-repeats]");
  if (fields) fields.hidden = !form.elements.repeat.value;
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

function prepareForms(root) {
  root.querySelectorAll("form.form").forEach(showRepeats);
}

document.addEventListener("change", ({ target }) => {
  if (target.name === "repeat") showRepeats(target.form);
  if (target.name === "start") keepLength(target);
});
document.addEventListener("htmx:afterSwap", ({ target }) => prepareForms(target));
prepareForms(document);
