/* A box that ticks all others of its section, and says whether all are ticked. */

for (const all of document.querySelectorAll("[data-ticks]")) {
  const boxes = [...all.closest("section").querySelectorAll("[name=room]")];
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && !all.checked;
  };
  all.closest("[hidden]").hidden = false;
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  boxes.forEach((box) => box.addEventListener("change", count));
  count();
}
