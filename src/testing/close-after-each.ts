import { afterEach } from "bun:test";

/** Returns a function to hand what a test opens to: it is closed when the test has ended. */
export function closeAfterEach(): <T extends { close(): void }>(opened: T) => T {
  const all: { close(): void }[] = [];
  afterEach(() => {
    for (const opened of all.splice(0)) opened.close();
  });
  return (opened) => {
    all.push(opened);
    return opened;
  };
}
