{% load static %}/* Keeps the last page that each display here has shown, for a tablet that starts without a connection.
   Its scope is /display/. The page itself says how old it is.
   Pages are kept by their address alone, as the page itself keeps them: the answers vary by headers, and
   a load sends others than a look does. */

const KEPT = "door-1";
const SHARED = ["{% static 'css/door.css' %}", "{% static 'js/door.js' %}", "{% static 'icons/roomly.svg' %}"];

async function keep(request, answer) {
  const kept = await caches.open(KEPT);
  await kept.put(request.url, answer);
}

async function fresh(request) {
  const answer = await fetch(request);
  if (answer.ok) await keep(request, answer.clone());
  if (answer.status === 404) await (await caches.open(KEPT)).delete(request.url); // switched off
  return answer;
}

async function orKept(request) {
  try {
    return await fresh(request);
  } catch (error) {
    const known = await caches.match(request.url);
    if (known) return known;
    throw error;
  }
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(SHARED)));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const isPage = request.mode === "navigate" && request.method === "GET";
  const { pathname } = new URL(request.url);
  const isLogo = request.destination === "image" && pathname.startsWith("/display/");
  if (isPage || isLogo || SHARED.includes(pathname)) event.respondWith(orKept(request));
});
