import { route } from "../../router/index.ts";
import { seededRandom } from "../sheet/random.ts";
import type { KeptMemory } from "./kept-memory.ts";
import type { StepTimes } from "./step-times.ts";
import type { Trace } from "./trace.ts";

/**
 * What the router knows of each replica: its work and whether it has the prompt's beginning cached (`prefix`), its work only (`load`), or
 * nothing (`chance`).
 */
export type Routing = "prefix" | "load" | "chance";

interface Deps {
  trace: Trace;
  times: StepTimes;
  memory: KeptMemory;
  /** A step of the sequences that a replica decodes, milliseconds. */
  decodeMs: (replica: number) => number;
}

/** Asks Sahab's router for a replica, and estimates for it how long a request would wait at each. */
export class ReplicaRouter {
  readonly #deps: Deps;
  readonly #routing: Routing;
  readonly #pieceMs: number;
  readonly #emptyDecodeMs: number;
  readonly #choose: (nowMs: number) => number;
  /** By replica: prefill that was sent there and has not ended, as estimated when it was sent; milliseconds. */
  readonly #queuedMs: Float64Array;
  /** By request: what was estimated for its prefill. */
  readonly #estimatedMs: Float64Array;
  /** By replica, of the request at hand: its wait, its prefill, and how many of its blocks are there. */
  readonly #waitsMs: Float64Array;
  readonly #prefillsMs: Float64Array;
  readonly #leading: Int32Array;

  constructor(deps: Deps, options: { replicas: number; routing: Routing; seed: number; stepTokensMax: number }) {
    const { replicas, routing, seed, stepTokensMax } = options;
    this.#deps = deps;
    this.#routing = routing;
    this.#pieceMs = deps.times.prefillMs(stepTokensMax, 0);
    this.#emptyDecodeMs = deps.times.decodeMs(1, 1);
    this.#queuedMs = new Float64Array(replicas);
    this.#estimatedMs = new Float64Array(deps.trace.requests);
    this.#waitsMs = new Float64Array(replicas);
    this.#prefillsMs = new Float64Array(replicas);
    this.#leading = new Int32Array(replicas);
    this.#choose = chooser(replicas, routing === "chance" ? undefined : this.#waitsMs, seededRandom(seed));
  }

  /** The replica for a request that has just come. */
  choose(request: number, nowMs: number): number {
    if (this.#routing !== "chance") this.#estimate(request);
    const replica = this.#choose(nowMs);
    this.#estimatedMs[request] = this.#prefillsMs[replica]!;
    this.#queuedMs[replica]! += this.#prefillsMs[replica]!;
    return replica;
  }

  /** A request's first token is there. */
  noteFirstToken(replica: number, request: number): void {
    this.#queuedMs[replica]! -= this.#estimatedMs[request]!;
  }

  /** At each replica: the prefill that is queued, the request's own without what is cached, and the decoding in between. */
  #estimate(request: number): void {
    const { trace, times, memory, decodeMs } = this.#deps;
    const prompt = trace.promptTokens[request]!;
    const leading = this.#leading;
    if (this.#routing === "prefix") memory.countLeading(request, leading);
    let hitsBefore = 0;
    let ownMs = times.prefillMs(prompt, 0);
    for (let replica = 0; replica < leading.length; replica++) {
      const hits = leading[replica]!;
      // Most replicas have as many of the blocks as the one before.
      if (hits !== hitsBefore) {
        const cached = Math.min(hits * trace.blockTokens, prompt - 1);
        ownMs = times.prefillMs(prompt - cached, cached);
        hitsBefore = hits;
      }
      const prefillMs = this.#queuedMs[replica]! + ownMs;
      const besideMs = Math.max(0, decodeMs(replica) - this.#emptyDecodeMs);
      this.#prefillsMs[replica] = ownMs;
      this.#waitsMs[replica] = prefillMs + besideMs * (1 + prefillMs / this.#pieceMs);
    }
  }
}

/** The router's choice among replicas of equal weight, by these waits; without them, in turns. */
function chooser(replicas: number, waitsMs: Float64Array | undefined, random: () => number): (nowMs: number) => number {
  const targets = Array.from({ length: replicas }, (_, index) => ({
    provider: `replica ${index}`,
    model: "simulated",
    priority: 1,
    weight: 1,
    index,
  }));
  type Target = (typeof targets)[number];
  const healthy = { isResting: () => false };
  const states = { of: () => healthy };
  const waitOf = waitsMs && (({ index }: Target) => waitsMs[index]!);
  return (nowMs) => route(targets, states, nowMs, random, 0, waitOf)[0]!.index;
}
