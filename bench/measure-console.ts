import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signIn } from "../src/testing/browser-session.ts";
import { hasChromium } from "../src/testing/console/browser.ts";
import { loadFirstPage, scrollRequests, type ConsoleSession, type FirstLoad } from "./console-pages.ts";
import type { ConsoleWindowOptions, ConsoleWindowResult } from "./console-window.ts";
import type { Lineup, Measured } from "./lineup.ts";
import { runJson } from "./machine.ts";
import { paceOf, printStreams, runStreams, type StreamRounds } from "./measure-streams.ts";
import { number, say, table, type Finding } from "./report.ts";
import type { SahabSubject } from "./sahab.ts";
import { startFilled } from "./start-filled.ts";
import { addedInRounds, median, ratioWithinRounds } from "./statistics.ts";

const records = 100_000;
const streams = 1_000;
const goals = { interactiveMs: 1_000, firstLoadBytes: 250_000, frameMs: 100, rowsInDocument: 200, addedMs: 5 };

/** The console of a Sahab with 100,000 requests: how soon its first page can be used, how its list scrolls, and what its traffic costs streams. */
export async function measureConsole(lineup: Lineup): Promise<Measured> {
  say(`\n== The console, ${number(records)} requests in the ledger`);
  const sahab = await startFilled("Sahab", lineup.tree, records, lineup);
  try {
    const address = `http://127.0.0.1:${sahab.port}`;
    const adminKey = readFileSync(join(sahab.data, "admin.key"), "utf8").trim();
    const { cookie } = await signIn({ address, adminKey, fetchTls: {} });
    const parts: Measured[] = [];
    if (hasChromium) {
      parts.push(await measureFirstPages(address, cookie, lineup.quick ? 3 : 10));
      parts.push(await measureScrolling({ address, cookie }, lineup.quick ? 20_000 : records));
    } else say("Its pages are left out: they need Debian's Chromium, /usr/bin/chromium");
    parts.push(await measureTraffic(sahab, { address, cookie }, lineup));
    return { raw: parts.map(({ raw }) => raw), findings: parts.flatMap(({ findings }) => findings) };
  } finally {
    await sahab.stop();
  }
}

async function measureFirstPages(address: string, cookie: string, rounds: number): Promise<Measured> {
  const pages = [
    { name: "sign-in", session: { address, cookie: undefined }, loads: [] as FirstLoad[] },
    { name: "home", session: { address, cookie }, loads: [] as FirstLoad[] },
  ];
  for (let round = 0; round < rounds; round++)
    for (const { session, loads } of pages) loads.push(await loadFirstPage(session));
  const timesOf = (loads: FirstLoad[]) => loads.map(({ interactiveMs }) => interactiveMs);
  say(
    table(
      ["first page, cold profile", "interactive, ms", "worst", "with its data, ms", "bytes", "files", "each"],
      pages.map(({ name, loads }) => [
        name,
        number(median(timesOf(loads))),
        number(Math.max(...timesOf(loads))),
        number(median(loads.map(({ wholeMs }) => wholeMs))),
        number(median(loads.map(({ bytes }) => bytes))),
        number(median(loads.map(({ files }) => files))),
        timesOf(loads)
          .map((ms) => number(ms))
          .join(" "),
      ]),
    ),
  );
  const findings = pages.flatMap(({ name, loads }): Finding[] => {
    const medianMs = median(timesOf(loads));
    const bytes = Math.max(...loads.map((load) => load.bytes));
    return [
      {
        what: `Console: ${name} page on a cold profile until its first control can be used, median (worst of ${rounds})`,
        value: `${number(medianMs)} ms (${number(Math.max(...timesOf(loads)))} ms)`,
        goal: `at most ${number(goals.interactiveMs)} ms`,
        met: medianMs <= goals.interactiveMs,
      },
      {
        what: `Console: bytes of the ${name} page's first load`,
        value: number(bytes),
        goal: `at most ${number(goals.firstLoadBytes)}`,
        met: bytes <= goals.firstLoadBytes,
      },
    ];
  });
  return { raw: pages.map(({ name, loads }) => ({ name, loads })), findings };
}

async function measureScrolling(session: ConsoleSession, rows: number): Promise<Measured> {
  const seen = await scrollRequests(session, rows);
  const ways = [
    { name: `${number(seen.rows)} rows down, read meanwhile`, frames: seen.downMs },
    { name: "back to the top", frames: seen.upMs },
  ];
  say(
    table(
      ["scrolling the list of requests", "frames", "p50 ms", "p99 ms", "worst ms"],
      ways.map(({ name, frames }) => [
        name,
        number(frames.count),
        number(frames.p50, 1),
        number(frames.p99, 1),
        number(frames.max, 1),
      ]),
    ),
  );
  const long = seen.longFramesMs.toSorted((a, b) => b - a);
  say(
    `${long.length} frames had more than 50 ms of work; the longest: ${
      long
        .slice(0, 5)
        .map((ms) => number(ms))
        .join(", ") || "none"
    } ms`,
  );
  const worstMs = Math.max(seen.downMs.max, seen.upMs.max);
  const p99Ms = Math.max(seen.downMs.p99, seen.upMs.p99);
  return {
    raw: seen,
    findings: [
      {
        what: `Console: scrolling over ${number(seen.rows)} requests and back, the longest frame (p99)`,
        value: `${number(worstMs)} ms (${number(p99Ms)} ms)`,
        goal: `at most ${goals.frameMs} ms`,
        met: worstMs <= goals.frameMs,
      },
      {
        what: "Console: most rows in the document while scrolling",
        value: number(seen.rowsInDocument),
        goal: `at most ${goals.rowsInDocument}`,
        met: seen.rowsInDocument <= goals.rowsInDocument,
      },
    ],
  };
}

