/** Elements that had the focus, the last one last. Whoever opened a menu and then a dialog in it is found behind both. */
const past: HTMLElement[] = [];
const pastMax = 20;

if (typeof document !== "undefined")
  document.addEventListener("focusin", ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    const known = past.indexOf(target);
    if (known >= 0) past.splice(known, 1);
    past.push(target);
    if (past.length > pastMax) past.shift();
  });

/**
 * To be called when a dialog has closed: gives the focus to what had it last and is still there, so that whoever uses the keyboard goes on
 * where they were; else to the page. Leaves it where something else has taken it meanwhile, such as a next dialog.
 */
export function returnFocus(event: Event): void {
  event.preventDefault();
  const isTaken = () => document.activeElement !== null && document.activeElement !== document.body;
  for (const element of [...past].toReversed()) {
    if (isTaken()) return;
    if (element.isConnected) element.focus({ preventScroll: true });
  }
  if (!isTaken()) document.querySelector<HTMLElement>("#page")?.focus({ preventScroll: true });
}
