import type { LoadOptions, LoadResult } from "./load.ts";
import { cpuSeconds, runJson } from "./machine.ts";
import { atLeast, number, say, table, type Finding } from "./report.ts";
import { median, ratioWithinRounds } from "./statistics.ts";
import type { Subject } from "./subjects.ts";

/** One subject's rounds under load. */
export interface LoadRounds {
  subject: string;
  requestsPerSecond: number[];
  /** Processor time of the proxy per request. Other programs on the machine affect it less than elapsed time. */
  cpuUsPerRequest: number[];
  p50Us: number[];
  p99Us: number[];
  errors: number;
  firstError: string | null;
}

export type RoundOptions = Omit<LoadOptions, "port" | "headers" | "model" | "api" | "requestsMax"> & {
  rounds: number;
  requestsMax?: number;
};

/** The number and length of the rounds, where a part has no reason for others. */
export function roundTimes(quick: boolean): Pick<RoundOptions, "rounds" | "warmupMs" | "durationMs"> {
  return { rounds: quick ? 3 : 5, warmupMs: 1_000, durationMs: quick ? 1_500 : 3_000 };
}

/** Correct answers by the process that gave them, to compare with the records of a Sahab. */
export class Answers {
  readonly #byPid = new Map<number, number>();

  add(subject: Subject, count: number): void {
    this.#byPid.set(subject.pid, this.of(subject) + count);
  }

  of(subject: Subject): number {
    return this.#byPid.get(subject.pid) ?? 0;
  }
}

export async function loadOnce(
  subject: Subject,
  options: Omit<RoundOptions, "rounds">,
  answers: Answers,
): Promise<LoadResult & { cpuUsPerRequest: number }> {
  const before = cpuSeconds(subject.pid);
  const load: LoadOptions = {
    requestsMax: 0,
    ...options,
    port: subject.port,
    headers: subject.headers,
    model: subject.model,
    api: subject.api ?? "chat",
  };
  const result = await runJson<LoadResult>("load.ts", load, load.warmupMs + load.durationMs + 60_000);
  answers.add(subject, result.requestsAll);
  return { ...result, cpuUsPerRequest: ((cpuSeconds(subject.pid) - before) / result.requestsAll) * 1e6 };
}

/** Compilers need thousands of calls, and what they do until then must not be measured. */
export async function warmUp(
  subjects: Subject[],
  options: { payload: LoadOptions["payload"]; quick: boolean },
  answers: Answers,
): Promise<void> {
  const durationMs = options.quick ? 2_000 : 5_000;
  say(`Warming up, ${durationMs / 1000} s each …`);
  const load = { payload: options.payload, connections: 64, warmupMs: 0, durationMs };
  for (const subject of subjects) await loadOnce(subject, load, answers);
}

/** Interleaves the subjects round by round, so that a busy minute of the machine affects all of them. */
export async function runRounds(subjects: Subject[], options: RoundOptions, answers: Answers): Promise<LoadRounds[]> {
  const results = subjects.map((subject): LoadRounds => ({
    subject: subject.name,
    requestsPerSecond: [],
    cpuUsPerRequest: [],
    p50Us: [],
    p99Us: [],
    errors: 0,
    firstError: null,
  }));
  const { rounds, ...load } = options;
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      const result = await loadOnce(subject, load, answers);
      const into = results[index];
      if (!into) continue;
      into.requestsPerSecond.push(result.requests / result.seconds);
      into.cpuUsPerRequest.push(result.cpuUsPerRequest);
      into.p50Us.push(result.latencyUs.p50);
      into.p99Us.push(result.latencyUs.p99);
      into.errors += result.errors;
      into.firstError ??= result.firstError;
    }
  }
  return results;
}

export function printThroughput(results: LoadRounds[]): void {
  say(
    table(
      ["", "req/s", "CPU µs/req", "p50 ms", "p99 ms", "errors", "req/s of each round"],
      results.map((result) => [
        result.subject,
        number(median(result.requestsPerSecond)),
        number(median(result.cpuUsPerRequest), 1),
        number(median(result.p50Us) / 1000, 2),
        number(median(result.p99Us) / 1000, 2),
        String(result.errors),
        result.requestsPerSecond.map((value) => number(value)).join(" "),
      ]),
    ),
  );
  printErrors(results);
}

export function printErrors(results: { subject: string; errors: number; firstError: string | null }[]): void {
  for (const result of results)
    if (result.errors > 0) say(`${result.subject}: ${result.errors} errors, the first: ${result.firstError}`);
}

/** A line of the summary: one subject's requests per second as a multiple of another's, and in brackets the same by processor time. */
export function compareSpeed(what: string, subject: LoadRounds, other: LoadRounds, goal?: number): Finding {
  const ratio = ratioWithinRounds(subject.requestsPerSecond, other.requestsPerSecond);
  const byCpu = ratioWithinRounds(other.cpuUsPerRequest, subject.cpuUsPerRequest);
  const finding = atLeast(`${what}, requests/s`, ratio, goal ?? 0, ` (by CPU time ${number(byCpu, 2)}×)`);
  return goal === undefined ? { what: finding.what, value: finding.value } : finding;
}

/** The rounds of the subject of that name. */
export function roundsOf<T extends { subject: string }>(results: T[], subject: string): T | undefined {
  return results.find((result) => result.subject === subject);
}
