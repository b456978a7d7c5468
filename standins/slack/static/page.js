// Shows new messages without a reload: asks for the page again and swaps what has changed.
"use strict";

const SECONDS = 1;

function isAtBottom() {
  return window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
}

function toBottom() {
  window.scrollTo(0, document.body.scrollHeight);
}

async function refresh() {
  const response = await fetch(location.href);
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  // A modal that was opened or closed meanwhile changes the page around the messages.
  if (!!document.querySelector("dialog") !== !!fresh.querySelector("dialog")) {
    location.reload();
    return;
  }
  const live = document.getElementById("live");
  const next = fresh.getElementById("live");
  if (live.dataset.shown === next.innerHTML) return;
  const first = live.dataset.shown === undefined;
  live.dataset.shown = next.innerHTML;
  if (first) return;
  const follow = isAtBottom();
  live.innerHTML = next.innerHTML;
  if (follow) toBottom();
}

toBottom();
setInterval(() => refresh().catch(() => {}), SECONDS * 1000);
