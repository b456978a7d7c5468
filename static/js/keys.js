/* Keys that lead somewhere from any page: finding a room, today, the days beside, the list of keys. */

const dialog = document.getElementById("keys");
const LINKS = { "/": "#find-a-room", t: "#today", ArrowLeft: ".days [rel=prev]", ArrowRight: ".days [rel=next]" };

/* Whether a key is somebody else's: of what is typed, or of a combination. */
export function isOthers(event) {
  return Boolean(event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog"));
}

/* Arrow keys also scroll what is wider than its place. */
function scrolls({ key, target }) {
  const region = key.startsWith("Arrow") && target.closest("[role=region]");
  return Boolean(region) && region.scrollWidth > region.clientWidth;
}

function pressed(event) {
  if (event.defaultPrevented || isOthers(event) || event.target.closest("#panel") || scrolls(event)) return;
  if (event.key === "?") return dialog?.showModal();
  const place = LINKS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const link = place && document.querySelector(place);
  if (!link) return;
  event.preventDefault(); // no browser's own search
  link.click();
}

document.addEventListener("keydown", pressed);
document.getElementById("keys-button")?.addEventListener("click", () => dialog.showModal());
