import { expect, test } from "bun:test";
import { ProjectSlots } from "./project-slots.ts";

const { signal } = new AbortController();
const of = (project: string) => ({ project, keyId: "key" });
/** What has a slot by now. */
async function settled<T>(promise: Promise<T>): Promise<T | "waits"> {
  return Promise.race([promise, Bun.sleep(5).then(() => "waits" as const)]);
}

test("a project has its part of the slots, and others get the rest at once", async () => {
  const slots = new ProjectSlots(4, 2);
  const [first] = await Promise.all([slots.take(of("a"), signal), slots.take(of("a"), signal)]);
  const third = slots.take(of("a"), signal);
  expect(await settled(third)).toBe("waits");
  expect(typeof (await settled(slots.take(of("b"), signal)))).toBe("function");
  // Twice is once.
  first?.();
  first?.();
  expect(typeof (await settled(third))).toBe("function");
  expect(await settled(slots.take(of("a"), signal))).toBe("waits");
});

test("one that is given up while it waits leaves its place", async () => {
  const slots = new ProjectSlots(1, 1);
  const release = await slots.take(of("a"), signal);
  const gone = new AbortController();
  const waiting = [slots.take(of("a"), gone.signal), slots.take(of("b"), gone.signal)];
  gone.abort();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  release?.();
  expect(typeof (await settled(slots.take(of("b"), signal)))).toBe("function");
});
