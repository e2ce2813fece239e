import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { chooseSeed, seededRandom } from "../../testing/random.ts";
import { readTrace, simulate, type Trace } from "./index.ts";
import { KeptMemory } from "./kept-memory.ts";
import { ReplicaRouter } from "./replica-router.ts";
import { Simulation } from "./simulation.ts";
import type { ServerKind } from "./server-kind.ts";
import { StepTimes } from "./step-times.ts";
import { hitCeiling } from "./trace.ts";

const seed = chooseSeed("simulation.test.ts");
const excerpt = async (name: string) =>
  readTrace(await Bun.file(join(import.meta.dir, "../../testing/traces", name)).text(), name);

/** Times that are linear in each argument, so that the tables are exact. */
const linear = {
  prefillMs: (newTokens: number, before: number) => 3 + 0.02 * newTokens + 4e-7 * newTokens * before,
  decodeMs: (batch: number, context: number) => 5 + 0.1 * batch + 2e-5 * batch * context,
};

function kindOf(changes: Partial<ServerKind> & { functions?: typeof linear; contextMax?: number } = {}): ServerKind {
  const { functions = linear, contextMax = 130_000, sequencesMax = 64, ...others } = changes;
  return {
    name: "a made-up server",
    times: new StepTimes(functions, { batchMax: sequencesMax, contextMax }),
    keptTokensMax: 1_000_000,
    sequencesMax,
    prefill: "pieces",
    stepTokensMax: 2_048,
    ...others,
  };
}

/** Requests at random times, a mean gap apart. */
function randomTrace(
  random: () => number,
  requests: number,
  { gapMs, promptMax, answerMax }: { gapMs: number; promptMax: number; answerMax: number },
): Trace {
  let atMs = 0;
  const arrivalMs = Float64Array.from({ length: requests }, () => (atMs += -Math.log(1 - random()) * gapMs));
  const upTo = (most: number) =>
    Int32Array.from({ length: requests }, () => 1 + Math.floor(random() ** 3 * Math.max(0, most - 1)));
  return {
    name: "random",
    requests,
    arrivalMs,
    promptTokens: upTo(promptMax),
    answerTokens: upTo(answerMax),
    blockTokens: 0,
    blockStarts: new Int32Array(requests + 1),
    blocks: new Int32Array(0),
    distinctBlocks: 0,
    durationMs: atMs,
  };
}

test("one replica without batching waits as the M/D/1 queue does (Pollaczek and Khinchine)", () => {
  const [serviceMs, load] = [10, 0.6];
  const functions = { prefillMs: () => serviceMs, decodeMs: () => 1 };
  const kind = kindOf({ functions, sequencesMax: 1, contextMax: 100 });
  const trace = randomTrace(seededRandom(seed), 100_000, { gapMs: serviceMs / load, promptMax: 1, answerMax: 1 });
  const { firstTokenMs, queue, utilisation, timePerTokenMs } = simulate(trace, kind, { replicas: 1 });
  const waitMs = (load * serviceMs) / (2 * (1 - load));
  expect((firstTokenMs.mean - serviceMs) / waitMs).toBeWithin(0.93, 1.07);
  expect(queue.mean / ((waitMs * load) / serviceMs)).toBeWithin(0.92, 1.08);
  expect(utilisation.mean / load).toBeWithin(0.97, 1.03);
  expect(timePerTokenMs.p99).toBeNaN();
});

