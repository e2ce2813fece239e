/** After this time others get their turn. */
const turnMs = 2;
let turnStartedMs = 0;
let nextTurn: Promise<void> | undefined;

/**
 * Called between the parts of long work on the serving thread: undefined while the turn lasts, then a promise that resolves when
 * others have had theirs. All such work shares a turn, or much of it at once would hold up the others.
 */
export function takeTurns(): Promise<void> | undefined {
  return isOver() ? waitForTurn() : undefined;
}

async function waitForTurn(): Promise<void> {
  while (isOver()) {
    nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        turnStartedMs = performance.now();
        nextTurn = undefined;
        resolve();
      });
    });
    await nextTurn;
  }
}

function isOver(): boolean {
  return performance.now() - turnStartedMs >= turnMs;
}
