import { assert } from "../../base/assert.ts";
import { PlanFault } from "../sheet/index.ts";
import { DecodeBatches } from "./decode-batches.ts";
import { EventHeap } from "./event-heap.ts";
import { KeptMemory, type Hits } from "./kept-memory.ts";
import { ReplicaRouter, type Routing } from "./replica-router.ts";
import { RequestLists } from "./request-lists.ts";
import type { ServerKind } from "./server-kind.ts";
import type { Trace } from "./trace.ts";

export interface SimulationOptions {
  replicas: number;
  /** What the router knows of each replica; `prefix` by default. */
  routing?: Routing;
  /** Of the turns that replicas take which wait equally long. */
  seed?: number;
}

/** What happened, by request and by replica. */
export interface Recording {
  /** By request: from its arrival to its first token, and to its last; milliseconds. */
  firstTokenMs: Float64Array;
  lastTokenMs: Float64Array;
  /** By request: the replica. */
  replicaOf: Int32Array;
  /** By replica: how long it was busy, milliseconds. */
  busyMs: Float64Array;
  /** By replica: how long prompts were computed, alone or beside tokens, milliseconds. */
  prefillMs: Float64Array;
  /** The time of the last event, milliseconds after the trace began. */
  endMs: number;
  ended: number;
  /** Of prompts when their prefill began. */
  hits: Hits;
  /** Sums over time: requests that wait for their prefill to begin, and all that have arrived and not ended; request-milliseconds. */
  waitingMs: number;
  inSystemMs: number;
  /** The most of each at once, at all replicas. */
  waitingMost: number;
  inSystemMost: number;
  events: number;
}

const replicasMax = 10_000;
const never = Number.POSITIVE_INFINITY;

/**
 * Requests arrive, the router picks a replica, and each replica makes one step after the other: pieces of prompts, tokens of all sequences
 * that it decodes. Time is virtual; the next event is the next arrival or the earliest end of a step. Steps in which nothing but decoding
 * happens are one event until the first sequence ends or a request arrives. All state is in columns made beforehand.
 */
export class Simulation {
  readonly #trace: Trace;
  readonly #kind: ServerKind;
  readonly #ends: EventHeap;
  readonly #memory: KeptMemory;
  readonly #router: ReplicaRouter;
  readonly #batches: DecodeBatches;
  /** Requests whose prefill has not begun, and those whose prefill goes on. */
  readonly #waiting: RequestLists;
  readonly #prefilling: RequestLists;
  readonly #recording: Recording;

  /** By request: tokens of the prompt that are computed or were cached, and those of the step that goes on. */
  readonly #doneTokens: Int32Array;
  readonly #pieceTokens: Int32Array;

  /** By replica: when its step or row of steps began, how many decode steps are in it, and what they take. */
  readonly #stepStartMs: Float64Array;
  readonly #decodeSteps: Int32Array;
  readonly #firstStepMs: Float64Array;
  readonly #stepGrowthMs: Float64Array;
  /** By replica: whether new requests must wait for the end of what it does. */
  readonly #activity: Uint8Array;
  readonly #emptyDecodeMs: number;
  readonly #contextOf: (request: number) => number;

  #nowMs = 0;
  #waitingCount = 0;
  #inSystem = 0;

