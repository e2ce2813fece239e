import { usableMemoryShare, type ModelProfile } from "../models/index.ts";
import { unmeasuredNote, unmeasuredSpread, type Replica } from "../performance/index.ts";
import type { Plan } from "../questions/plan.ts";
import {
  physicalUnit,
  quantity,
  Sheet,
  units,
  type Assumption,
  type Cell,
  type Quantity,
  type Told,
} from "../sheet/index.ts";
import type { LatencyGoal } from "./replicas-for.ts";
import { Replays, type Replay, type ReplayInput, type ReplayValues } from "./replays.ts";
import type { Quantiles } from "./simulation-result.ts";
import type { Trace } from "./trace.ts";

export interface SimulationInput extends ReplayInput {
  /** How many times as fast requests come as in the trace. */
  rate: Told;
  /** Needed where `replicas` is not told. */
  goal?: LatencyGoal | undefined;
}

export interface SimulationPlan extends Plan {
  /** With the likely value of each assumption. */
  replay(): Replay;
  /** As it is set now. */
  goal(): LatencyGoal | undefined;
  /** Of all replays of samples, those in which no number of replicas keeps the goal. */
  samplesUnkept(): number;
  /** How many samples ranges can be from in a few seconds; 0 where the trace is too long for any. */
  samples: number;
}

/** A trace replayed as a plan: what is uncertain of a replica's speed and memory becomes a range of each result. */
export function planSimulation(input: SimulationInput): SimulationPlan {
  const { trace, repeat, replica } = input;
  const sheet = new Sheet("USD");
  const cells = addAssumptions(sheet, input);
  const replays = new Replays(input);
  /** Those that are set now, which may be others than when the plan was made. */
  const likely = () => valuesOf(Object.values(cells).map((cell) => cell?.spread.likely));
  const { model, accelerator, tensorParallel, precision } = replica;
  return {
    question: "simulate",
    title: `${trace.name} replayed to ${model.name} in ${precision} on ${tensorParallel} × ${accelerator.id} a replica`,
    sheet,
    results: addFigures(sheet, input, cells, {
      ofLikely: () => replays.likely(likely()),
      ofDrawn: (drawn) => replays.sampled(valuesOf(drawn), likely()),
    }),
    breakdowns: [],
    notes: notesOf(input),
    replay: () => replays.likely(likely()),
    goal: () => likely().goal,
    samplesUnkept: () => replays.samplesUnkept(),
    samples: samplesFor(trace, repeat),
  };
}

/** What a reader must know beside the numbers, each a sentence. */
function notesOf({ replica, trace }: SimulationInput): string[] {
  const unmeasured = unmeasuredNote(replica);
  return [
    ...(unmeasured === undefined ? [] : [`Speeds are of a roofline, ${unmeasured}.`]),
    ...contextNotes(trace, replica.model),
  ];
}

function contextNotes({ promptTokens, answerTokens }: Trace, { name, contextTokensMax: most }: ModelProfile): string[] {
  if (most === undefined) return [];
  let [longer, longest] = [0, 0];
  promptTokens.forEach((prompt, request) => {
    const tokens = prompt + (answerTokens[request] ?? 0);
    if (tokens > most) longer++;
    longest = Math.max(longest, tokens);
  });
  if (longer === 0) return [];
  const shown = (count: number) => count.toLocaleString("en-US");
  return [
    `${shown(longer)} of the trace's ${shown(promptTokens.length)} requests take more tokens than the context of ${name} has (${shown(most)}; the longest takes ${shown(longest)}): they are replayed as if it had them.`,
  ];
}

const seconds = physicalUnit("s");
const milliseconds = physicalUnit("ms");
const requests = physicalUnit("request");
const replicas = physicalUnit("replica");
/** Above 0: times are divided by it. */
const factor = physicalUnit("1", { least: 1e-3 });

interface Cells {
  rate: Assumption;
  prefillSpeed: Assumption;
  decodeSpeed: Assumption;
  usableShare: Assumption;
  firstToken?: Assumption;
  ownPrefill?: Assumption;
  timePerToken?: Assumption;
}

function addAssumptions(sheet: Sheet, { rate, replica, goal }: SimulationInput): Cells {
  const speed = speedOf(replica);
  const cells: Cells = {
    rate: sheet.assume("rate of requests", factor, rate),
    prefillSpeed: sheet.assume("speed of prefill by the roofline's", factor, speed),
    decodeSpeed: sheet.assume("speed of decode by the roofline's", factor, speed),
    usableShare: sheet.assume("usable part of memory", units.share, {
      low: 0.85,
      likely: usableMemoryShare,
      high: 0.95,
      source: "vLLM's default (gpu_memory_utilization); range assumed",
    }),
  };
  if (!goal) return cells;
  cells.firstToken = sheet.given("goal of the time to the first token", seconds, goal.firstTokenMs / 1000);
  cells.ownPrefill = sheet.given("own prefill that the goal allows besides", units.ratio, goal.ownPrefillFactor ?? 0);
  if (goal.timePerTokenMs !== undefined)
    cells.timePerToken = sheet.given("goal of the time for a token", milliseconds, goal.timePerTokenMs);
  return cells;
}

