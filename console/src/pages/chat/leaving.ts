/** A page whose reader stays after all, such as after a link that opens another program, is soon no longer one that is being left. */
const leavingMs = 3_000;
let leftAtMs = -Infinity;
const note = () => {
  leftAtMs = performance.now();
};
// Chromium ends the requests of a page that is loaded anew before it tells the page with the second.
globalThis.addEventListener("beforeunload", note);
globalThis.addEventListener("pagehide", note);

/** Whether the page is being left: what the browser ends then has not failed, and what is sent must outlive the page. */
export function isLeaving(): boolean {
  return performance.now() - leftAtMs < leavingMs;
}
