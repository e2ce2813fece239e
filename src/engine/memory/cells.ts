/** llama.cpp counts cells of keys and values in blocks of this many. */
const cellsOfBlock = 256;

/** Cells for so many tokens of one sequence. */
function cellsOf(tokens: number): number {
  return Math.ceil(tokens / cellsOfBlock) * cellsOfBlock;
}

/**
 * Cells of a layer for one sequence. One with a sliding window keeps it and a batch, to which the engine adds a token (`child/llama/addon.ts`), as the library does.
 */
export function layerCells(
  windowTokens: number | undefined,
  { contextTokens, batchTokens }: { contextTokens: number; batchTokens: number },
): number {
  const all = cellsOf(contextTokens);
  return windowTokens === undefined ? all : Math.min(all, cellsOf(windowTokens + batchTokens + 1));
}
