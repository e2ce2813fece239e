import { everyone, type Lineup, type Measured } from "./lineup.ts";
import { cpuSeconds, openFilesMax, runJson } from "./machine.ts";
import { atMost, number, say, table, type Finding } from "./report.ts";
import { printErrors, roundsOf, type Answers } from "./rounds.ts";
import { addedInRounds, median, ratioOfAdded } from "./statistics.ts";
import type { StreamLoadOptions, StreamLoadResult } from "./stream-load.ts";
import type { Subject } from "./subjects.ts";

export interface StreamRounds {
  subject: string;
  rounds: (StreamLoadResult & { cpuUsPerEvent: number })[];
}

/** The streams are opened over `rampMs`; each has `events` events, one every `everyMs`. */
export interface Pace {
  streams: number;
  events: number;
  everyMs: number;
  rampMs: number;
}

/**
 * All three have 20,000 events a second when every stream is open, which is what upstream and load generator can do on
 * their one core with room to spare; so they differ in the number of streams only.
 */
const paces: readonly Pace[] = [
  { streams: 1_000, everyMs: 50, events: 100, rampMs: 1_000 },
  { streams: 2_000, everyMs: 100, events: 60, rampMs: 2_000 },
  { streams: 4_000, everyMs: 200, events: 45, rampMs: 4_000 },
];
/** Sahab's added p99 as a multiple of vllm-router's, by the number of streams. */
const goals: Record<number, number> = { 2_000: 2, 4_000: 0.25 };
const rival = "vllm-router";

/** The pace of that many streams; a first look has fewer events, but still every stream open at once. */
export function paceOf(streams: number, quick: boolean): Pace {
  const pace = paces.find((known) => known.streams === streams);
  if (!pace)
    throw new Error(`no pace for ${streams} streams; there is one for ${paces.map((p) => p.streams).join(", ")}`);
  return quick ? { ...pace, events: Math.ceil((pace.rampMs + 2_000) / pace.everyMs) } : pace;
}

/** Many paced streams at once: checks that no event is lost or out of order, and measures how much later each arrives. */
export async function measureStreams(lineup: Lineup): Promise<Measured> {
  const raw = [];
  const findings: Finding[] = [];
  for (const { streams } of paces) {
    const pace = paceOf(streams, lineup.quick);
    say(`\n== ${number(streams)} paced streams, an event every ${pace.everyMs} ms`);
    // A proxy has two sockets a stream, and some files of its own.
    if (openFilesMax() < 2 * streams + 500) {
      say(`Left out: a process may have ${openFilesMax()} files open (ulimit -n); ${2 * streams + 500} are needed`);
      continue;
    }
    const subjects = everyone(lineup, "streams");
    const results = subjects.map((subject): StreamRounds => ({ subject: subject.name, rounds: [] }));
    for (let round = 0; round < (lineup.quick ? 1 : 3); round++)
      for (const [index, subject] of subjects.entries())
        results[index]?.rounds.push(await runStreams(subject, pace, lineup.answers));
    printStreams(results);
    raw.push({ ...pace, results });
    findings.push(...judge(results, pace));
  }
  return { raw, findings };
}

/** Runs the load generator once; it may take `patienceMs` longer than the pace says. */
export async function runStreams(
  subject: Subject,
  pace: Pace,
  answers: Answers,
  patienceMs = 60_000,
): Promise<StreamRounds["rounds"][0]> {
  const load: StreamLoadOptions = { ...pace, port: subject.port, headers: subject.headers, model: subject.model };
  const before = cpuSeconds(subject.pid);
  const limitMs = pace.rampMs + pace.events * pace.everyMs + patienceMs;
  const result = await runJson<StreamLoadResult>("stream-load.ts", load, limitMs);
  answers.add(subject, result.whole);
  return { ...result, cpuUsPerEvent: ((cpuSeconds(subject.pid) - before) / result.receivedEvents) * 1e6 };
}

export function printStreams(results: StreamRounds[]): void {
  const [alone] = results;
  const ms = (us: number, digits = 2) => number(us / 1000, digits);
  const head = ["whole", "at once", "events/s", "CPU µs/event", "lost", "reordered"];
  say(
    table(
      ["", ...head, "min ms", "p50 ms", "p99 ms", "max ms", "added p50", "added p99", "added p99 of each round"],
      results.map((entry) => [
        entry.subject,
        `${number(sum(entry, (round) => round.whole))} of ${number(sum(entry, (round) => round.streams))}`,
        number(Math.min(...entry.rounds.map((round) => round.mostAtOnce))),
        number(median(entry.rounds.map((round) => round.receivedEvents / round.seconds))),
        number(median(entry.rounds.map((round) => round.cpuUsPerEvent)), 1),
        number(lost(entry)),
        number(sum(entry, (round) => round.outOfOrder)),
        ms(median(delays(entry, "min")), 3),
        ms(median(delays(entry, "p50"))),
        ms(median(delays(entry, "p99"))),
        ms(median(delays(entry, "max"))),
        ms(median(added(entry, alone, "p50"))),
        ms(median(added(entry, alone, "p99"))),
        added(entry, alone, "p99")
          .map((us) => ms(us, 1))
          .join(" "),
      ]),
    ),
  );
  printErrors(
    results.map((entry) => ({
      subject: entry.subject,
      errors: broken(entry),
      firstError: entry.rounds.find((round) => round.firstError !== null)?.firstError ?? null,
    })),
  );
}

function judge(results: StreamRounds[], { streams }: Pace): Finding[] {
  const [alone, ...proxies] = results;
  const findings: Finding[] = [];
  for (const sahab of proxies.filter(({ subject }) => subject.startsWith("Sahab"))) {
    const bad = lost(sahab) + broken(sahab) + sum(sahab, (round) => round.outOfOrder);
    const name = `${sahab.subject}: ${number(streams)} streams at once`;
    findings.push({
      what: `${name}, events lost or reordered, streams without a proper end`,
      value: `${bad} of ${number(sum(sahab, (round) => round.expectedEvents))} events`,
      goal: "0",
      met: bad === 0,
    });
    const other = roundsOf(results, rival);
    const goal = goals[streams];
    if (!other || goal === undefined) continue;
    const ratio = ratioOfAdded(added(sahab, alone, "p99"), added(other, alone, "p99"));
    findings.push(
      atMost(`${sahab.subject} ÷ ${rival}, p99 added to an event, ${number(streams)} streams`, ratio, goal),
    );
  }
  const value = (entry: StreamRounds) =>
    `${entry.subject} ${(["p50", "p99"] as const).map((key) => number(median(added(entry, alone, key)) / 1000, 2)).join(" / ")}`;
  findings.push({
    what: `${number(streams)} streams at once, delay added per event, p50 / p99 in ms`,
    value: proxies.map(value).join(", "),
  });
  return findings;
}

function delays(entry: StreamRounds, key: "min" | "p50" | "p99" | "max"): number[] {
  return entry.rounds.map((round) => round.delayUs[key]);
}

function added(entry: StreamRounds, alone: StreamRounds | undefined, key: "p50" | "p99"): number[] {
  return addedInRounds(delays(entry, key), alone ? delays(alone, key) : []);
}

function sum(entry: StreamRounds, pick: (round: StreamRounds["rounds"][0]) => number): number {
  return entry.rounds.reduce((total, round) => total + pick(round), 0);
}

function lost(entry: StreamRounds): number {
  return sum(entry, (round) => round.expectedEvents - round.receivedEvents);
}

function broken(entry: StreamRounds): number {
  return sum(entry, (round) => round.streams - round.whole);
}
