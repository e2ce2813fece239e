import { expect, test } from "bun:test";
import { checkMemory } from "./check-memory.ts";

test("a budget that the machine does not have is told", () => {
  const check = (budgetBytes: number | null) =>
    checkMemory({ budgetBytes, reservedBytes: 0, freeBytes: 0, machineBytes: 16e9 }).map(({ status }) => status);
  expect([8e9, 15e9, 17e9].flatMap(check)).toEqual(["ok", "warning", "problem"]);
  expect(check(null)).toEqual([]);
  expect(checkMemory(null)).toEqual([]);
  expect(checkMemory({ budgetBytes: 32e9, reservedBytes: 0, freeBytes: 0, machineBytes: 16e9 })[0]?.detail).toStartWith(
    "local models may hold 32.0 GB, and this machine has 16.0 GB; lower memory in cloud.yaml",
  );
});
