import { readFile } from "node:fs/promises";
import { resolveUserPath } from "../../base/user-path.ts";
import { findAccelerator } from "../../planner/data/index.ts";
import type { Precision } from "../../planner/models/index.ts";
import {
  readTrace,
  repeatTrace,
  replicasFor,
  scaleRate,
  serverKindOf,
  simulate,
  type LatencyGoal,
  type Quantiles,
  type SimulationResult,
  type Trace,
} from "../../planner/simulation/index.ts";
import { cannotRead } from "../cannot-read.ts";
import { CommandError } from "../command-error.ts";
import { print, printJson } from "../print.ts";
import { findModel } from "./find-model.ts";
import { showValue } from "./show-value.ts";

export interface SimulateOptions {
  model: string;
  on: string;
  accelerators: number;
  precision?: Precision;
  kept: "f16" | "fp8";
  replicas?: number;
  firstToken: number;
  ownPrefill: number;
  timePerToken?: number;
  rate: number;
  repeat: number;
  routing: "prefix" | "load" | "chance";
  prefill: "pieces" | "whole";
  seed: number;
  json?: boolean;
}

/** Replays a trace, with so many replicas or as many as a goal takes, and prints what came of it. Throws CommandError. */
export async function runSimulate(file: string, options: SimulateOptions): Promise<void> {
  const model = await findModel(options.model);
  const accelerator = findAccelerator(options.on);
  const read = await readTraceFile(file);
  try {
    const trace = repeatTrace(scaleRate(read, options.rate), options.repeat);
    const replica = {
      model,
      accelerator,
      tensorParallel: options.accelerators,
      precision: options.precision ?? model.precision,
      keptBytesPerNumber: options.kept === "f16" ? 2 : 1,
    };
    const kind = serverKindOf(replica, trace, { prefill: options.prefill });
    const { seed, routing, replicas } = options;
    if (replicas !== undefined) {
      tell(simulate(trace, kind, { replicas, seed, routing }), undefined, options);
      return;
    }
    const goal = goalOf(options);
    const found = replicasFor(trace, kind, goal, { seed, routing });
    tell(found.result, { goal, replicas: found.replicas }, options);
  } catch (cause) {
    // What these functions refuse is for people; anything else is a fault of ours.
    throw cause instanceof RangeError ? new CommandError(cause.message, { cause }) : cause;
  }
}

function goalOf({ firstToken, ownPrefill, timePerToken }: SimulateOptions): LatencyGoal {
  return {
    firstTokenMs: firstToken * 1000,
    ownPrefillFactor: ownPrefill,
    ...(timePerToken !== undefined && { timePerTokenMs: timePerToken }),
  };
}

async function readTraceFile(file: string): Promise<Trace> {
  let text;
  try {
    text = await readFile(resolveUserPath(file), "utf8");
  } catch (cause) {
    throw cannotRead(file, cause);
  }
  try {
    return readTrace(text, file.split("/").at(-1) ?? file);
  } catch (cause) {
    throw new CommandError((cause as Error).message, { cause });
  }
}

interface Sought {
  goal: LatencyGoal;
  replicas: number | undefined;
}

function tell(result: SimulationResult, sought: Sought | undefined, options: SimulateOptions): void {
  if (options.json) {
    printJson(resultJson(result, sought, options));
    return;
  }
  const seconds = (ms: number) => `${showValue(ms / 1000, "")} s`;
  const quantiles = ({ p50, p95, p99 }: Quantiles, show: (ms: number) => string) =>
    `${show(p50)} half, ${show(p95)} 95 %, ${show(p99)} 99 %`;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  print(`${result.trace}: ${result.requests.toLocaleString("en-US")} requests in ${seconds(result.spanMs)}`);
  print(`${result.server}\n`);
  if (sought) print(describeSought(sought));
  const lines: [string, string][] = [
    ["replicas", String(result.replicas)],
    ["accelerators", String(result.replicas * options.accelerators)],
    ["first token within", quantiles(result.firstTokenMs, seconds)],
    ["a token every", quantiles(result.timePerTokenMs, (ms) => `${showValue(ms, "")} ms`)],
    ["whole answer within", quantiles(result.wholeMs, seconds)],
    [
      "replicas busy",
      `${percent(result.utilisation.mean)} (${percent(result.utilisation.least)} – ${percent(result.utilisation.most)})`,
    ],
    // A replica is busy with one request, too: how many it works on says how full it is.
    ["requests in each", `${showValue(result.inSystemMean / result.replicas, "")} on average`],
    ["prompt tokens cached", percent(result.cachedTokenShare)],
    ["requests waiting", `${showValue(result.queue.mean, "")} on average, ${result.queue.most} at most`],
  ];
  for (const [name, value] of lines) print(`${name.padEnd(22)}${value}`);
}

function describeSought({ goal, replicas }: Sought): string {
  const own = goal.ownPrefillFactor ? ` + ${goal.ownPrefillFactor} × the prompt's own prefill` : "";
  const pace = goal.timePerTokenMs === undefined ? "" : ` and a token every ${goal.timePerTokenMs} ms`;
  const what = `99 % of first tokens within ${goal.firstTokenMs / 1000} s${own}${pace}`;
  return replicas === undefined
    ? `No number of replicas keeps the goal: ${what}. With the most that were tried:`
    : `The least number of replicas that keeps the goal: ${what}`;
}

function resultJson(result: SimulationResult, sought: Sought | undefined, options: SimulateOptions): object {
  const quantiles = ({ p50, p95, p99, mean, max }: Quantiles) => ({ p50, p95, p99, mean, max });
  return {
    question: "simulate",
    trace: result.trace,
    server: result.server,
    model: options.model,
    hardware: options.on,
    replicas: sought ? (sought.replicas ?? null) : result.replicas,
    replicas_simulated: result.replicas,
    accelerators: result.replicas * options.accelerators,
    ...(sought && {
      goal: {
        share: 0.99,
        first_token_ms: sought.goal.firstTokenMs,
        own_prefill_factor: sought.goal.ownPrefillFactor ?? 0,
        time_per_token_ms: sought.goal.timePerTokenMs ?? null,
      },
    }),
    requests: result.requests,
    span_ms: result.spanMs,
    first_token_ms: quantiles(result.firstTokenMs),
    time_per_token_ms: quantiles(result.timePerTokenMs),
    whole_ms: quantiles(result.wholeMs),
    utilisation: { mean: result.utilisation.mean, least: result.utilisation.least, most: result.utilisation.most },
    requests_in_each_replica: result.inSystemMean / result.replicas,
    prefill_share: result.prefillShare.mean,
    cache_hit_share: result.cacheHitShare,
    cached_token_share: result.cachedTokenShare,
    queue: result.queue,
    seed: options.seed,
  };
}
