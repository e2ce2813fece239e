import { runJson } from "./machine.ts";
import { number, say, table, type Finding } from "./report.ts";
import { printErrors, type Answers } from "./rounds.ts";
import { median } from "./statistics.ts";
import type { StreamLoadOptions, StreamLoadResult } from "./stream-load.ts";
import type { Subject } from "./subjects.ts";

export interface StreamRounds {
  subject: string;
  rounds: StreamLoadResult[];
}

/** Many paced streams at once: checks that no event is lost or out of order, and measures how much later each arrives. */
export async function measureStreams(
  subjects: Subject[],
  options: { rounds: number; streams: number; events: number; everyMs: number; rampMs: number },
  answers: Answers,
): Promise<{ raw: StreamRounds[]; findings: Finding[] }> {
  const { rounds, ...paced } = options;
  const raw = subjects.map((subject): StreamRounds => ({ subject: subject.name, rounds: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      const load: StreamLoadOptions = { ...paced, port: subject.port, headers: subject.headers, model: subject.model };
      const result = await runJson<StreamLoadResult>(
        "stream-load.ts",
        load,
        load.rampMs + load.events * load.everyMs + 60_000,
      );
      answers.set(subject, (answers.get(subject) ?? 0) + result.whole);
      raw[index]?.rounds.push(result);
    }
  }

  const delay = (entry: StreamRounds, key: "min" | "p50" | "p99") =>
    median(entry.rounds.map((round) => round.delayUs[key])) / 1000;
  const alone = raw[0];
  const added = (entry: StreamRounds, key: "p50" | "p99") =>
    alone ? delay(entry, key) - delay(alone, key) : Number.NaN;
  const sum = (entry: StreamRounds, pick: (round: StreamLoadResult) => number) =>
    entry.rounds.reduce((total, round) => total + pick(round), 0);
  const lost = (entry: StreamRounds) => sum(entry, (round) => round.expectedEvents - round.receivedEvents);
  const broken = (entry: StreamRounds) => sum(entry, (round) => round.streams - round.whole);
  say(
    table(
      [
        "",
        "streams",
        "whole",
        "at once",
        "events",
        "lost",
        "reordered",
        "min ms",
        "p50 ms",
        "p99 ms",
        "added p50",
        "added p99",
      ],
      raw.map((entry) => [
        entry.subject,
        number(sum(entry, (round) => round.streams)),
        number(sum(entry, (round) => round.whole)),
        number(Math.min(...entry.rounds.map((round) => round.mostAtOnce))),
        number(sum(entry, (round) => round.receivedEvents)),
        number(lost(entry)),
        number(sum(entry, (round) => round.outOfOrder)),
        number(delay(entry, "min"), 3),
        number(delay(entry, "p50"), 3),
        number(delay(entry, "p99"), 3),
        number(added(entry, "p50"), 3),
        number(added(entry, "p99"), 3),
      ]),
    ),
  );
  printErrors(
    raw.map((entry) => ({
      subject: entry.subject,
      errors: broken(entry),
      firstError: entry.rounds.find((round) => round.firstError !== null)?.firstError ?? null,
    })),
  );

  const findings = raw
    .filter((entry) => entry !== alone && entry.subject.startsWith("Sahab"))
    .flatMap((entry): Finding[] => {
      const bad = lost(entry) + broken(entry) + sum(entry, (round) => round.outOfOrder);
      const name = `${entry.subject}: ${number(options.streams)} streams at once`;
      const floor = raw.find((other) => other.subject === "floor");
      const beside = floor ? ` (floor ${number(added(floor, "p50"), 2)} / ${number(added(floor, "p99"), 2)} ms)` : "";
      return [
        {
          what: `${name}, events lost or reordered, streams without a proper end`,
          value: `${bad} of ${number(sum(entry, (round) => round.expectedEvents))} events`,
          goal: "0",
          met: bad === 0,
        },
        {
          what: `${name}, delay added per event, p50 / p99`,
          value: `${number(added(entry, "p50"), 2)} / ${number(added(entry, "p99"), 2)} ms${beside}`,
        },
      ];
    });
  return { raw, findings };
}
