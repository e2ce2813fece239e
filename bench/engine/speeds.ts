import { cpuSeconds } from "../machine.ts";
import { atLeast, number, say, table, type Finding } from "../report.ts";
import { median, ratioWithinRounds } from "../statistics.ts";
import type { BenchModel } from "./models.ts";
import { askForTokens, promptIds, type Cores, type EngineSubject } from "./subject.ts";

type Measure = "answers" | "prompts";

/** Tokens per second of one subject, by round. */
export interface SpeedRow {
  model: string;
  cores: Cores;
  streams: number;
  measure: Measure;
  subject: string;
  tokensPerS: number[];
  /** Tokens per second of processor time; other work on the machine does not count. */
  tokensPerCpuS: number[];
}

const promptTokens = 20;

interface SpeedOptions {
  model: BenchModel;
  cores: Cores;
  streams: number;
  rounds: number;
  /** Of the model's tokens. */
  share: number;
}

/** Answers and prompts per second with so many streams at once. Each round changes who goes first, so that a machine that slows down favours nobody. */
export async function measureSpeeds(
  subjects: readonly EngineSubject[],
  { model, cores, streams, rounds, share }: SpeedOptions,
): Promise<SpeedRow[]> {
  const rowsOf = (subject: EngineSubject) =>
    (["answers", "prompts"] as const).map((measure): SpeedRow => ({
      model: model.name,
      cores,
      streams,
      measure,
      subject: subject.name,
      tokensPerS: [],
      tokensPerCpuS: [],
    }));
  const rows = new Map(subjects.map((subject) => [subject, rowsOf(subject)]));
  const wanted = { answers: model.answerTokens * share * Math.sqrt(streams), prompts: model.promptTokens * share };
  for (let round = 0; round < rounds; round++)
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed())
      for (const row of rows.get(subject) ?? []) await measureOnce(subject, row, wanted);
  return [...rows.values()].flat();
}

async function measureOnce(subject: EngineSubject, row: SpeedRow, wanted: Record<Measure, number>): Promise<void> {
  const { streams, measure } = row;
  // A prompt fits its slot.
  const tokens = Math.min(800, Math.ceil(wanted[measure] / streams));
  const ask: () => Promise<unknown> =
    measure === "answers"
      ? () => askForTokens(subject, promptTokens, tokens)
      : () => subject.ask({ prompt: promptIds(tokens), answerTokens: 1 });
  if (measure === "answers") await askForTokens(subject, promptTokens, 4);
  const startMs = performance.now();
  const cpuAtStart = cpuSeconds(subject.pid);
  await Promise.all(Array.from({ length: streams }, ask));
  row.tokensPerS.push((streams * tokens * 1000) / (performance.now() - startMs));
  row.tokensPerCpuS.push((streams * tokens) / (cpuSeconds(subject.pid) - cpuAtStart));
}

export function printSpeeds(rows: readonly SpeedRow[]): void {
  const cells = rows.map((row) => [
    row.subject,
    row.model,
    String(row.cores),
    String(row.streams),
    row.measure,
    number(median(row.tokensPerS)),
    number(median(row.tokensPerCpuS)),
    row.tokensPerS.map((value) => number(value)).join(" "),
  ]);
  say(table(["", "model", "cores", "at once", "what", "tokens/s", "/CPU s", "tokens/s of each round"], cells));
}

const goals: Record<Cores, Record<Measure, number>> = {
  1: { answers: 0.95, prompts: 0.95 },
  2: { answers: 0.9, prompts: 0.95 },
};

/** Sahab beside the fastest llama-server of the same measurement. */
export function judgeSpeeds(rows: readonly SpeedRow[]): Finding[] {
  return rows
    .filter(({ subject }) => subject === "Sahab")
    .flatMap((row) => {
      const others = rows.filter(
        (other) =>
          other.model === row.model &&
          other.cores === row.cores &&
          other.streams === row.streams &&
          other.measure === row.measure &&
          other !== row,
      );
      const best = others
        .filter(({ subject }) => subject.startsWith("llama-server"))
        .toSorted((a, b) => median(b.tokensPerS) - median(a.tokensPerS))[0];
      const what = `Local engine, ${row.model}, ${row.cores === 1 ? "one core" : "two cores"}, ${row.streams} at once, tokens/s of ${row.measure}`;
      const findings: Finding[] = [];
      if (best) {
        const ratio = ratioWithinRounds(row.tokensPerS, best.tokensPerS);
        const bests = Math.max(...row.tokensPerS) / Math.max(...best.tokensPerS);
        const byCpu = number(ratioWithinRounds(row.tokensPerCpuS, best.tokensPerCpuS), 2);
        const speeds = `${number(median(row.tokensPerS))} / ${number(median(best.tokensPerS))}`;
        const besides = ` (${speeds}; best runs ${number(bests, 2)}×, by CPU time ${byCpu}×)`;
        findings.push(atLeast(`${what}: Sahab ÷ ${best.subject}`, ratio, goals[row.cores][row.measure], besides));
      }
      const direct = others.find(({ subject }) => subject === "direct");
      if (direct) {
        const ratio = ratioWithinRounds(row.tokensPerS, direct.tokensPerS);
        const besides = ` (${number(median(row.tokensPerS))} / ${number(median(direct.tokensPerS))})`;
        findings.push({ what: `${what}: Sahab ÷ node-llama-cpp alone`, value: `${number(ratio, 2)}×${besides}` });
      }
      return findings;
    });
}
