/* The dates of a series light up together, under the pointer or where the keyboard is. */

let lit = "";

function seriesOf(element) {
  return element?.closest?.("[data-series]")?.dataset.series ?? "";
}

export function light(series) {
  if (series === lit) return;
  lit = series;
  document.querySelectorAll(".lit").forEach((date) => date.classList.remove("lit"));
  if (series) document.querySelectorAll(`[data-series="${CSS.escape(series)}"]`).forEach((date) => date.classList.add("lit"));
}

/* Does something for which the page has to be as the server wrote it. */
export function unlit(act) {
  const series = lit;
  light("");
  act();
  light(series);
}

document.addEventListener("pointerover", ({ target }) => light(seriesOf(target) || seriesOf(document.activeElement)));
document.addEventListener("focusin", ({ target }) => light(seriesOf(target)));
document.addEventListener("focusout", ({ relatedTarget }) => relatedTarget ?? light(""));
