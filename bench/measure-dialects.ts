import type { Lineup, Measured } from "./lineup.ts";
import type { Api, Paced, PayloadName } from "./payloads.ts";
import { atLeast, number, say, type Finding } from "./report.ts";
import { loadOnce, printThroughput, roundsOf, runRounds, type LoadRounds } from "./rounds.ts";
import { ratioWithinRounds } from "./statistics.ts";
import type { Subject } from "./subjects.ts";

const clients: readonly Api[] = ["messages", "responses", "gemini", "dashscope"];
/** With 100 connections 20,000 events a second, as in the part `streams`. */
const paced: Paced = { events: 50, everyMs: 5 };
const sizes = [
  { payload: "1 KB", goal: 0.7 },
  { payload: "16 KB", goal: 0.5 },
] as const satisfies { payload: PayloadName; goal: number }[];

/**
 * Clients of each dialect with an OpenAI-style upstream, whole and in paced streams, as a part of an OpenAI-style client of the same
 * Sahab with the same conversation. Judged by processor time: a paced stream takes as long as it takes.
 */
export async function measureDialects(lineup: Lineup): Promise<Measured> {
  const { quick, sahabs } = lineup;
  const subjects = sahabs.flatMap((sahab) => [sahab, ...dialectClientsOf(sahab)]);
  const raw = [];
  const findings: Finding[] = [];
  for (const { payload, goal } of sizes) {
    for (const form of ["whole", "paced"] as const) {
      const load = { payload, ...(form === "paced" ? { paced, connections: 100 } : { connections: 64 }) };
      say(
        `\n== Dialects over an OpenAI-style upstream: ${form === "paced" ? "paced streams" : "whole answers"}, body of ${payload}`,
      );
      for (const subject of subjects)
        await loadOnce(subject, { ...load, warmupMs: 0, durationMs: quick ? 1_000 : 2_000 }, lineup.answers);
      const times = { rounds: quick ? 2 : 3, warmupMs: 300, durationMs: quick ? 1_000 : 2_000 };
      const results = await runRounds(subjects, { ...load, ...times }, lineup.answers);
      printThroughput(results);
      raw.push({ payload, form, results });
      findings.push(...sahabs.flatMap((sahab) => judge(results, sahab, `${form}, body of ${payload}`, goal)));
    }
  }
  return { raw, findings };
}

function judge(results: LoadRounds[], sahab: Subject, what: string, goal: number): Finding[] {
  const own = roundsOf(results, sahab.name);
  if (!own) return [];
  return clients.flatMap((api) => {
    const other = roundsOf(results, nameOf(sahab, api));
    if (!other) return [];
    const byCpu = ratioWithinRounds(own.cpuUsPerRequest, other.cpuUsPerRequest);
    const byTime = ratioWithinRounds(other.requestsPerSecond, own.requestsPerSecond);
    const besides = ` (by requests/s ${number(byTime, 2)}×)`;
    return [atLeast(`${sahab.name}: ${api} → chat ÷ chat → chat, ${what}, by CPU time`, byCpu, goal, besides)];
  });
}

/** The same process, called by a client of each other dialect. */
export function dialectClientsOf(sahab: Subject): Subject[] {
  return clients.map((api) => ({ ...sahab, name: nameOf(sahab, api), api }));
}

function nameOf({ name }: Subject, api: Api): string {
  return `${name}, ${api} → chat`;
}
