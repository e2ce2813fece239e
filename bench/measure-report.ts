import type { Lineup, Measured } from "./lineup.ts";
import { paceOf, printStreams, runStreams, type StreamRounds } from "./measure-streams.ts";
import { number, say, type Finding } from "./report.ts";
import type { SahabSubject } from "./sahab.ts";
import { startFilled } from "./start-filled.ts";
import { addedInRounds, median } from "./statistics.ts";

const streams = 1_000;
/**
 * What the report may add to the longest delay of an event. Report and streams share the core, so some milliseconds are
 * the scheduler's; work that is done on the thread of the streams shows as the report's whole time.
 */
const goalMs = 50;
/** Between two reports, so that streams come to their end even where each report holds up everything. */
const pauseMs = 250;
const patienceMs = 300_000;

/** The delay of paced streams while the admin API sums up a large ledger again and again, beside the same without. */
export async function measureReport(lineup: Lineup): Promise<Measured> {
  const raw = [];
  const findings: Finding[] = [];
  for (const { name, tree } of trees(lineup)) {
    say(
      `\n== ${name}: ${number(streams)} paced streams during an admin report over ${number(lineup.reportRecords)} records`,
    );
    const sahab = await startFilled(name, tree, lineup.reportRecords, lineup);
    try {
      const measured = await measureOne(sahab, lineup);
      raw.push(measured.raw);
      findings.push(...measured.findings);
    } finally {
      await sahab.stop();
    }
  }
  return { raw, findings };
}

function trees({ tree, compare }: Lineup): { name: string; tree: string }[] {
  return [{ name: "Sahab", tree }, ...(compare === undefined ? [] : [{ name: "Sahab B", tree: compare }])];
}

async function measureOne(sahab: SahabSubject, lineup: Lineup): Promise<Measured> {
  const { upstream, quick, answers } = lineup;
  const before = await sahab.recordedRequests();
  const startMs = performance.now();
  await sahab.report();
  const aloneMs = performance.now() - startMs;
  say(`The report alone takes ${number(aloneMs)} ms`);

  const pace = paceOf(streams, quick);
  const alone: StreamRounds = { subject: "upstream alone", rounds: [] };
  const without: StreamRounds = { subject: `${sahab.name}, no report`, rounds: [] };
  const during: StreamRounds = { subject: `${sahab.name}, during reports`, rounds: [] };
  const reportMs: number[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    alone.rounds.push(await runStreams(upstream, pace, answers));
    without.rounds.push(await runStreams(sahab, pace, answers));
    const [result, durations] = await reportWhile(sahab, runStreams(sahab, pace, answers, patienceMs));
    during.rounds.push(result);
    reportMs.push(...durations);
  }
  printStreams([alone, without, during]);
  say(`${reportMs.length} reports, ${number(median(reportMs))} ms each (median)`);

  const delays = (entry: StreamRounds, key: "p99" | "max") => entry.rounds.map((round) => round.delayUs[key] / 1000);
  const longer = median(addedInRounds(delays(during, "max"), delays(without, "max")));
  const recorded = (await sahab.recordedRequests()) - before;
  const answered = answers.of(sahab);
  const both = (key: "p99" | "max") =>
    `${number(median(delays(without, key)), 1)} → ${number(median(delays(during, key)), 1)} ms`;
  const what = `${sahab.name}: ${number(streams)} streams without → during an admin report`;
  return {
    raw: { aloneMs, reportMs, results: [alone, without, during] },
    findings: [
      { what: `${what}, p99 of an event's delay`, value: `${both("p99")} (the report alone: ${number(aloneMs)} ms)` },
      {
        what: `${what}, longest delay of an event`,
        value: both("max"),
        goal: `at most ${goalMs} ms longer`,
        met: longer <= goalMs,
      },
      {
        what: `${sahab.name} with a full ledger: usage records added for ${number(answered)} answers`,
        value: number(recorded),
        goal: "the same number",
        met: recorded === answered,
      },
    ],
  };
}

/** Asks for one report after the other until `running` has its result. Also returns how long each took. */
async function reportWhile<T>(sahab: SahabSubject, running: Promise<T>): Promise<[T, number[]]> {
  const durations: number[] = [];
  let isOver = false;
  const reports = (async () => {
    while (!isOver) {
      const startMs = performance.now();
      await sahab.report();
      durations.push(performance.now() - startMs);
      await Bun.sleep(pauseMs);
    }
  })();
  try {
    return [await running, durations];
  } finally {
    isOver = true;
    await reports;
  }
}
