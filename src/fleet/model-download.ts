import { createHash } from "node:crypto";
import { join } from "node:path";
import type { PlannedFile } from "./plan-pull.ts";

/** One file of a model: where it comes from, where it is kept until it is whole, and where it goes. */
export interface ModelDownload extends PlannedFile {
  part: string;
  target: string;
  /** It is there already, with the hash that the hub tells. */
  isHere: boolean;
}

export function downloadOf(planned: PlannedFile, modelsDir: string, stored: string): ModelDownload {
  // Two sources with the same file name must not continue each other's parts, even where one was made to look like the other.
  const hash = createHash("sha256").update(planned.identity).digest("hex").slice(0, 32);
  return {
    ...planned,
    part: join(modelsDir, `.${stored}.${hash}.part`),
    target: join(modelsDir, stored),
    isHere: false,
  };
}

/** Where a file is until all have their names. */
export const fileOf = ({ isHere, part, target }: ModelDownload): string => (isHere ? target : part);
