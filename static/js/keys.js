/* The list of keys. */

const dialog = document.getElementById("keys");

export function showKeys() {
  dialog.showModal();
}

document.getElementById("keys-button")?.addEventListener("click", showKeys);
