/**
 * Polls until `probe` returns something other than undefined or false. Throws after `timeoutMs`, with `what` in the message. The time is a
 * bound that ends a test, and no measure: a slow machine with other work needs several times what yours does.
 */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not seen within ${timeoutMs} ms: ${what}`);
    await Bun.sleep(20);
  }
}