/** The same replica without prefix cache, made anew: step by step, with plain lists. */
function stepByStep(trace: Trace, kind: ServerKind): { firstTokenMs: number[]; lastTokenMs: number[] } {
  const firstTokenMs: number[] = [];
  const lastTokenMs: number[] = [];
  const waiting: number[] = [];
  let prefilling: { request: number; done: number; piece: number }[] = [];
  let decoding: { request: number; left: number; context: number }[] = [];
  let free = kind.keptTokensMax;
  let next = 0;
  let nowMs = 0;
  const promptOf = (request: number) => trace.promptTokens[request]!;
  const sizeOf = (request: number) => promptOf(request) + trace.answerTokens[request]!;
  const end = (request: number) => {
    lastTokenMs[request] = nowMs - trace.arrivalMs[request]!;
    free += sizeOf(request);
  };
  while (next < trace.requests || waiting.length + prefilling.length + decoding.length > 0) {
    if (waiting.length + prefilling.length + decoding.length === 0) nowMs = Math.max(nowMs, trace.arrivalMs[next]!);
    while (next < trace.requests && trace.arrivalMs[next]! <= nowMs) waiting.push(next++);
    const isWhole = kind.prefill === "whole";
    let room = isWhole ? kind.stepTokensMax : Math.max(1, kind.stepTokensMax - decoding.length);
    const planned = [];
    for (let place = 0; room > 0; place++) {
      if (place === prefilling.length) {
        const [request] = waiting;
        if (request === undefined || prefilling.length + decoding.length === kind.sequencesMax) break;
        if (sizeOf(request) > free) break;
        free -= sizeOf(request);
        waiting.shift();
        prefilling.push({ request, done: 0, piece: 0 });
      }
      const entry = prefilling[place]!;
      const left = promptOf(entry.request) - entry.done;
      if (isWhole && left > room && planned.length > 0) break;
      entry.piece = isWhole ? left : Math.min(left, room);
      room -= entry.piece;
      planned.push(entry);
    }
    const tokens = planned.reduce((sum, { piece }) => sum + piece, 0);
    const context = decoding.reduce((sum, { context }) => sum + context, 0) / decoding.length;
    const decodes = decoding.length > 0 && !(isWhole && tokens > 0);
    const decodeMs = decodes ? kind.times.decodeMs(decoding.length, context) : 0;
    let piecesMs = 0;
    for (const { piece, done } of planned)
      piecesMs += (piece / tokens) * kind.times.prefillMs(tokens, Math.max(0, done + (piece - tokens) / 2));
    nowMs += Math.max(decodeMs, tokens > 0 ? piecesMs + Math.max(0, decodeMs - kind.times.decodeMs(1, 1)) : 0);
    if (decodes) for (const entry of decoding) [entry.left, entry.context] = [entry.left - 1, entry.context + 1];
    for (const { request, left } of decoding) if (left === 0) end(request);
    decoding = decoding.filter(({ left }) => left > 0);
    for (const entry of planned) [entry.done, entry.piece] = [entry.done + entry.piece, 0];
    for (const { request, done } of prefilling) {
      if (done < promptOf(request)) continue;
      firstTokenMs[request] = nowMs - trace.arrivalMs[request]!;
      const left = trace.answerTokens[request]! - 1;
      if (left === 0) end(request);
      else decoding.push({ request, left, context: promptOf(request) + 1 });
    }
    prefilling = prefilling.filter(({ request, done }) => done < promptOf(request));
  }
  return { firstTokenMs, lastTokenMs };
}

test("rows of steps end when single steps do, at every load, in both orders of prefill, with little memory", () => {
  const random = seededRandom(seed);
  for (let round = 0; round < 40; round++) {
    const shape = { gapMs: 10 + random() * 200, promptMax: random() < 0.5 ? 20 : 6_000, answerMax: 400 };
    const trace = randomTrace(random, 120, shape);
    const kind = kindOf({
      // Tokens of a long context take much longer, so that no two steps of a row are alike.
      functions: { ...linear, decodeMs: (batch, context) => 5 + 0.1 * batch + 2e-3 * batch * context },
      prefill: random() < 0.5 ? "pieces" : "whole",
      stepTokensMax: 1 + Math.floor(random() * 3_000),
      sequencesMax: 1 + Math.floor(random() * 20),
      keptTokensMax: random() < 0.5 ? 8_000 : 1_000_000,
      contextMax: 6_400,
    });
    const expected = stepByStep(trace, kind);
    const { firstTokenMs, lastTokenMs } = new Simulation(trace, kind, { replicas: 1 }).run();
    for (let request = 0; request < trace.requests; request++) {
      const firstError = firstTokenMs[request]! - expected.firstTokenMs[request]!;
      const lastError = lastTokenMs[request]! - expected.lastTokenMs[request]!;
      // One expectation for both: it runs ten thousand times.
      expect(Math.hypot(firstError, lastError)).toBeLessThan(1e-4);
    }
  }
});

