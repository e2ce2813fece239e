import { everyone, type Lineup, type Measured } from "./lineup.ts";
import { atMost, number, say, type Finding } from "./report.ts";
import { compareSpeed, printThroughput, roundsOf, roundTimes, runRounds, type LoadRounds } from "./rounds.ts";
import { median, ratioWithinRounds } from "./statistics.ts";

const smallGoals: Record<string, number> = { floor: 0.5, "vllm-router": 1.1, "sglang-router": 1.5, Portkey: 10 };
const largeGoals: Record<string, number> = { floor: 0.5 };
/** Sahab's p99 at 64 connections as a part of this one's. */
const p99Goals: Record<string, number> = { "vllm-router": 1 };

/** Requests per second with a small body, at 64 connections and, for the shape of the curve, at 32 and 256. */
export async function measureSmall(lineup: Lineup): Promise<Measured> {
  const { quick } = lineup;
  const raw = [];
  const findings: Finding[] = [];
  for (const connections of [64, 32, 256]) {
    say(`\n== Small body, ${connections} connections`);
    const isMain = connections === 64;
    const results = await runRounds(
      everyone(lineup, "small"),
      {
        payload: "small",
        connections,
        ...roundTimes(quick),
        rounds: quick ? (isMain ? 3 : 1) : isMain ? 7 : 2,
      },
      lineup.answers,
    );
    printThroughput(results);
    raw.push({ connections, results });
    if (isMain) findings.push(...compare(results, `small body, ${connections} connections`, smallGoals, p99Goals));
  }
  return { raw, findings };
}

/** Requests per second with a conversation of 400 KB. */
export async function measureLarge(lineup: Lineup): Promise<Measured> {
  const { quick } = lineup;
  say("\n== Body of 400 KB, 64 connections");
  const results = await runRounds(
    everyone(lineup, "large"),
    { payload: "large", connections: 64, ...roundTimes(quick) },
    lineup.answers,
  );
  printThroughput(results);
  return { raw: results, findings: compare(results, "body of 400 KB, 64 connections", largeGoals, {}) };
}

function compare(
  results: LoadRounds[],
  what: string,
  goals: Record<string, number>,
  p99Goals: Record<string, number>,
): Finding[] {
  const findings: Finding[] = [];
  for (const sahab of results.filter(({ subject }) => subject.startsWith("Sahab"))) {
    for (const other of results) {
      const isRival = other !== sahab && !other.subject.startsWith("upstream");
      if (isRival)
        findings.push(compareSpeed(`${sahab.subject} ÷ ${other.subject}, ${what}`, sahab, other, goals[other.subject]));
    }
    for (const [name, goal] of Object.entries(p99Goals)) {
      const other = roundsOf(results, name);
      if (!other) continue;
      const besides = ` (${number(median(sahab.p99Us) / 1000, 1)} / ${number(median(other.p99Us) / 1000, 1)} ms)`;
      findings.push(
        atMost(`${sahab.subject} ÷ ${name}, p99, ${what}`, ratioWithinRounds(sahab.p99Us, other.p99Us), goal, besides),
      );
    }
    const others = results.filter((other) => other !== sahab && !other.subject.startsWith("upstream"));
    const besides = others.map((other) => `${other.subject} ${number(median(other.requestsPerSecond))}`).join(", ");
    findings.push({
      what: `${sahab.subject}, requests/s, ${what}`,
      value: `${number(median(sahab.requestsPerSecond))} (${besides})`,
    });
  }
  return findings;
}
