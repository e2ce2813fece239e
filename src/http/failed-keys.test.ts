import { expect, test } from "bun:test";
import { openLog } from "../base/log.ts";
import { Refusals } from "../base/refusals.ts";
import { parseClientAddress } from "./client-address.ts";
import { FailedKeys } from "./failed-keys.ts";

const address = (text: string) => {
  const found = parseClientAddress(text);
  if (!found) throw new Error(`${text} is no address`);
  return found;
};

test("what is remembered, and what waits, is bounded, however many addresses fail", async () => {
  const refusals = new Refusals(openLog({ level: "silent", pretty: false }));
  const failed = new FailedKeys({ refusals });
  const given = { now: 0, late: 0, impatient: 0 };
  let isLater = false;
  const fail = (text: string) =>
    failed.answer(address(text), (isPatient) => {
      if (!isPatient) given.impatient++;
      else if (isLater) given.late++;
      else given.now++;
    });
  // All of a machine's addresses of version 6 are one.
  for (let host = 0; host < 100; host++) fail(`2001:db8::${host.toString(16)}`);
  expect([failed.addresses, given]).toEqual([1, { now: 10, late: 0, impatient: 0 }]);
  for (let i = 0; i < 2_000; i++) fail("2001:db8::1");
  expect(given.impatient).toBeGreaterThan(1_000);
  // Another address still waits its time, since the first has not all of the room.
  const before = given.impatient;
  for (let i = 0; i < 50; i++) fail("203.0.113.1");
  expect(given).toEqual({ now: 20, late: 0, impatient: before });
  for (let i = 0; i < 30_000; i++) fail(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
  expect(failed.addresses).toBeLessThanOrEqual(10_000);
  isLater = true;
  await Bun.sleep(1_300);
  expect(given.late).toBe(100 + 2_000 + 50 - 20 - before);
  expect(refusals.count("unauthenticated")).toBe(32_150);
});
