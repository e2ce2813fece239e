import { existsSync } from "node:fs";
import { join } from "node:path";
import { findAccelerator } from "../src/planner/data/index.ts";
import { readKnownModel } from "../src/planner/models/index.ts";
import type { Replica } from "../src/planner/performance/index.ts";
import {
  readTrace,
  repeatTrace,
  replicasFor,
  scaleRate,
  serverKindOf,
  simulate,
  type LatencyGoal,
  type Trace,
} from "../src/planner/simulation/index.ts";
import type { Measured } from "./lineup.ts";
import { number, say, table, type Finding } from "./report.ts";

const files = {
  mooncake: "mooncake/conversation_trace.jsonl",
  "azure-code": "azure-llm-2023/AzureLLMInferenceTrace_code.csv",
  "azure-conversation": "azure-llm-2023/AzureLLMInferenceTrace_conv.csv",
};
/** What an infinite cache finds of Mooncake's prompt blocks, as counted by a program of its own. */
const mooncakeCeiling = 0.3664;
const repeats = 24;
/** A day of Mooncake's hour, on one core. */
const goalSeconds = 10;

/**
 * Replays whole traces through the simulator: how long it takes, and how many replicas keep the goals. Its results do not depend on the
 * machine; only the seconds do.
 */
export async function measurePlan(folder: string): Promise<Measured> {
  const missing = Object.values(files).filter((file) => !existsSync(join(folder, file)));
  if (missing.length > 0) {
    say(`\n== Plan: left out, since ${missing.join(", ")} cannot be found under ${folder} (--traces)`);
    return { raw: undefined, findings: [] };
  }
  const replica: Replica = {
    model: readKnownModel("llama-3.1-70b").profile,
    accelerator: findAccelerator("h100-sxm"),
    tensorParallel: 8,
    precision: "bf16",
    keptBytesPerNumber: 2,
  };
  const read = async (name: keyof typeof files) => readTrace(await Bun.file(join(folder, files[name])).text(), name);
  const searches = [];
  for (const name of ["azure-code", "azure-conversation"] as const) {
    const trace = await read(name);
    for (const rate of [1, 2, 4]) searches.push(search(scaleRate(trace, rate), replica, { firstTokenMs: 2_000 }));
  }
  searches.push(search(await read("mooncake"), replica, { firstTokenMs: 2_000, ownPrefillFactor: 1.5 }));
  say(`\n== Plan: replicas of ${searches[0]?.server}`);
  const head = [
    "trace",
    "replicas",
    "p50 first, ms",
    "p99 first, ms",
    "p99 token, ms",
    "busy",
    "in prefill",
    "requests at each",
    "hits",
  ];
  say(table(head, searches.map(rowOf)));
  const day = await replayDay(() => read("mooncake"), replica);
  return { raw: { searches, day: day.raw }, findings: [...searches.map(findingOf), ...day.findings] };
}

type Search = ReturnType<typeof search>;

function search(trace: Trace, replica: Replica, goal: LatencyGoal) {
  const { replicas, result, tried } = replicasFor(trace, serverKindOf(replica, trace), goal);
  return { ...result, goal, found: replicas, tried };
}

function rowOf(search: Search): string[] {
  const {
    trace,
    found,
    replicas,
    firstTokenMs,
    timePerTokenMs,
    utilisation,
    prefillShare,
    inSystemMean,
    cacheHitShare,
  } = search;
  return [
    trace,
    found === undefined ? "none" : number(found),
    number(firstTokenMs.p50),
    number(firstTokenMs.p99),
    number(timePerTokenMs.p99),
    `${number(100 * utilisation.mean)} %`,
    `${number(100 * prefillShare.mean)} %`,
    number(inSystemMean / replicas, 1),
    `${number(100 * cacheHitShare, 1)} %`,
  ];
}

function findingOf({ trace, server, goal, found, tried, utilisation }: Search): Finding {
  const own = goal.ownPrefillFactor === undefined ? "" : ` + ${goal.ownPrefillFactor} × the prompt's own prefill`;
  const kept = tried.find(({ replicas }) => replicas === found);
  const value =
    found === undefined
      ? "no number of replicas keeps it"
      : `${found} replicas (${number((kept?.firstTokenMs ?? 0) / 1_000, 2)} s; busy ${number(100 * utilisation.mean)} % of the time)`;
  return {
    what: `Plan: ${trace}, p99 to the first token of at most 2 s${own}, ${server}`,
    value,
    goal: "a number of replicas that keeps it",
    met: found !== undefined,
  };
}

/** An hour 24 times, from the file's text to the quantiles; processor time of all threads, so that it is what one core needs. */
async function replayDay(read: () => Promise<Trace>, replica: Replica): Promise<Measured> {
  say(`\n== Plan: Mooncake's hour ${repeats} times`);
  const hour = await read();
  const endless = { keptTokensMax: Number.POSITIVE_INFINITY, sequencesMax: 1, prefill: "whole" as const };
  const ceiling = simulate(hour, { ...serverKindOf(replica, hour), ...endless }, { replicas: 1 }).cacheHitShare;
  const runs = [];
  for (let round = 0; round < 3; round++) {
    const startMs = performance.now();
    const startCpu = process.cpuUsage();
    const trace = repeatTrace(await read(), repeats);
    const result = simulate(trace, serverKindOf(replica, trace), { replicas: 6 });
    const { user, system } = process.cpuUsage(startCpu);
    const cpuSeconds = (user + system) / 1e6;
    runs.push({ cpuSeconds, seconds: (performance.now() - startMs) / 1_000, result });
    say(
      `round ${round + 1}: ${number(cpuSeconds, 2)} s of processor time, ${number((performance.now() - startMs) / 1_000, 2)} s in all; ` +
        `${number(result.requests)} requests, ${number(result.events)} events`,
    );
  }
  const slowest = Math.max(...runs.map(({ cpuSeconds }) => cpuSeconds));
  return {
    raw: { ceiling, runs },
    findings: [
      {
        what: `Plan: Mooncake's hour ${repeats} times through 6 replicas, processor time of the slowest of ${runs.length} rounds`,
        value: `${number(slowest, 2)} s`,
        goal: `less than ${goalSeconds} s`,
        met: slowest < goalSeconds,
      },
      {
        what: "Plan: Mooncake's prompt blocks that one replica with an infinite cache has",
        value: `${number(100 * ceiling, 2)} %`,
        goal: `${number(100 * mooncakeCeiling, 2)} %`,
        met: Math.abs(ceiling - mooncakeCeiling) < 5e-5,
      },
    ],
  };
}
