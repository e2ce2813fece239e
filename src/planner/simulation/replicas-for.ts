import { PlanFault } from "../sheet/index.ts";
import { beyondPrefillMs, quantileOf, summarise, timesPerToken, type SimulationResult } from "./simulation-result.ts";
import { Simulation, type Recording, type SimulationOptions } from "./simulation.ts";
import type { ServerKind } from "./server-kind.ts";
import type { Trace } from "./trace.ts";

/** What a share of all requests must keep. */
export interface LatencyGoal {
  /** 0.99 (the default) for the 99th percentile. */
  share?: number;
  /** The most milliseconds from a request's arrival to its first token. */
  firstTokenMs: number;
  /** So many times the prefill of the request's own prompt, alone and without a cache, is allowed besides (0). */
  ownPrefillFactor?: number;
  /** The most milliseconds from one token of an answer to the next, as a mean of each answer. */
  timePerTokenMs?: number;
}

export interface ReplicasFound {
  /** The least number of replicas that keeps the goal, while one less does not; undefined where no number does. */
  replicas: number | undefined;
  /** With that number; where no number keeps the goal, with the most that was tried. */
  result: SimulationResult;
  /** Every number that was tried, in order: what the goal bounds, at its share of the requests. */
  tried: readonly Tried[];
  /** With the first number that was tried. */
  first: () => SimulationResult;
}

export interface Tried {
  replicas: number;
  keepsGoal: boolean;
  /** To the first token, less what the goal allows for the own prefill, milliseconds. */
  firstTokenMs: number;
  timePerTokenMs: number;
}

const replicasMax = 10_000;

export interface SearchOptions extends Omit<SimulationOptions, "replicas"> {
  /** The number to begin with: a guess saves runs. 1 by default. */
  from?: number;
}

/**
 * The least number of replicas of a kind that keeps a goal for a trace: the number grows by doubling steps until the goal is kept, then the
 * gap to the number that failed is halved. Each run has the same seed. It ends without a number where each request could have had a replica
 * of its own.
 */
export function replicasFor(
  trace: Trace,
  kind: ServerKind,
  goal: LatencyGoal,
  { from = 1, ...options }: SearchOptions = {},
): ReplicasFound {
  expectGoal(goal);
  const tried: Tried[] = [];
  const run = (replicas: number): { recording: Recording; keepsGoal: boolean } => {
    const recording = new Simulation(trace, kind, { ...options, replicas }).run();
    const found = judge(trace, kind, goal, recording);
    tried.push({ replicas, ...found });
    return { recording, keepsGoal: found.keepsGoal };
  };
  let failed = 0;
  let kept = from;
  let last = run(kept);
  const { recording: firstRecording } = last;
  const first = () => summarise(trace, kind, firstRecording);
  for (let step = 1; !last.keepsGoal && kept < Math.min(replicasMax, last.recording.inSystemMost); step *= 2) {
    failed = kept;
    kept = Math.min(replicasMax, kept + step);
    last = run(kept);
  }
  if (!last.keepsGoal) return { replicas: undefined, result: summarise(trace, kind, last.recording), tried, first };
  while (kept - failed > 1) {
    // A guess that keeps the goal is most often the least number.
    const middle = tried.length === 1 ? kept - 1 : (kept + failed) >> 1;
    const { recording, keepsGoal } = run(middle);
    if (keepsGoal) {
      kept = middle;
      last = { recording, keepsGoal };
    } else failed = middle;
  }
  return { replicas: kept, result: summarise(trace, kind, last.recording), tried, first };
}

/** What so many replicas give, and how it compares with a goal where there is one. */
export function tryReplicas(
  trace: Trace,
  kind: ServerKind,
  goal: LatencyGoal | undefined,
  options: SimulationOptions,
): { result: SimulationResult; tried: Tried | undefined } {
  if (goal) expectGoal(goal);
  const recording = new Simulation(trace, kind, options).run();
  return {
    result: summarise(trace, kind, recording),
    tried: goal && { replicas: options.replicas, ...judge(trace, kind, goal, recording) },
  };
}

function judge(trace: Trace, kind: ServerKind, goal: LatencyGoal, recording: Recording): Omit<Tried, "replicas"> {
  const { share = 0.99, ownPrefillFactor = 0 } = goal;
  const firstTokenMs = quantileOf(beyondPrefillMs(trace, kind, recording.firstTokenMs, ownPrefillFactor).sort(), share);
  const timePerTokenMs = quantileOf(timesPerToken(trace, recording).sort(), share);
  const keepsGoal =
    firstTokenMs <= goal.firstTokenMs && !(timePerTokenMs > (goal.timePerTokenMs ?? Number.POSITIVE_INFINITY));
  return { keepsGoal, firstTokenMs, timePerTokenMs };
}

function expectGoal({ share = 0.99, firstTokenMs, ownPrefillFactor = 0, timePerTokenMs }: LatencyGoal): void {
  const expectThat = (holds: boolean, what: string, value: number | undefined, allowed: string) => {
    if (!holds) throw new PlanFault(`Cannot look for replicas: ${what} is ${value}, ${allowed} is allowed`);
  };
  expectThat(share > 0 && share <= 1, "the share of the goal", share, "a number above 0 up to 1");
  expectThat(firstTokenMs > 0, "the goal's time to the first token", firstTokenMs, "a positive number of milliseconds");
  expectThat(ownPrefillFactor >= 0, "the goal's factor of the own prefill", ownPrefillFactor, "a number from 0");
  expectThat(
    timePerTokenMs === undefined || timePerTokenMs > 0,
    "the goal's time per token",
    timePerTokenMs,
    "a positive number of milliseconds",
  );
}
