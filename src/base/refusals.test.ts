import { expect, test } from "bun:test";
import { Refusals } from "./refusals.ts";

test("each reason is counted, and has one line at once, however many there are", () => {
  const lines: Record<string, unknown>[] = [];
  const refusals = new Refusals({ warn: (fields: Record<string, unknown>) => void lines.push(fields) });
  for (let i = 0; i < 1_000; i++) {
    refusals.note("unauthenticated", { address: `10.0.0.${i % 250}` });
    refusals.note("requests_key", { project: "team", keyId: "key_1", address: "10.0.0.1" });
  }
  expect([refusals.count("unauthenticated"), refusals.count("requests_key"), refusals.count("host")]).toEqual([
    1_000, 1_000, 0,
  ]);
  expect(lines).toEqual([
    { reason: "unauthenticated", count: 1, address: "10.0.0.0", project: undefined, key: undefined },
    { reason: "requests_key", count: 1, address: "10.0.0.1", project: "team", key: "key_1" },
  ]);
});
