/* What is no click, and what is one on a link that opens beside the page. */

/* The press that ends a drag is no click on what is under it. */
export function swallowClick() {
  const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }));
}

/* Whether a link is asked for a tab or a window of its own. */
export function isElsewhere({ ctrlKey, metaKey, shiftKey }) {
  return ctrlKey || metaKey || shiftKey;
}
