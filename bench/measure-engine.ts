import { judgeConversations, conversationSlots, measureConversations } from "./engine/conversations.ts";
import { crowdSlots, judgeCrowd, measureCrowd } from "./engine/crowd.ts";
import { startDirect } from "./engine/direct.ts";
import { startSahabGateway } from "./engine/gateway.ts";
import { llamaServer } from "./engine/llama-server.ts";
import { startLlamaServers } from "./engine/llama-servers.ts";
import { judgeLongPrompt, longPromptSetup, measureLongPrompt } from "./engine/long-prompt.ts";
import { modelFile, models, type BenchModel } from "./engine/models.ts";
import { startSahabEngine } from "./engine/sahab.ts";
import { judgeSpeeds, measureSpeeds, printSpeeds, type SpeedRow } from "./engine/speeds.ts";
import { judgeStarts, measureStarts } from "./engine/starts.ts";
import type { Cores, EngineSubject, Setup } from "./engine/subject.ts";
import type { Measured } from "./lineup.ts";
import { cores, pinSelf } from "./machine.ts";
import { number, say, type Finding } from "./report.ts";
import { median, ratioWithinRounds } from "./statistics.ts";

interface EngineBench {
  quick: boolean;
  /** Of llama-server; undefined where it is not compared. */
  program: string | undefined;
  raw: Record<string, unknown>;
  findings: Finding[];
}

/** Sahab's engine beside llama.cpp's own server and beside node-llama-cpp driven directly. */
export async function measureEngine(options: {
  quick: boolean;
  peers: Set<string>;
}): Promise<Measured & { peer: string | undefined }> {
  say("\n== Local engine");
  const bench: EngineBench = { quick: options.quick, program: undefined, raw: {}, findings: [] };
  if (options.peers.has(llamaServer.name)) {
    const built = llamaServer.install();
    if ("path" in built) bench.program = built.path;
    else say(`${llamaServer.name}: skipped, ${built.why}`);
  }
  const rows: SpeedRow[] = [];
  for (const count of [1, 2] as const)
    for (const model of Object.values(models)) {
      const more = await speedsOf(bench, model, count);
      printSpeeds(more);
      rows.push(...more);
    }
  bench.raw["speeds"] = rows;
  bench.findings.push(...judgeSpeeds(rows), ...judgeGateway(rows));
  await severalSlots(bench);
  await starts(bench);
  const peer = bench.program === undefined ? undefined : `${llamaServer.name} ${llamaServer.version}`;
  return { raw: bench.raw, findings: bench.findings, peer };
}

const speedSlots = { slots: 16, contextTokens: 1024 };

async function speedsOf(bench: EngineBench, model: BenchModel, count: Cores): Promise<SpeedRow[]> {
  const setup = { file: await modelFile(model), ...speedSlots, cores: count };
  const isExtra = count === 1 && model === models.small;
  // Beside one core's engines alone: with two, it would have to do its work on theirs.
  const more = count === 1 && (isExtra || !bench.quick) ? [() => startDirect(setup)] : [];
  if (isExtra) more.push(() => startSahabGateway(setup));
  return await withSubjects(bench, setup, more, async (subjects) => {
    const rows: SpeedRow[] = [];
    const size = bench.quick ? { rounds: 2, share: 0.5 } : { rounds: 7, share: 1 };
    for (const streams of bench.quick && count === 2 ? [1, 16] : [1, 4, 16])
      rows.push(...(await measureSpeeds(subjects, { model, cores: count, streams, ...size })));
    return rows;
  });
}

/** Workloads whose slots are fewer than those who ask, or that need long ones. One core, one model. */
async function severalSlots(bench: EngineBench): Promise<void> {
  const file = await modelFile(models.small);
  const rounds = bench.quick ? 1 : 5;
  const few = { file, contextTokens: 2048, cores: 1 } as const;
  await withSubjects(bench, { ...few, slots: conversationSlots }, [], async (subjects) => {
    const rows = await measureConversations(subjects, { rounds: bench.quick ? 1 : 3, turns: bench.quick ? 5 : 10 });
    bench.raw["conversations"] = rows;
    bench.findings.push(...judgeConversations(rows));
  });
  await withSubjects(bench, { ...few, slots: crowdSlots }, [], async (subjects) => {
    const rows = await measureCrowd(subjects, rounds);
    bench.raw["crowd"] = rows;
    bench.findings.push(...judgeCrowd(rows));
  });
  await withSubjects(bench, { ...few, ...longPromptSetup }, [], async (subjects) => {
    const rows = await measureLongPrompt(subjects, rounds);
    bench.raw["long prompt"] = rows;
    bench.findings.push(...judgeLongPrompt(rows));
  });
}

async function starts(bench: EngineBench): Promise<void> {
  for (const model of [models.large, models.vocabulary]) {
    const setup = { file: await modelFile(model), contextTokens: 1024, slots: 4, cores: 2 } as const;
    const { program, quick } = bench;
    const rows = await measureStarts(setup, { model, program, rounds: quick ? 2 : 7 });
    bench.raw[`starts, ${model.name}`] = rows;
    bench.findings.push(...judgeStarts(rows, { hasGoal: model === models.large }));
  }
}

/** Starts Sahab's engine, llama-server and the others; stops them after the measurement. */
async function withSubjects<T>(
  { program }: EngineBench,
  setup: Setup,
  more: readonly (() => Promise<EngineSubject>)[],
  measure: (subjects: EngineSubject[]) => Promise<T>,
): Promise<T> {
  const subjects: EngineSubject[] = [];
  pinSelf(setup.cores === 1 ? cores.rest : undefined);
  try {
    subjects.push(await startSahabEngine(setup));
    if (program !== undefined) subjects.push(...(await startLlamaServers(program, setup)));
    for (const begin of more) subjects.push(await begin());
    for (const { name, how } of subjects) if (how !== "") say(`${name}: ${how}`);
    return await measure(subjects);
  } finally {
    pinSelf();
    for (const subject of subjects.toReversed()) await subject.stop();
  }
}

/** What the gateway adds to the engine, both on one core. */
function judgeGateway(rows: readonly SpeedRow[]): Finding[] {
  return rows
    .filter(({ subject, measure }) => subject === "Sahab over HTTP" && measure === "answers")
    .flatMap((row) => {
      const engine = rows.find(
        (it) =>
          it.subject === "Sahab" &&
          it.model === row.model &&
          it.cores === row.cores &&
          it.streams === row.streams &&
          it.measure === row.measure,
      );
      if (!engine) return [];
      const ratio = ratioWithinRounds(row.tokensPerS, engine.tokensPerS);
      return {
        what: `Local engine, ${row.model}, one core, ${row.streams} at once, tokens/s of answers: over HTTP ÷ at the engine's socket`,
        value: `${number(ratio, 2)}× (${number(median(row.tokensPerS))} / ${number(median(engine.tokensPerS))})`,
      };
    });
}
