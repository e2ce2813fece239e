import { number, ratioFinding, say, table, type Finding } from "./report.ts";
import { printErrors, printThroughput, ratioOf, runRounds, type Answers, type LoadRounds } from "./rounds.ts";
import type { PayloadName } from "./payloads.ts";
import { median } from "./statistics.ts";
import type { Subject } from "./subjects.ts";

export interface LoadMeasurement {
  raw: { connections: number; results: LoadRounds[] }[];
  findings: Finding[];
}

/** Requests per second, with one request under way on every connection. */
export async function measureThroughput(
  subjects: Subject[],
  options: {
    payload: PayloadName;
    connections: number;
    rounds: number;
    durationMs: number;
    goals: Record<string, number>;
  },
  answers: Answers,
): Promise<LoadMeasurement> {
  const { goals, ...load } = options;
  const results = await runRounds(subjects, { ...load, warmupMs: 1_000 }, answers);
  printThroughput(results);
  const findings: Finding[] = [];
  for (const subject of results.filter((result) => result.subject.startsWith("Sahab"))) {
    for (const [other, goal] of Object.entries(goals)) {
      if (!results.some((result) => result.subject === other)) continue;
      findings.push(
        ratioFinding(
          `${subject.subject} ÷ ${other}, requests/s, ${options.payload} body, ${options.connections} connections`,
          ratioOf(results, subject.subject, other),
          goal,
        ),
      );
    }
    findings.push({
      what: `${subject.subject}, requests/s, ${options.payload} body, ${options.connections} connections`,
      value: `${number(median(subject.requestsPerSecond))}${besides(results, subject.subject)}`,
    });
  }
  return { raw: [{ connections: options.connections, results }], findings };
}

function besides(results: LoadRounds[], subject: string): string {
  const others = results.filter((result) => result.subject !== subject && !result.subject.startsWith("upstream"));
  if (others.length === 0) return "";
  return ` (${others.map((other) => `${other.subject} ${number(median(other.requestsPerSecond))}`).join(", ")})`;
}

/** One client, one request at a time: the time that each proxy adds to the upstream's own. */
export async function measureLatency(
  subjects: Subject[],
  options: { rounds: number; durationMs: number },
  answers: Answers,
): Promise<LoadMeasurement> {
  const load = { ...options, payload: "small" as const, connections: 1, warmupMs: 1_000 };
  const results = await runRounds(subjects, load, answers);
  const [alone] = results;
  // Compared within a round, so that a slow minute of the machine affects both sides.
  const added = (result: LoadRounds, key: "p50Us" | "p99Us") =>
    median(result[key].map((value, round) => value - (alone?.[key][round] ?? Number.NaN)));
  say(
    table(
      ["", "p50 µs", "p99 µs", "added p50", "added p99", "errors", "p50 of each round"],
      results.map((result) => [
        result.subject,
        number(median(result.p50Us)),
        number(median(result.p99Us)),
        number(added(result, "p50Us")),
        number(added(result, "p99Us")),
        String(result.errors),
        result.p50Us.map((value) => number(value)).join(" "),
      ]),
    ),
  );
  printErrors(results);
  return {
    raw: [{ connections: 1, results }],
    findings: results.slice(1).map((result) => ({
      what: `${result.subject}: latency added for a lone client, p50 / p99`,
      value: `${number(added(result, "p50Us") / 1000, 2)} / ${number(added(result, "p99Us") / 1000, 2)} ms`,
    })),
  };
}
