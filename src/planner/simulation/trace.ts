import { PlanFault } from "../sheet/index.ts";

/** Requests as they arrived, in columns: row i of each column is request i, in the order of arrival. */
export interface Trace {
  name: string;
  requests: number;
  /** Milliseconds after the beginning of the trace, rising. */
  arrivalMs: Float64Array;
  promptTokens: Int32Array;
  answerTokens: Int32Array;
  /** Tokens of a prefix block; 0 where the trace does not tell which prompts begin alike. */
  blockTokens: number;
  /** Request i has the blocks from blockStarts[i] to blockStarts[i + 1] in `blocks`. */
  blockStarts: Int32Array;
  /** Numbers of blocks, from 0 to distinctBlocks - 1; equal numbers are an equal prefix up to that block's end. */
  blocks: Int32Array;
  distinctBlocks: number;
  /** How long the recording took, milliseconds: after that it may be repeated. */
  durationMs: number;
}

/** The same requests, arriving `factor` times as fast. */
export function scaleRate(trace: Trace, factor: number): Trace {
  if (!(factor > 0 && Number.isFinite(factor)))
    throw new PlanFault(`Cannot scale a trace's rate by ${factor}: a positive number is allowed`);
  return {
    ...trace,
    name: factor === 1 ? trace.name : `${trace.name} at ${factor} × its rate`,
    arrivalMs: trace.arrivalMs.map((ms) => ms / factor),
    durationMs: trace.durationMs / factor,
  };
}

const requestsMax = 50_000_000;

/** The trace so many times, one after the other; each time its prompts are new ones. */
export function repeatTrace(trace: Trace, times: number): Trace {
  const { requests, blocks, distinctBlocks } = trace;
  if (!(Number.isInteger(times) && times >= 1 && times * requests <= requestsMax))
    throw new PlanFault(
      `Cannot repeat a trace ${times} times: a whole number from 1 to ${Math.floor(requestsMax / requests)} is allowed`,
    );
  const all = requests * times;
  const repeated = {
    arrivalMs: new Float64Array(all),
    promptTokens: new Int32Array(all),
    answerTokens: new Int32Array(all),
    blockStarts: new Int32Array(all + 1),
    blocks: new Int32Array(blocks.length * times),
  };
  for (let round = 0; round < times; round++) {
    const row = round * requests;
    const block = round * blocks.length;
    repeated.promptTokens.set(trace.promptTokens, row);
    repeated.answerTokens.set(trace.answerTokens, row);
    for (let request = 0; request < requests; request++) {
      repeated.arrivalMs[row + request] = trace.arrivalMs[request]! + round * trace.durationMs;
      repeated.blockStarts[row + request + 1] = trace.blockStarts[request + 1]! + block;
    }
    for (let at = 0; at < blocks.length; at++) repeated.blocks[block + at] = blocks[at]! + round * distinctBlocks;
  }
  return {
    ...trace,
    ...repeated,
    name: times === 1 ? trace.name : `${trace.name}, ${times} times`,
    requests: all,
    distinctBlocks: distinctBlocks * times,
    durationMs: trace.durationMs * times,
  };
}

/** The share of a trace's prompt blocks that a request before had: no cache and no router can do better. */
export function hitCeiling({ blocks, distinctBlocks }: Trace): number {
  return blocks.length === 0 ? 0 : (blocks.length - distinctBlocks) / blocks.length;
}
