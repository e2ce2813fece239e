import type { Quantiles, SimulationPlan } from "../../planner/simulation/index.ts";
import type { PlanReport, ReportFigure } from "./plan-report.ts";
import type { PlanDocument } from "./plan-schema.ts";
import { showFigure, showValue } from "./show-value.ts";
import { wrapRows, wrapText, type Row } from "./wrap-rows.ts";

export interface ShownReplay {
  plan: SimulationPlan;
  document: PlanDocument;
  hardware: string;
  model: string;
  /** Accelerators of a replica. */
  tensorParallel: number;
  samples: number;
}

/** What a replay has found, for people. */
export function replayTable({ title, results, notes }: PlanReport, shown: ShownReplay): string {
  const { result } = shown.plan.replay();
  const of = (key: string) => results.find((figure) => figure.key === key);
  const row = (name: string, key: string): Row[] => {
    const figure = of(key);
    return figure ? [[name, showFigure(figure)]] : [];
  };
  const span = (name: string, key: string): Row[] => {
    const [p50, p95, p99] = ["p50", "p95", "p99"].map((quantile) =>
      results.find((figure) => figure.key.startsWith(`${key}_${quantile}_`)),
    );
    if (!p50 || !p95 || !p99) return [];
    const likely = ({ value, unit }: ReportFigure) => showValue(value, unit);
    return [[name, likely(p50), likely(p95), showFigure(p99)]];
  };
  const times = [
    ...span("first token", "first_token"),
    ...span("time for a token", "time_per_token"),
    ...span("whole answer", "whole"),
  ];
  return [
    wrapText(title),
    replayLead(results, shown)
      .map((line) => wrapText(line))
      .join("\n"),
    wrapRows([
      ...row("replicas", shown.document.replicas === undefined ? "replicas_needed" : "replicas"),
      ...row("accelerators", "accelerators"),
      ...row("time that replicas are busy", "utilisation_percent"),
      ...row("requests in each replica", "requests_in_each"),
      ...row("prompt tokens cached", "cached_percent"),
      ["requests waiting", `${showValue(result.queue.mean, "")} on average, ${result.queue.most} at most`],
    ]),
    `with ${showValue(result.replicas, "replica")}:\n${wrapRows([["", "half within", "95 %", "99 %"], ...times])}`,
    ...notes.map((note) => wrapText(note)),
  ].join("\n\n");
}

/** What was replayed, the goal, and whether it is kept, in sentences. */
export function replayLead(results: readonly ReportFigure[], shown: ShownReplay): string[] {
  const { result } = shown.plan.replay();
  const span = showValue(result.spanMs / 1000, "s");
  return [`${result.requests.toLocaleString("en-US")} requests in ${span}.`, ...describeGoal(shown, results)];
}

/** The goal, and whether and by what it is kept. */
function describeGoal({ plan, document }: ShownReplay, results: readonly ReportFigure[]): string[] {
  const { tried, isKept } = plan.replay();
  const goal = plan.goal();
  if (!goal || !tried) return [];
  const factor = goal.ownPrefillFactor ?? 0;
  const own = factor > 0 ? ` + ${factor} × the prefill of the request's own prompt` : "";
  const pace = goal.timePerTokenMs === undefined ? "" : `, and a token every ${goal.timePerTokenMs} ms`;
  const figure = (key: string) => results.find((one) => one.key === key)!;
  const beyond = factor > 0 ? figure("first_token_beyond_own_prefill_p99_s") : figure("first_token_p99_s");
  const found = [
    // Of a prompt that a cache has for the most part, the own prefill alone is more than it takes.
    ...(factor > 0 && beyond.value <= 0 ? [] : [showFigure(beyond)]),
    ...(factor > 0 ? [`${factor} × that prefill`] : []),
  ].join(" + ");
  // Absent where no answer has a second token.
  const time = results.find((one) => one.key === "time_per_token_p99_ms");
  const foundPace = pace !== "" && time ? `, and a token every ${showFigure(time)}` : "";
  const isSought = document.replicas === undefined;
  const count = `${tried.replicas} replica${tried.replicas === 1 ? "" : "s"}`;
  const kept = isSought ? `Kept by ${count}, the least number` : `Kept by ${count}`;
  const missed = isSought ? `No number of replicas keeps it. With ${count}, the most tried` : `Not kept by ${count}`;
  return [
    `Goal: 99 % of first tokens within ${showValue(goal.firstTokenMs / 1000, "s")}${own}${pace}.`,
    `${isKept ? kept : missed}: 99 % come within ${found}${foundPace}.`,
  ];
}

/** Fields of `--json` besides those of every plan; times in milliseconds. */
export function replayJson({ plan, document, tensorParallel, samples, hardware, model }: ShownReplay): object {
  const { result, tried, isKept } = plan.replay();
  const goal = plan.goal();
  const quantiles = ({ p50, p95, p99, mean, max }: Quantiles) => ({ p50, p95, p99, mean, max });
  return {
    trace: result.trace,
    server: result.server,
    model,
    hardware,
    replicas: isKept || document.replicas !== undefined ? result.replicas : null,
    replicas_simulated: result.replicas,
    accelerators: result.replicas * tensorParallel,
    ...(goal && {
      goal: {
        share: 0.99,
        first_token_ms: goal.firstTokenMs,
        own_prefill_factor: goal.ownPrefillFactor ?? 0,
        time_per_token_ms: goal.timePerTokenMs ?? null,
        kept: isKept,
        /** What the goal bounds, of 99 % of the requests. */
        found_first_token_less_own_prefill_ms: tried?.firstTokenMs ?? null,
        found_time_per_token_ms: tried?.timePerTokenMs ?? null,
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
    samples,
    seed: document.seed ?? 1,
  };
}
