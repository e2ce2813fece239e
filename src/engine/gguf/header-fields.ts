import type { GgufFile } from "./read-gguf.ts";

/** `general.architecture`, such as `llama`: the first part of the names of most of its fields. */
export function architectureOf({ metadata }: Pick<GgufFile, "metadata">): string {
  const stated = metadata["general.architecture"];
  return typeof stated === "string" ? stated : "";
}

/** Numbers of an architecture. Some files give one for each layer, which are all there then. */
export function readNumbers(header: Pick<GgufFile, "metadata">, name: string): readonly number[] | undefined {
  const value = header.metadata[`${architectureOf(header)}.${name}`];
  if (Array.isArray(value)) return value.slice(0, layersMax).map(Number);
  return typeof value === "number" || typeof value === "bigint" ? [Number(value)] : undefined;
}

/** The largest one where there are several. */
export function readNumber(header: Pick<GgufFile, "metadata">, name: string): number | undefined {
  const numbers = readNumbers(header, name);
  return numbers && Math.max(0, ...numbers);
}

/** More than any model has: a file may claim anything. */
const layersMax = 1_000;