test("those that arrive at the same moment share a step, and one that arrives at a step's end is in the next", () => {
  const trace = randomTrace(() => 0.5, 3, { gapMs: 1, promptMax: 1, answerMax: 1 });
  const kind = kindOf();
  const stepMs = (tokens: number) => linear.prefillMs(tokens, 0);
  const together = stepMs(200);
  const three = {
    ...trace,
    arrivalMs: Float64Array.of(0, 0, together),
    promptTokens: Int32Array.of(100, 100, 50),
    answerTokens: Int32Array.of(2, 1, 1),
  };
  const { firstTokenMs, lastTokenMs } = new Simulation(three, kind, { replicas: 1 }).run();
  expect(firstTokenMs[0]).toBeCloseTo(together, 9);
  expect(firstTokenMs[1]).toBeCloseTo(together, 9);
  const mixedMs = stepMs(50) + linear.decodeMs(1, 101) - linear.decodeMs(1, 1);
  expect(firstTokenMs[2]).toBeCloseTo(Math.max(mixedMs, linear.decodeMs(1, 101)), 9);
  expect(lastTokenMs[0]).toBeCloseTo(together + firstTokenMs[2]!, 9);
});

/** Prompts that begin alike, in a random forest of blocks. */
function withBlocks(random: () => number, trace: Trace, blockTokens: number): Trace {
  const blocks: number[] = [];
  const blockStarts = [0];
  const children: number[][] = [[]];
  for (let request = 0; request < trace.requests; request++) {
    let at = 0;
    for (let tokens = 0; tokens < trace.promptTokens[request]!; tokens += blockTokens) {
      const known = children[at]!;
      const reused = random() < 0.7 ? known[Math.floor(random() * known.length)] : undefined;
      at = reused ?? children.push([]) - 1;
      if (reused === undefined) known.push(at);
      blocks.push(at - 1);
    }
    blockStarts.push(blocks.length);
  }
  return {
    ...trace,
    blockTokens,
    blocks: Int32Array.from(blocks),
    blockStarts: Int32Array.from(blockStarts),
    distinctBlocks: children.length - 1,
  };
}

test("every request ends once, memory comes back, and Little's law holds, whatever the load", () => {
  const random = seededRandom(seed + 1);
  for (let round = 0; round < 30; round++) {
    const shape = { gapMs: 1 + random() * 100, promptMax: 5_000, answerMax: 300 };
    const blockTokens = 16 + Math.floor(random() * 500);
    const trace = withBlocks(random, randomTrace(random, 300, shape), blockTokens);
    const kind = kindOf({
      prefill: random() < 0.5 ? "pieces" : "whole",
      stepTokensMax: 1 + Math.floor(random() * 4_000),
      sequencesMax: 1 + Math.floor(random() * 30),
      keptTokensMax: 5_300 + Math.floor(random() ** 4 * 1_000_000),
      contextMax: 5_300,
    });
    const routing = (["prefix", "load", "chance"] as const)[round % 3]!;
    const options = { replicas: 1 + Math.floor(random() * 5), routing, seed: round };
    // The simulation itself checks at its end that all have ended and that memory is free.
    const { firstTokenMs, lastTokenMs } = new Simulation(trace, kind, options).run();
    for (let request = 0; request < trace.requests; request++) {
      const leastMs = (trace.answerTokens[request]! - 1) * linear.decodeMs(1, 1) - 1e-6;
      expect(firstTokenMs[request]! > 0 && lastTokenMs[request]! - firstTokenMs[request]! >= leastMs).toBe(true);
    }
    const result = simulate(trace, kind, options);
    expect(result.inSystemMean * result.spanMs).toBeCloseTo(
      lastTokenMs.reduce((sum, ms) => sum + ms, 0),
      3,
    );
    for (const share of result.utilisation.each) expect(share).toBeWithin(0, 1 + 1e-9);
    expect(result.cacheHitShare).toBeLessThanOrEqual(hitCeiling(trace));
    expect(simulate(trace, kind, options)).toEqual(result);
  }
});

