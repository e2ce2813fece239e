import type { Replica } from "../performance/index.ts";
import { replicasFor, tryReplicas, type LatencyGoal, type Tried } from "./replicas-for.ts";
import type { Routing } from "./replica-router.ts";
import type { ServerKind } from "./server-kind.ts";
import { serverKindOf } from "./server-kind-of.ts";
import type { SimulationResult } from "./simulation-result.ts";
import { repeatTrace, scaleRate, type Trace } from "./trace.ts";

/** What stays the same in all replays of a plan. */
export interface ReplayInput {
  trace: Trace;
  /** The trace so many times, one after the other. */
  repeat: number;
  replica: Replica;
  prefill: ServerKind["prefill"];
  routing: Routing;
  /** Of turns between equal replicas. */
  seed: number;
  /** So many, instead of the least that keeps the goal. */
  replicas?: number | undefined;
}

/** What an assumption decides of a replay. */
export interface ReplayValues {
  /** How many times as fast requests come as in the trace. */
  rate: number;
  prefillSpeed: number;
  decodeSpeed: number;
  usableShare: number;
  /** Absent where nothing is looked for. */
  goal?: LatencyGoal | undefined;
}

export interface Replay {
  /** The least number that keeps the goal with these values; the most that were tried where none does. */
  needed: number;
  /** Whether any number keeps the goal, or the one that was told; true without a goal. */
  isKept: boolean;
  /** With the replicas of the plan, not those needed. */
  result: SimulationResult;
  /** What the goal bounds, with the replicas of the plan; absent without a goal. */
  tried: Tried | undefined;
}

/** The replays of one plan. Each is made once, however many figures ask for it. */
export class Replays {
  readonly #input: ReplayInput;
  readonly #known = new Map<string, Replay>();

  constructor(input: ReplayInput) {
    this.#input = input;
  }

  /** With as many replicas as were told, or as the goal takes. */
  likely(values: ReplayValues): Replay {
    return this.#once("likely", values, () => this.#search(values, undefined));
  }

  /** With the replicas that `likely` has, and how many these other values would take. */
  sampled(values: ReplayValues, likely: ReplayValues): Replay {
    const planned = this.likely(likely).result.replicas;
    return this.#once(`from ${planned}`, values, () => this.#search(values, planned));
  }

  /** Of all that `sampled` has replayed, those in which no number of replicas keeps the goal. */
  samplesUnkept(): number {
    return [...this.#known].filter(([key, { isKept }]) => key.startsWith("from") && !isKept).length;
  }

  #once(kind: string, values: ReplayValues, make: () => Replay): Replay {
    const key = `${kind} ${JSON.stringify(values)}`;
    const known = this.#known.get(key) ?? make();
    this.#known.set(key, known);
    return known;
  }

  #search({ rate, goal, ...serving }: ReplayValues, from: number | undefined): Replay {
    const { repeat, replica, prefill, routing, seed, replicas } = this.#input;
    const trace = repeatTrace(scaleRate(this.#input.trace, rate), repeat);
    const kind = serverKindOf(replica, trace, { prefill, ...serving });
    if (replicas !== undefined || goal === undefined) {
      const { result, tried } = tryReplicas(trace, kind, goal, { replicas: replicas ?? 1, routing, seed });
      return { needed: result.replicas, isKept: tried?.keepsGoal ?? true, result, tried };
    }
    const found = replicasFor(trace, kind, goal, { routing, seed, ...(from !== undefined && { from }) });
    const result = from === undefined ? found.result : found.first();
    return {
      needed: found.replicas ?? Math.max(...found.tried.map((tried) => tried.replicas)),
      isKept: found.replicas !== undefined,
      result,
      tried: found.tried.find((tried) => tried.replicas === result.replicas),
    };
  }
}
