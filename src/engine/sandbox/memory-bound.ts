import { totalmem } from "node:os";
import type { GgufFile } from "../gguf/read-gguf.ts";
import { keyValueBytes } from "../memory/estimate.ts";
import { readShape } from "../memory/model-shape.ts";

const gib = 1024 ** 3;
/** The runtime, the requests that wait (256, of up to 32 MiB, though nearly all are small) and llama.cpp's own buffers. */
const baseBytes = 4 * gib;
/** llama.cpp may keep weights once more in the order that the processor likes, or read them instead of mapping the file. */
const weightCopies = 2;
/** One for text, one for embeddings, one for ranking. */
const contexts = 3;
/** The rest of the machine is for other programs. */
const machineShare = 0.9;

/**
 * The most memory, in bytes, that the engine of a model may come to hold, without what is mapped from files. It is far above
 * what models need, and below what would harm the machine: it stops one whose file makes llama.cpp allocate without end.
 */
export function memoryBound(
  header: GgufFile,
  { contextTokens, slots }: { contextTokens: number; slots: number },
): number {
  // In 32 bits, twice what llama.cpp does by default, and as if no layer had a window.
  const options = { contextTokens, slots, cacheTypeK: "f32", cacheTypeV: "f32" };
  const perContext = keyValueBytes(readShape(header), options, contextTokens);
  const wanted = baseBytes + header.fileBytes * weightCopies + perContext * contexts;
  return Math.min(Number.isFinite(wanted) ? wanted : Infinity, machineMemory() * machineShare);
}

export const machineMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);