  constructor(trace: Trace, kind: ServerKind, { replicas, routing = "prefix", seed = 1 }: SimulationOptions) {
    if (!(Number.isInteger(replicas) && replicas >= 1 && replicas <= replicasMax))
      throw new PlanFault(`Cannot simulate ${replicas} replicas: a whole number from 1 to ${replicasMax} is allowed`);
    expectFits(trace, kind);
    const { requests } = trace;
    this.#trace = trace;
    this.#kind = kind;
    this.#ends = new EventHeap(replicas);
    this.#memory = new KeptMemory(trace, replicas, kind.keptTokensMax);
    this.#batches = new DecodeBatches(replicas, requests, kind.sequencesMax);
    this.#waiting = new RequestLists(replicas, requests);
    this.#prefilling = new RequestLists(replicas, requests);
    this.#doneTokens = new Int32Array(requests);
    this.#pieceTokens = new Int32Array(requests);
    this.#stepStartMs = new Float64Array(replicas);
    this.#decodeSteps = new Int32Array(replicas);
    this.#firstStepMs = new Float64Array(replicas);
    this.#stepGrowthMs = new Float64Array(replicas);
    this.#activity = new Uint8Array(replicas);
    this.#emptyDecodeMs = kind.times.decodeMs(1, 1);
    this.#contextOf = (request) => trace.promptTokens[request]! + trace.answerTokens[request]!;
    this.#router = new ReplicaRouter(
      { trace, times: kind.times, memory: this.#memory, decodeMs: (replica) => this.#decodeMs(replica) },
      { replicas, routing, seed, stepTokensMax: kind.stepTokensMax },
    );
    this.#recording = {
      firstTokenMs: new Float64Array(requests),
      lastTokenMs: new Float64Array(requests),
      replicaOf: new Int32Array(requests),
      busyMs: new Float64Array(replicas),
      prefillMs: new Float64Array(replicas),
      endMs: 0,
      ended: 0,
      hits: this.#memory.hits,
      waitingMs: 0,
      inSystemMs: 0,
      waitingMost: 0,
      inSystemMost: 0,
      events: 0,
    };
  }

  run(): Recording {
    const { arrivalMs, requests } = this.#trace;
    for (let next = 0; ;) {
      const arrivesMs = next < requests ? arrivalMs[next]! : never;
      const endsMs = this.#ends.timeMs;
      if (arrivesMs === never && endsMs === never) break;
      // Of one moment, all arrivals come before any step begins.
      if (arrivesMs <= endsMs) {
        this.#passTo(arrivesMs);
        this.#arrive(next++);
      } else {
        this.#passTo(endsMs);
        this.#endStep(this.#ends.owner);
      }
    }
    this.#recording.endMs = this.#nowMs;
    this.#expectEnd();
    return this.#recording;
  }

  /** Every request has ended once, and all memory is free again but for the caches. */
  #expectEnd(): void {
    const { ended } = this.#recording;
    assert(ended === this.#trace.requests && this.#inSystem === 0, `${ended} requests of a simulation have ended`);
    this.#memory.expectNoneUsed();
  }

  #passTo(timeMs: number): void {
    const passedMs = timeMs - this.#nowMs;
    const recording = this.#recording;
    recording.waitingMs += passedMs * this.#waitingCount;
    recording.inSystemMs += passedMs * this.#inSystem;
    recording.events++;
    this.#nowMs = timeMs;
  }

  #arrive(request: number): void {
    const replica = this.#router.choose(request, this.#nowMs);
    this.#recording.replicaOf[request] = replica;
    this.#waiting.add(replica, request);
    if (++this.#inSystem > this.#recording.inSystemMost) this.#recording.inSystemMost = this.#inSystem;
    if (++this.#waitingCount > this.#recording.waitingMost) this.#recording.waitingMost = this.#waitingCount;
    const activity = this.#activity[replica];
    if (activity === idle) {
      this.#activity[replica] = starting;
      this.#ends.move(replica, this.#nowMs);
      // Where others wait already, the first of them does not fit, and this one is behind it.
    } else if (activity === decoding && this.#waiting.lengthAt(replica) === 1) this.#cutSteps(replica);
  }

  /** A step of the sequences in decode, 0 without any; milliseconds. */
  #decodeMs(replica: number): number {
    const batch = this.#batches.countAt(replica);
    return batch === 0 ? 0 : this.#kind.times.decodeMs(batch, this.#batches.meanContextAt(replica));
  }

  /** Ends a row of decode steps after the one that goes on now. */
  #cutSteps(replica: number): void {
    const startMs = this.#stepStartMs[replica]!;
    const firstMs = this.#firstStepMs[replica]!;
    const growthMs = this.#stepGrowthMs[replica]!;
    const passedMs = this.#nowMs - startMs;
    // The least whole number of steps that takes at least as long: the root of n·first + growth·n(n-1)/2 = passed.
    const linear = firstMs - growthMs / 2;
    const root = (2 * passedMs) / (linear + Math.sqrt(linear * linear + 2 * growthMs * passedMs));
    const steps = Math.max(1, Math.ceil(root - 1e-9));
    if (!(steps < this.#decodeSteps[replica]!)) return;
    this.#decodeSteps[replica] = steps;
    this.#ends.move(replica, Math.max(this.#nowMs, startMs + rowMs(steps, firstMs, growthMs)));
  }

  #endStep(replica: number): void {
    const activity = this.#activity[replica];
    if (activity === decoding || activity === prefilling) {
      const tookMs = this.#nowMs - this.#stepStartMs[replica]!;
      this.#recording.busyMs[replica]! += tookMs;
      if (activity === prefilling) this.#recording.prefillMs[replica]! += tookMs;
      this.#endDecode(replica);
      if (activity === prefilling) this.#endPieces(replica);
    }
    this.#beginStep(replica);
  }

  #endDecode(replica: number): void {
    const steps = this.#decodeSteps[replica]!;
    if (steps === 0) return;
    this.#batches.advance(replica, steps);
    for (;;) {
      const ended = this.#batches.takeEnded(replica, this.#contextOf);
      if (ended === -1) return;
      this.#end(replica, ended);
    }
  }

  #endPieces(replica: number): void {
    for (;;) {
      const request = this.#prefilling.firstAt(replica);
      if (request === -1 || this.#pieceTokens[request] === 0) return;
      this.#doneTokens[request]! += this.#pieceTokens[request]!;
      this.#pieceTokens[request] = 0;
      if (this.#doneTokens[request]! < this.#trace.promptTokens[request]!) return;
      this.#prefilling.takeFirst(replica);
      this.#endPrefill(replica, request);
    }
  }

  /** The first token is there. */
  #endPrefill(replica: number, request: number): void {
    const { arrivalMs, promptTokens, answerTokens } = this.#trace;
    this.#recording.firstTokenMs[request] = this.#nowMs - arrivalMs[request]!;
    this.#router.noteFirstToken(replica, request);
    this.#memory.share(replica, request);
    const steps = answerTokens[request]! - 1;
    if (steps === 0) this.#end(replica, request);
    else this.#batches.add(replica, request, promptTokens[request]! + 1, steps);
  }

  #end(replica: number, request: number): void {
    this.#recording.lastTokenMs[request] = this.#nowMs - this.#trace.arrivalMs[request]!;
    this.#recording.ended++;
    this.#inSystem--;
    this.#memory.release(replica, request);
  }

  /** Takes in what fits, and begins the next step; without work, the replica is idle. */
  #beginStep(replica: number): void {
    const { times, prefill, stepTokensMax } = this.#kind;
    const batch = this.#batches.countAt(replica);
    const pieces = prefill === "pieces";
    // However many sequences decode, a prompt gets on.
    const newTokens = this.#planPieces(replica, pieces ? Math.max(1, stepTokensMax - batch) : stepTokensMax);
    this.#stepStartMs[replica] = this.#nowMs;
    if (newTokens > 0) {
      const decodeMs = pieces ? this.#decodeMs(replica) : 0;
      this.#activity[replica] = prefilling;
      this.#decodeSteps[replica] = pieces && batch > 0 ? 1 : 0;
      this.#ends.move(replica, this.#nowMs + this.#mixedMs(this.#piecesMs(replica, newTokens), decodeMs));
    } else if (batch > 0) {
      const steps = this.#batches.stepsLeftAt(replica);
      const context = this.#batches.meanContextAt(replica);
      const firstMs = times.decodeMs(batch, context);
      const growthMs = steps > 1 ? (times.decodeMs(batch, context + steps - 1) - firstMs) / (steps - 1) : 0;
      this.#activity[replica] = decoding;
      this.#decodeSteps[replica] = steps;
      this.#firstStepMs[replica] = firstMs;
      this.#stepGrowthMs[replica] = growthMs;
      this.#ends.move(replica, this.#nowMs + rowMs(steps, firstMs, growthMs));
    } else {
      this.#activity[replica] = idle;
      this.#ends.move(replica, never);
    }
  }

  /** Gives prompts, the first come first, their pieces of the next step; returns the tokens of all pieces. */
  #planPieces(replica: number, tokensMax: number): number {
    let tokens = 0;
    let request = this.#prefilling.firstAt(replica);
    while (tokens < tokensMax) {
      if (request === -1) {
        request = this.#takeIn(replica);
        if (request === -1) break;
      }
      const left = this.#trace.promptTokens[request]! - this.#doneTokens[request]!;
      const room = tokensMax - tokens;
      if (left > room && this.#kind.prefill === "whole" && tokens > 0) break;
      const piece = this.#kind.prefill === "whole" ? left : Math.min(left, room);
      this.#pieceTokens[request] = piece;
      tokens += piece;
      request = this.#prefilling.after(request);
    }
    return tokens;
  }

  /** Takes in the first request that waits, where there is a place and memory for it; -1 where not. */
  #takeIn(replica: number): number {
    const request = this.#waiting.firstAt(replica);
    if (request === -1) return -1;
    const running = this.#batches.countAt(replica) + this.#prefilling.lengthAt(replica);
    if (running >= this.#kind.sequencesMax) return -1;
    const cached = this.#memory.reserve(replica, request);
    if (cached === -1) return -1;
    this.#doneTokens[request] = cached;
    this.#waiting.takeFirst(replica);
    this.#waitingCount--;
    this.#prefilling.add(replica, request);
    return request;
  }

  /** A step that computes pieces of prompts and decodes: the weights are read once for both. */
  #mixedMs(piecesMs: number, decodeMs: number): number {
    return Math.max(decodeMs, piecesMs + Math.max(0, decodeMs - this.#emptyDecodeMs));
  }

  /**
   * What a step takes that computes these pieces together: each has the share of its tokens of a step that computes as many tokens of one
   * prompt, at the place in its own prompt where it is (attention grows with what is before it).
   */
  #piecesMs(replica: number, tokens: number): number {
    const { times } = this.#kind;
    let ms = 0;
    for (
      let request = this.#prefilling.firstAt(replica);
      request !== -1 && this.#pieceTokens[request] !== 0;
      request = this.#prefilling.after(request)
    ) {
      const piece = this.#pieceTokens[request]!;
      const before = Math.max(0, this.#doneTokens[request]! + (piece - tokens) / 2);
      ms += (piece / tokens) * times.prefillMs(tokens, before);
    }
    return ms;
  }
}

/** What a replica does. */
const idle = 0;
/** A step begins at this moment, when all that arrive now are there. */
const starting = 1;
const decoding = 2;
const prefilling = 3;

/** So many decode steps, each longer than the one before by the same. */
function rowMs(steps: number, firstMs: number, growthMs: number): number {
  return steps * firstMs + (growthMs * steps * (steps - 1)) / 2;
}

function expectFits({ name, requests, promptTokens, answerTokens }: Trace, kind: ServerKind): void {
  for (let request = 0; request < requests; request++) {
    const tokens = promptTokens[request]! + answerTokens[request]!;
    if (tokens > kind.keptTokensMax)
      throw new PlanFault(
        `Cannot simulate ${name} on ${kind.name}: request ${request + 1} has ${tokens} tokens of prompt and answer, a replica's memory keeps up to ${Math.floor(kind.keptTokensMax)}`,
      );
  }
}
