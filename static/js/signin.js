/* Whoever comes to sign in again in the middle of a form finds it afterwards as it was (draft.js). */

const KEY = "roomly-draft";
const draft = JSON.parse(sessionStorage.getItem(KEY) ?? "null");

if (draft) sessionStorage.setItem(KEY, JSON.stringify({ ...draft, kept: true }));
