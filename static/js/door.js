/* The screen at a door. It looks every quarter of a minute, goes on showing what it knows while there
   is no connection, says how old that is, and comes back by itself.
   For tablets of 2017: no module, nothing newer than ES2017. Without it the page loads itself anew. */

(function () {
  "use strict";

  const POLL = 15000;
  const PATIENCE = 10000; // for an answer
  const STALE = 60000; // then the age is told
  const KEPT = "door-1"; // as the worker calls it
  const note = document.getElementById("note");
  let made = document.body.dataset.made; // the page that is shown
  let tag = null;
  let seenAt = lastSeen() || Date.now();
  let unsent = false;
  let asking = false;

  /* When this very page was known to be true, if it was shown before: then it is a kept copy. */
  function lastSeen() {
    try {
      return localStorage.getItem("made") === made ? Number(localStorage.getItem("seenAt")) : 0;
    } catch (error) {
      return 0; // a browser that remembers nothing
    }
  }

  function rememberSeen() {
    try {
      localStorage.setItem("made", made);
      localStorage.setItem("seenAt", seenAt);
    } catch (error) {
      // it has to look anew
    }
  }

  function ask(options) {
    const late = new Promise((_, fail) => setTimeout(fail, PATIENCE, new Error("late")));
    const all = Object.assign({ cache: "no-store", credentials: "omit" }, options);
    return Promise.race([fetch(location.href, all), late]);
  }

  /* Places what has changed; a press that is under way is not lost to what has not. */
  function show(text) {
    const found = new DOMParser().parseFromString(text, "text/html");
    if (!found.getElementById("face")) return;
    const sheet = (page) => page.querySelector("link[rel=stylesheet]").getAttribute("href");
    if (sheet(found) !== sheet(document)) location.reload(); // a newer Roomly
    made = found.body.dataset.made;
    for (const id of ["face", "as-of"]) {
      const fresh = found.getElementById(id);
      const shown = document.getElementById(id);
      if (fresh && shown && !fresh.isEqualNode(shown)) put(fresh, shown);
    }
  }

  function put(fresh, shown) {
    const at = document.activeElement;
    const focused = shown.contains(at) && at.name ? `[name="${at.name}"][value="${at.value}"]` : "";
    shown.parentNode.replaceChild(fresh, shown);
    const again = focused && fresh.querySelector(focused);
    if (again) again.focus();
  }

  function tell() {
    const minutes = Math.floor((Date.now() - seenAt) / 60000);
    const lost = Date.now() - seenAt > STALE;
    const words = document.body.dataset;
    note.textContent = unsent ? words.unsent : lost ? words.lost.replace("{minutes}", minutes) : "";
    note.hidden = note.textContent === "";
    document.body.className = lost ? "lost" : "";
  }

  /* A display that was switched off, or that a server never knew, loads the page that says so. */
  async function take(answer) {
    if (answer.status === 404) return location.reload();
    if (answer.status >= 500) throw new Error("server");
    const at = Date.now(); // keeping it takes a moment
    if (answer.status !== 304) await showAndKeep(answer);
    seenAt = at;
    rememberSeen();
    unsent = false;
    return tell();
  }

  /* For a start without a connection; not where the page is not served safely. */
  async function showAndKeep(answer) {
    const copy = answer.clone();
    show(await answer.text());
    if (answer.ok && window.caches) await (await caches.open(KEPT)).put(location.href, copy);
  }

  async function look() {
    if (asking) return;
    asking = true;
    try {
      const answer = await ask({ headers: tag ? { "If-None-Match": tag } : {} });
      await take(answer);
      tag = answer.headers.get("ETag") || tag;
    } catch (error) {
      tell();
    } finally {
      asking = false;
    }
  }

  async function press(button) {
    const form = button.form;
    const fields = Array.from(form.querySelectorAll("input"));
    if (button.name) fields.push(button);
    const body = fields.map((field) => `${field.name}=${encodeURIComponent(field.value)}`).join("&");
    const buttons = Array.from(document.querySelectorAll("button"));
    buttons.forEach((each) => { each.disabled = true; });
    tag = null; // a refusal is on the screen until the next look
    try {
      await take(await ask({ method: "POST", body, headers: { "Content-Type": "application/x-www-form-urlencoded" } }));
    } catch (error) {
      unsent = true;
      tell();
    } finally {
      buttons.forEach((each) => { each.disabled = false; });
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    press(button);
  });
  addEventListener("online", look);
  document.addEventListener("visibilitychange", look);
  const worker = navigator.serviceWorker; // only where the page is served safely
  if (worker) worker.register("/display/worker.js").catch(() => null); // the next start tries again
  if (lastSeen()) look();
  setInterval(look, POLL);
  setInterval(tell, POLL);
})();
