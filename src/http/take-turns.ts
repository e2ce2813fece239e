/** Others get their turn after this time. */
const turnMs = 2;
let turnStartedMs = 0;
let nextTurn: Promise<void> | undefined;

/** Lets other work run now and then. All bodies share a turn, or many of them together would hold up the others. */
export async function takeTurns(): Promise<void> {
  while (performance.now() - turnStartedMs >= turnMs) {
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
