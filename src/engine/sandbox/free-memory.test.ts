import { expect, test } from "bun:test";
import { eventually } from "../../testing/eventually.ts";
import { freeMemory } from "./free-memory.ts";
import { machineMemory } from "./memory-bound.ts";

test("free memory is part of the machine's, and falls by what this process takes", async () => {
  expect(freeMemory()).toBeLessThanOrEqual(machineMemory());
  const takenBytes = 128 * 1024 * 1024;
  // Others on this machine take and give back some meanwhile, so one try counts.
  await eventually("a fall by about as much", () => {
    Bun.gc(true);
    const before = freeMemory();
    const taken = Buffer.alloc(takenBytes, 1);
    const fallBytes = before - freeMemory();
    return taken.length > 0 && fallBytes > takenBytes / 2 && fallBytes < takenBytes * 2;
  });
});