/** The delay of paced streams while a window of the console is open, beside the same without. */
async function measureTraffic(
  sahab: SahabSubject,
  session: { address: string; cookie: string },
  { upstream, quick, answers }: Lineup,
): Promise<Measured> {
  const pace = paceOf(streams, quick);
  const window: ConsoleWindowOptions = {
    origin: session.address,
    cookie: session.cookie,
    durationMs: pace.rampMs + pace.events * pace.everyMs,
  };
  const before = await sahab.recordedRequests();
  // What the first calls of each kind compile does not count.
  await runJson<ConsoleWindowResult>("console-window.ts", { ...window, durationMs: 3_000 }, 60_000);
  const alone: StreamRounds = { subject: "upstream alone", rounds: [] };
  const without: StreamRounds = { subject: "Sahab, no console", rounds: [] };
  const during: StreamRounds = { subject: "Sahab, console open", rounds: [] };
  const windows: ConsoleWindowResult[] = [];
  // Sahab is idle while the upstream is measured alone: what the next turn would have to warm up first does not count.
  const warm = { ...pace, events: Math.ceil(pace.rampMs / pace.everyMs) };
  const runWithout = async () => void without.rounds.push(await runStreams(sahab, pace, answers));
  const runDuring = async () => {
    const [result, shown] = await Promise.all([
      runStreams(sahab, pace, answers),
      runJson<ConsoleWindowResult>("console-window.ts", window, window.durationMs + 60_000),
    ]);
    during.rounds.push(result);
    windows.push(shown);
  };
  for (let round = 0; round < (quick ? 2 : 8); round++) {
    alone.rounds.push(await runStreams(upstream, pace, answers));
    const turns = round % 2 === 0 ? [runWithout, runDuring] : [runDuring, runWithout];
    for (const turn of turns) {
      await runStreams(sahab, warm, answers);
      await turn();
    }
  }
  printStreams([alone, without, during]);
  printWindows(windows);
  const p99 = ({ rounds }: StreamRounds) => rounds.map(({ delayUs }) => delayUs.p99 / 1000);
  const longer = addedInRounds(p99(during), p99(without));
  const cpuMs = ({ rounds }: StreamRounds) =>
    rounds.map(({ cpuUsPerEvent, receivedEvents, seconds }) => (cpuUsPerEvent * receivedEvents) / seconds / 1000);
  const ratio = ratioWithinRounds(p99(during), p99(without));
  const errors = windows.flatMap(({ firstError }) => firstError ?? []);
  const recorded = (await sahab.recordedRequests()) - before;
  const answered = answers.of(sahab);
  const difference = `${number(median(longer), 1)} ms longer, ${number(ratio, 2)}×`;
  return {
    raw: { results: [alone, without, during], windows },
    findings: [
      {
        what: `Console: ${number(streams)} streams without → with its traffic, p99 of an event's delay`,
        value: `${number(median(p99(without)), 1)} → ${number(median(p99(during)), 1)} ms (${difference})`,
        goal: `at most ${goals.addedMs} ms longer`,
        met: median(longer) <= goals.addedMs,
      },
      {
        what: "Console: processor time that its traffic adds, all threads of Sahab, each second",
        value: `${number(median(addedInRounds(cpuMs(during), cpuMs(without))))} ms`,
      },
      {
        what: "Console: requests of it that failed meanwhile",
        value: errors.length === 0 ? "none" : `some, the first: ${errors[0]}`,
        goal: "none",
        met: errors.length === 0,
      },
      {
        what: `Console: usage records added for ${number(answered)} answers`,
        value: number(recorded),
        goal: "the same number",
        met: recorded === answered,
      },
    ],
  };
}

function printWindows(windows: ConsoleWindowResult[]): void {
  const names = [...new Set(windows.flatMap(({ calls }) => calls.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const own = windows.flatMap(({ calls }) => calls.filter((call) => call.name === name));
    const count = own.reduce((sum, call) => sum + call.count, 0);
    return [
      name,
      number(count),
      number(median(own.map(({ medianMs }) => medianMs)), 1),
      number(Math.max(...own.map(({ maxMs }) => maxMs)), 1),
    ];
  });
  say(table(["asked for by the console's window", "times", "median ms", "longest ms"], rows));
  const sum = (pick: (window: ConsoleWindowResult) => number) =>
    windows.reduce((total, window) => total + pick(window), 0);
  say(`${number(sum(({ events }) => events))} live events, ${number(sum(({ bytes }) => bytes))} bytes`);
}
