import { expect, test } from "bun:test";
import { append } from "./append.ts";

test("bytes that come one by one are copied a few times in all, and not each time", () => {
  const whole = Buffer.from(Array.from({ length: 40_000 }, (_, index) => index % 251));
  const rooms = new Set<ArrayBufferLike>();
  let held: Buffer = Buffer.from(whole.subarray(0, 1));
  for (let at = 1; at < whole.length; at++) {
    held = append(held, whole.subarray(at, at + 1));
    rooms.add(held.buffer);
  }
  expect(held.equals(whole)).toBe(true);
  expect(rooms.size).toBeLessThan(10);
});

test("what was taken from the bytes before stays as it was", () => {
  const first = append(Buffer.from("head"), Buffer.from(" and"));
  const view = first.subarray(0, 4);
  const second = append(first, Buffer.from(" more"));
  expect([view.toString(), second.toString()]).toEqual(["head", "head and more"]);
  // Of a part of it nobody knows what follows.
  expect(append(second.subarray(5), Buffer.from("!")).toString()).toBe("and more!");
  expect(second.toString()).toBe("head and more");
});
