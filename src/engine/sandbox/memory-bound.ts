import { totalmem } from "node:os";
import { readNumber } from "../gguf/header-fields.ts";
import type { GgufFile } from "../gguf/read-gguf.ts";

const gib = 1024 ** 3;
/** The runtime, the requests that wait (256, of up to 32 MiB, though nearly all are small) and llama.cpp's own buffers. */
const baseBytes = 4 * gib;
/** llama.cpp may keep weights once more in the order that the processor likes, or read them instead of mapping the file. */
const weightCopies = 2;
/** Keys and values in 32 bits, twice what llama.cpp does by default. */
const keyOrValueBytes = 4;
/** One for text, one for embeddings, one for ranking. */
const contexts = 3;
/** The rest of the machine is for other programs. */
const machineShare = 0.9;

/**
 * The most memory, in bytes, that the engine of a model may come to hold, without what is mapped from files. It is far above
 * what models need, and below what would harm the machine: it stops one whose file makes llama.cpp allocate without end.
 */
export function memoryBound(
  model: { header: GgufFile; fileBytes: number },
  options: { contextTokens: number; slots: number },
): number {
  const tokens = options.contextTokens * options.slots;
  const wanted = baseBytes + model.fileBytes * weightCopies + tokens * bytesPerToken(model.header) * contexts;
  return Math.min(Number.isFinite(wanted) ? wanted : Infinity, machineMemory() * machineShare);
}

export const machineMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);

/** Of keys and values in all layers. Where a file does not say, they are as wide as its embeddings, which is the most there is. */
function bytesPerToken(header: GgufFile): number {
  const read = (name: string) => readNumber(header, name);
  const width = read("embedding_length") ?? 0;
  const heads = read("attention.head_count") ?? 1;
  const perHead = width / heads;
  const headsKept = read("attention.head_count_kv") ?? heads;
  const key = read("attention.key_length") ?? perHead;
  const value = read("attention.value_length") ?? perHead;
  return (read("block_count") ?? 0) * headsKept * (key + value) * keyOrValueBytes;
}
