/* What an open form holds is given up when it is closed; what others hold goes when its time is over. */

let held = null; // { url, token } while the form of a new booking is open

function remember() {
  const place = document.getElementById("hold");
  const token = place?.closest("form").querySelector("[name=csrfmiddlewaretoken]").value;
  if (place) held = { url: place.dataset.giveUp, token };
  else if (held) giveUp();
}

function giveUp() {
  if (!held) return;
  const { url, token } = held;
  held = null;
  fetch(url, { method: "POST", keepalive: true, headers: { "X-CSRFToken": token } });
}

function dropExpired() {
  document.querySelectorAll(".bar.held[data-until]").forEach((bar) => {
    if (Number(bar.dataset.until) * 1000 <= Date.now()) bar.remove();
  });
}

document.addEventListener("htmx:afterSettle", remember);
document.addEventListener("panel-closed", remember); // or a question came in its place, and holds on
addEventListener("pagehide", giveUp);
setInterval(dropExpired, 1000);
remember();
