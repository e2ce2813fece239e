import { heapStats } from "bun:jsc";
import { renameSync, writeFileSync } from "node:fs";

// Loaded into the program under test before its own code: on SIGUSR2 the process writes what is alive on its heap.

/** What is alive after a full garbage collection. */
export interface HeapReport {
  objects: number;
  heapBytes: number;
  /** How many objects of each class. */
  classes: Record<string, number>;
}

const path = process.env["HEAP_REPORT"];
if (path !== undefined && Bun.isMainThread) {
  process.on("SIGUSR2", () => {
    Bun.gc(true);
    const { objectCount, heapSize, objectTypeCounts } = heapStats();
    const report: HeapReport = { objects: objectCount, heapBytes: heapSize, classes: objectTypeCounts };
    // Renamed, so that nobody reads a half of it.
    writeFileSync(`${path}.part`, JSON.stringify(report));
    renameSync(`${path}.part`, path);
  });
}
