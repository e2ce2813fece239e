import type { Lineup, Measured } from "./lineup.ts";
import { residentMiB } from "./machine.ts";
import { number, say, table, type Finding } from "./report.ts";
import { loadOnce, type Answers } from "./rounds.ts";
import type { Subject } from "./subjects.ts";

export interface MemoryPoint {
  subject: string;
  when: string;
  requests: number;
  residentMiB: number;
}

/** Resident memory before, during and after many requests, and after a quiet time. */
export async function measureMemory(lineup: Lineup): Promise<Measured> {
  const raw: MemoryPoint[] = [];
  const findings: Finding[] = [];
  for (const sahab of lineup.sahabs) {
    say(`\n== Memory of ${sahab.name}`);
    const options = { requests: lineup.requests, quietMs: lineup.quick ? 5_000 : 60_000 };
    const measured = await measureOne(sahab, options, lineup.answers);
    raw.push(...measured.raw);
    findings.push(measured.finding);
  }
  return { raw, findings };
}

async function measureOne(
  subject: Subject,
  options: { requests: number; quietMs: number },
  answers: Answers,
): Promise<{ raw: MemoryPoint[]; finding: Finding }> {
  const raw: MemoryPoint[] = [];
  let requests = 0;
  let errors = 0;
  const note = (when: string) =>
    raw.push({ subject: subject.name, when, requests, residentMiB: residentMiB(subject.pid) });
  note("before");
  const step = Math.min(100_000, Math.ceil(options.requests / 5));
  while (requests < options.requests && errors === 0) {
    const result = await loadOnce(
      subject,
      {
        payload: "small",
        connections: 64,
        warmupMs: 0,
        // The number of requests is the bound; the time only ends a run that makes no progress.
        durationMs: 120_000,
        requestsMax: Math.min(step, options.requests - requests),
      },
      answers,
    );
    requests += result.requestsAll;
    errors += result.errors;
    note("after");
  }
  await Bun.sleep(options.quietMs);
  note(`${options.quietMs / 1000} s later`);
  say(
    table(
      ["", "requests", "resident MiB"],
      raw.map((point) => [point.when, number(point.requests), number(point.residentMiB, 1)]),
    ),
  );
  if (errors > 0) say(`${errors} errors; the run was cut short`);
  const mib = (index: number) => number(raw.at(index)?.residentMiB ?? Number.NaN);
  const most = number(Math.max(...raw.map((point) => point.residentMiB)));
  return {
    raw,
    finding: {
      what: `${subject.name}: resident memory before / at most / ${options.quietMs / 1000} s after ${number(requests)} requests`,
      value: `${mib(0)} / ${most} / ${mib(-1)} MiB`,
    },
  };
}
