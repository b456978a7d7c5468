/* A key that is shown once: what has the focus is selected whole, to be copied. */

const secret = document.querySelector("#secret");

secret.addEventListener("focus", () => secret.select());
secret.focus();
secret.select();
