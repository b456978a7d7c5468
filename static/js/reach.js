/* Asks the server for something of the page; null where it cannot be reached. */
export function reach(url, headers = {}) {
  return fetch(url, { headers }).catch(() => null);
}
