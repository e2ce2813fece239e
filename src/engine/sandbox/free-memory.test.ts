import { expect, test } from "bun:test";
import { freeMemory } from "./free-memory.ts";
import { machineMemory } from "./memory-bound.ts";

test("free memory is part of the machine's, and falls by what this process takes", () => {
  expect(freeMemory()).toBeLessThanOrEqual(machineMemory());
  const takenBytes = 256 * 1024 * 1024;
  // Others on this machine take and give back some meanwhile, so one try of three counts.
  const fell = [1, 2, 3].some(() => {
    const before = freeMemory();
    const taken = Buffer.alloc(takenBytes, 1);
    const fallBytes = before - freeMemory();
    return taken.length > 0 && fallBytes > takenBytes / 2 && fallBytes < takenBytes * 2;
  });
  expect(fell).toBeTrue();
});