function speedOf(replica: Replica): Told {
  const unmeasured = unmeasuredNote(replica);
  return unmeasured === undefined
    ? { low: 0.75, likely: 1, high: 1.25, source: "The roofline against published throughput: within 25 % (median)" }
    : { ...unmeasuredSpread, likely: 1, source: `assumed: ${unmeasured}` };
}

/** In the order of {@link Cells}. */
function valuesOf([rate, prefillSpeed, decodeSpeed, usableShare, ...goal]: readonly unknown[]): ReplayValues {
  const [firstToken, ownPrefill, timePerToken] = goal as (number | undefined)[];
  return {
    rate: Number(rate),
    prefillSpeed: Number(prefillSpeed),
    decodeSpeed: Number(decodeSpeed),
    usableShare: Number(usableShare),
    goal:
      firstToken === undefined
        ? undefined
        : {
            firstTokenMs: firstToken * 1000,
            ownPrefillFactor: ownPrefill ?? 0,
            ...(timePerToken !== undefined && { timePerTokenMs: timePerToken }),
          },
  };
}

interface Asked {
  ofLikely: () => Replay;
  ofDrawn: (drawn: readonly unknown[]) => Replay;
}

function addFigures(sheet: Sheet, input: SimulationInput, cells: Cells, { ofLikely, ofDrawn }: Asked): Plan["results"] {
  const { replica, replicas: told, goal, trace } = input;
  const inputs: Record<string, Cell> = { ...cells };
  const results: { key: string; figure: string }[] = [];
  const add = <U extends string>(
    key: string,
    name: string,
    unit: ReturnType<typeof physicalUnit<U>>,
    formula: string,
    find: (replay: Replay) => number,
  ) => {
    const figure = sheet.figure(name, unit, formula, inputs, (drawn) => {
      const values = Object.keys(cells).map((cell) => drawn[cell]);
      return find(ofDrawn(values)) as Quantity<U>;
    });
    results.push({ key, figure: figure.name });
    return figure;
  };
  const planned =
    told === undefined
      ? sheet.figure(
          "replicas",
          replicas,
          "the least number that keeps the goal, with the likely value of each assumption",
          inputs,
          () => quantity(ofLikely().result.replicas, "replica"),
        )
      : sheet.given("replicas", replicas, told);
  results.push({ key: "replicas", figure: planned.name });
  if (told === undefined)
    add("replicas_needed", "replicas needed", replicas, "the least number that keeps the goal", ({ needed }) => needed);
  const accelerators = sheet.figure(
    "accelerators",
    units.accelerators,
    `replicas × ${replica.tensorParallel}`,
    { planned },
    ({ planned }) => quantity(planned * replica.tensorParallel, "accelerator"),
  );
  results.push({ key: "accelerators", figure: accelerators.name });

  inputs["planned"] = planned;
  const replayed = "of all requests of the trace, replayed with these replicas";
  const addQuantiles =
    (key: string, name: string, unit: typeof seconds | typeof milliseconds, perUnitMs: number) =>
    (of: (replay: Replay) => Quantiles) => {
      for (const quantile of ["p50", "p95", "p99"] as const)
        add(
          `${key}_${quantile}_${unit.symbol}`,
          `${name}: ${quantile.slice(1)} % within`,
          unit as ReturnType<typeof physicalUnit<string>>,
          replayed,
          (replay) => of(replay)[quantile] / perUnitMs,
        );
    };
  addQuantiles("first_token", "first token", seconds, 1000)(({ result }) => result.firstTokenMs);
  if (goal?.ownPrefillFactor)
    add(
      "first_token_beyond_own_prefill_p99_s",
      "first token less the own prefill that the goal allows: 99 % within",
      seconds,
      replayed,
      ({ tried }) => (tried?.firstTokenMs ?? 0) / 1000,
    );
  if (trace.answerTokens.some((tokens) => tokens > 1))
    addQuantiles("time_per_token", "time for a token", milliseconds, 1)(({ result }) => result.timePerTokenMs);
  addQuantiles("whole", "whole answer", seconds, 1000)(({ result }) => result.wholeMs);
  add(
    "utilisation_percent",
    "time that replicas are busy",
    units.percent,
    "busy time ÷ whole time, on average",
    (it) => 100 * it.result.utilisation.mean,
  );
  add(
    "requests_in_each",
    "requests in each replica",
    requests,
    "requests at once ÷ replicas, on average",
    (it) => it.result.inSystemMean / it.result.replicas,
  );
  add(
    "cached_percent",
    "prompt tokens cached",
    units.percent,
    "cached tokens ÷ tokens of all prompts",
    (it) => 100 * it.result.cachedTokenShare,
  );
  return results;
}

/** What is replayed for ranges, in requests without prefix blocks: a few seconds of one core. */
const replayedMax = 2_000_000;
/** Prefix blocks whose caching and routing takes as long as a request without any, as measured with Mooncake's and Azure's traces. */
const blocksOfRequest = 4;
/** Replays of a sample's search, on average. */
const replaysOfSample = 2.5;
const samplesMost = 40;
/** Fewer say nothing of a range. */
const samplesLeast = 8;

function samplesFor({ requests, blocks }: Trace, repeat: number): number {
  const work = (requests + blocks.length / blocksOfRequest) * repeat;
  const samples = Math.min(samplesMost, Math.floor(replayedMax / (work * replaysOfSample)));
  return samples < samplesLeast ? 0 : samples;
}
