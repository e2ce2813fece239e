import { existsSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "./machine.ts";
import { measureLatency, measureThroughput } from "./measure-load.ts";
import { measureMemory } from "./measure-memory.ts";
import { measureStart } from "./measure-start.ts";
import { measureStreams } from "./measure-streams.ts";
import { parseOptions, usage, type BenchOptions, type Part } from "./options.ts";
import { installPortkey, portkeyVersion } from "./portkey.ts";
import { number, renderFinding, renderMarkdown, say, table, type Finding } from "./report.ts";
import { loadOnce, type Answers } from "./rounds.ts";
import {
  startFloor,
  startPortkeySubject,
  startSahab,
  startUpstream,
  type SahabSubject,
  type Subject,
} from "./subjects.ts";

let options: BenchOptions | "help";
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exit(2);
}
if (options === "help") {
  say(usage);
  process.exit(0);
}
const findings = await runBench(options);
process.exit(options.strict && findings.some((finding) => finding.met === false) ? 1 : 0);

async function runBench(options: BenchOptions): Promise<Finding[]> {
  const machine = describeMachine();
  for (const [name, value] of Object.entries(machine)) say(`${name.padEnd(8)} ${value}`);
  const findings: Finding[] = [];
  const raw: Partial<Record<Part, unknown>> = {};
  if (options.only.has("start")) {
    say("\n== First start");
    const measured = await measureStart(options.tree, options.quick ? 3 : 7);
    raw.start = measured.raw;
    findings.push(...measured.findings);
  }
  const gatewayParts = [...options.only].filter((part) => part !== "engine" && part !== "start");
  if (gatewayParts.length > 0) await benchGateway(options, findings, raw);
  if (options.only.has("engine")) await benchLocalEngine(findings, raw);

  say("\n== Summary");
  for (const finding of findings) say(renderFinding(finding));
  const command = `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(" ")}` : ""}`;
  const markdown = renderMarkdown(findings, machine, command);
  say(`\n== For the README\n${markdown}`);
  if (options.json !== undefined) {
    await Bun.write(options.json, `${JSON.stringify({ machine, command, findings, raw }, null, 1)}\n`);
    say(`\nAll values are in ${options.json}`);
  }
  return findings;
}

async function benchGateway(
  options: BenchOptions,
  findings: Finding[],
  raw: Partial<Record<Part, unknown>>,
): Promise<void> {
  const { quick } = options;
  const has = (part: Part) => options.only.has(part);
  const wantsPortkey = options.portkey && (has("small") || has("large") || has("latency"));
  const withPortkey = wantsPortkey && installPortkey();
  if (wantsPortkey && !withPortkey) say(`Portkey ${portkeyVersion} could not be installed; it is left out`);
  const running: Subject[] = [];
  const started = async <T extends Subject>(subject: Promise<T>): Promise<T> => {
    running.push(await subject);
    return subject;
  };
  try {
    const upstream = await started(startUpstream());
    const floor = await started(startFloor(upstream));
    const sahabs: SahabSubject[] = [await started(startSahab("Sahab", options.tree, upstream))];
    if (options.compare !== undefined) sahabs.push(await started(startSahab("Sahab B", options.compare, upstream)));
    const portkey = withPortkey ? [await started(startPortkeySubject(upstream))] : [];
    const everyone = [upstream, floor, ...sahabs, ...portkey];
    const answers: Answers = new Map();
    const goals = (portkeyGoal?: number) => ({
      floor: 0.5,
      ...(portkeyGoal === undefined ? {} : { Portkey: portkeyGoal }),
    });

    if (has("small") || has("large") || has("latency")) await warmUp(everyone.slice(1), quick ? 2_000 : 5_000, answers);
    if (has("small")) {
      const all = [];
      for (const connections of [64, 32, 256]) {
        say(`\n== Small body, ${connections} connections`);
        const isMain = connections === 64;
        const measured = await measureThroughput(
          everyone,
          {
            payload: "small",
            connections,
            rounds: quick ? (isMain ? 3 : 1) : isMain ? 7 : 2,
            durationMs: quick ? 1_500 : 3_000,
            goals: goals(10),
          },
          answers,
        );
        all.push(...measured.raw);
        if (isMain) findings.push(...measured.findings);
      }
      raw.small = all;
    }
    if (has("large")) {
      say("\n== Body of 400 KB, 64 connections");
      const measured = await measureThroughput(
        everyone,
        {
          payload: "large",
          connections: 64,
          rounds: quick ? 3 : 5,
          durationMs: quick ? 1_500 : 3_000,
          goals: goals(),
        },
        answers,
      );
      raw.large = measured.raw;
      findings.push(...measured.findings);
    }
    if (has("latency")) {
      say("\n== Latency, one client");
      const measured = await measureLatency(
        everyone,
        { rounds: quick ? 3 : 5, durationMs: quick ? 1_000 : 2_000 },
        answers,
      );
      raw.latency = measured.raw;
      findings.push(...measured.findings);
    }
    if (has("streams")) {
      say("\n== Paced streams");
      const paced = {
        rounds: quick ? 1 : 3,
        streams: 1_000,
        events: quick ? 60 : 100,
        everyMs: 50,
        rampMs: 1_000,
      };
      const measured = await measureStreams([upstream, floor, ...sahabs], paced, answers);
      raw.streams = measured.raw;
      findings.push(...measured.findings);
    }
    if (has("memory")) {
      say("\n== Memory");
      const all = [];
      for (const sahab of sahabs) {
        const quietMs = quick ? 5_000 : 60_000;
        const measured = await measureMemory(sahab, { requests: options.requests, quietMs }, answers);
        all.push(...measured.raw);
        findings.push(...measured.findings);
      }
      raw.memory = all;
    }
    findings.push(...(await compareLedgers(sahabs, answers)));
  } finally {
    for (const subject of running.toReversed()) await subject.stop();
  }
}

/** Compilers need thousands of calls, and what they do until then must not be measured. */
async function warmUp(subjects: Subject[], durationMs: number, answers: Answers): Promise<void> {
  say(`\nWarming up, ${durationMs / 1000} s each …`);
  for (const subject of subjects)
    await loadOnce(subject, { payload: "small", connections: 64, warmupMs: 0, durationMs }, answers);
}

/** Every answer that a client got must be in the ledger once. */
async function compareLedgers(sahabs: SahabSubject[], answers: Answers): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const sahab of sahabs) {
    const answered = answers.get(sahab) ?? 0;
    const recorded = await sahab.recordedRequests();
    findings.push({
      what: `${sahab.name}: usage records in the ledger for ${answered.toLocaleString("en-US")} answers`,
      value: recorded.toLocaleString("en-US"),
      goal: "the same number",
      met: recorded === answered,
    });
  }
  return findings;
}

/** A row of engine.ts, with the columns that are printed here. */
interface EngineRow {
  model: string;
  concurrency: number;
  measure: string;
  engine: number;
  direct: number;
  ratio: number;
}

async function benchLocalEngine(findings: Finding[], raw: Partial<Record<Part, unknown>>): Promise<void> {
  say("\n== Local engine");
  const file = join(import.meta.dir, "engine.ts");
  if (!existsSync(file)) {
    say("There is no bench/engine.ts; left out");
    return;
  }
  const { benchEngine } = (await import(file)) as {
    benchEngine: (print: (line: string) => void) => Promise<EngineRow[]>;
  };
  const rows = await benchEngine(say);
  raw.engine = rows;
  say(
    table(
      ["", "at once", "measure", "Sahab's engine", "direct", "ratio"],
      rows.map((row) => [
        row.model,
        String(row.concurrency),
        row.measure,
        number(row.engine),
        number(row.direct),
        number(row.ratio, 2),
      ]),
    ),
  );
  for (const row of rows)
    findings.push({
      what: `Local engine ÷ node-llama-cpp alone, ${row.measure}, ${row.model}, ${row.concurrency} at once`,
      value: `${number(row.ratio, 2)}× (${number(row.engine)} / ${number(row.direct)})`,
    });
}