describe("the prefix cache", () => {
  test("without bounds, one at a time, has what the trace allows", async () => {
    const trace = await excerpt("mooncake.jsonl");
    const endless = kindOf({ keptTokensMax: Number.POSITIVE_INFINITY, sequencesMax: 1, prefill: "whole" });
    const { cacheHitShare, cachedTokenShare } = simulate(trace, endless, { replicas: 1 });
    expect(cacheHitShare).toBe(hitCeiling(trace));
    expect(cachedTokenShare).toBeWithin(0.36, 0.4);
  });

  test("has more the more memory there is, and over many replicas only where the router knows it", async () => {
    const trace = await excerpt("mooncake.jsonl");
    const hits = (keptTokensMax: number, replicas: number, routing: "prefix" | "load" | "chance") =>
      simulate(trace, kindOf({ keptTokensMax }), { replicas, routing }).cacheHitShare;
    const shares = [130_000, 400_000, 1_600_000].map((tokens) => hits(tokens, 1, "prefix"));
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares[2]! - shares[0]!).toBeGreaterThan(0.05);
    expect(hits(1_600_000, 8, "prefix")).toBeGreaterThan(0.9 * hitCeiling(trace));
    expect(hits(1_600_000, 8, "load")).toBeLessThan(0.5 * hitCeiling(trace));
    expect(hits(1_600_000, 8, "chance")).toBeLessThan(0.5 * hitCeiling(trace));
  });
});

test("a router that knows the replicas' work brings the first token sooner than chance", async () => {
  const trace = await excerpt("azure-conversation.csv");
  const p99 = (routing: "load" | "chance") =>
    simulate(trace, kindOf({ contextMax: 16_000 }), { replicas: 3, routing }).firstTokenMs.p99;
  expect(p99("load")).toBeLessThan(p99("chance"));
});

test("the router sends a request where the least prefill is queued, and forgets what has its first token", () => {
  const trace = {
    ...randomTrace(() => 0.5, 4, { gapMs: 1, promptMax: 1, answerMax: 1 }),
    promptTokens: Int32Array.of(1_000, 10, 10, 10),
  };
  const { times, stepTokensMax } = kindOf();
  for (let seed = 1; seed <= 20; seed++) {
    const memory = new KeptMemory(trace, 2, 10_000);
    const options = { replicas: 2, routing: "load", seed, stepTokensMax } as const;
    const router = new ReplicaRouter({ trace, times, memory, decodeMs: () => 0 }, options);
    const long = router.choose(0, 0);
    expect([router.choose(1, 0), router.choose(2, 0)]).toEqual([1 - long, 1 - long]);
    router.noteFirstToken(long, 0);
    expect(router.choose(3, 0)).toBe(long);
  }
});

test("of a prompt that nobody uses, the end is given up before the beginning", () => {
  const trace = {
    ...randomTrace(() => 0.5, 3, { gapMs: 1, promptMax: 1, answerMax: 1 }),
    promptTokens: Int32Array.of(40, 25, 40),
    blockTokens: 10,
    blocks: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3),
    blockStarts: Int32Array.of(0, 4, 7, 11),
    distinctBlocks: 7,
  };
  const memory = new KeptMemory(trace, 1, 50);
  expect(memory.reserve(0, 0)).toBe(0);
  memory.share(0, 0);
  expect(memory.reserve(0, 1)).toBe(-1);
  memory.release(0, 0);
  // 26 tokens are needed and 10 are free: of four blocks the last two go.
  expect(memory.reserve(0, 1)).toBe(0);
  memory.release(0, 1);
  expect(memory.reserve(0, 2)).toBe(20);
});

test("what can't be simulated is refused with the reason", async () => {
  const trace = await excerpt("mooncake.jsonl");
  expect(() => simulate(trace, kindOf(), { replicas: 0 })).toThrow("Cannot simulate 0 replicas: a whole number");
  expect(() => simulate(trace, kindOf({ keptTokensMax: 100_000 }), { replicas: 1 })).toThrow(
    /request \d+ has 12\d{4} tokens of prompt and answer, a replica's memory keeps up to 100000/,
  );
});
