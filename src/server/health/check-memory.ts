import type { Finding } from "../../base/finding.ts";
import { showByteSize } from "../../base/parse-byte-size.ts";
import type { FleetStatus } from "../../fleet/index.ts";

const machineShareMax = 0.9;

/** Whether the machine has what local models may hold. The system and Sahab itself need some, too. */
export function checkMemory(memory: FleetStatus["memory"]): Finding[] {
  if (memory?.budgetBytes == null) return [];
  const { budgetBytes, machineBytes } = memory;
  const isTooMuch = budgetBytes > machineBytes * machineShareMax;
  const values = { budget: showByteSize(budgetBytes), machine: showByteSize(machineBytes) };
  const sizes = `local models may hold ${values.budget}, and this machine has ${values.machine}`;
  return [
    {
      check: "memory budget",
      status: budgetBytes > machineBytes ? "problem" : isTooMuch ? "warning" : "ok",
      detail: isTooMuch ? `${sizes}; lower memory in cloud.yaml, or models will be swapped out or killed` : sizes,
      told: { code: isTooMuch ? "memoryTooMuch" : "memoryFits", values },
    },
  ];
}
