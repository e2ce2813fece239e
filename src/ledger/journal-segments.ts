import { readdirSync } from "node:fs";

const pattern = /-(\d+)\.journal$/;

/** Names sort by the time of their opening. `sequence` counts the segments of one journal. */
export function segmentName(nowMs: number, sequence: number): string {
  return `${nowMs.toString().padStart(14, "0")}-${process.pid}-${sequence}.journal`;
}

/** The number of a segment among those of its journal. Names of other forms come from earlier runs, so they are before all. */
export function sequenceOf(segment: string): number {
  return Number(pattern.exec(segment)?.[1] ?? -1);
}

/** The segments in a folder, oldest first. */
export function listSegments(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".journal"))
    .sort();
}
