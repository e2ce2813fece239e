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
}

const promptTokens = 20;

/** Answers and prompts per second with so many streams at once. Each round changes who goes first, so that a machine that slows down favours nobody. */
export async function measureSpeeds(
  subjects: readonly EngineSubject[],
  { model, cores, streams, rounds }: { model: BenchModel; cores: Cores; streams: number; rounds: number },
): Promise<SpeedRow[]> {
  const rowsOf = (subject: EngineSubject) =>
    (["answers", "prompts"] as const).map((measure): SpeedRow => ({
      model: model.name,
      cores,
      streams,
      measure,
      subject: subject.name,
      tokensPerS: [],
    }));
  const rows = new Map(subjects.map((subject) => [subject, rowsOf(subject)]));
  for (let round = 0; round < rounds; round++)
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed())
      for (const row of rows.get(subject) ?? []) row.tokensPerS.push(await measureOnce(subject, row, model));
  return [...rows.values()].flat();
}

async function measureOnce(subject: EngineSubject, row: SpeedRow, model: BenchModel): Promise<number> {
  const { streams } = row;
  const all = async (act: () => Promise<unknown>) => {
    const startMs = performance.now();
    await Promise.all(Array.from({ length: streams }, act));
    return (performance.now() - startMs) / 1000;
  };
  if (row.measure === "answers") {
    const tokens = Math.ceil(model.answerTokens / Math.sqrt(streams));
    await all(() => askForTokens(subject, promptTokens, 4));
    return (streams * tokens) / (await all(() => askForTokens(subject, promptTokens, tokens)));
  }
  const tokens = Math.min(800, Math.ceil(model.promptTokens / streams));
  return (streams * tokens) / (await all(() => subject.ask({ prompt: promptIds(tokens), answerTokens: 1 })));
}

export function printSpeeds(rows: readonly SpeedRow[]): void {
  const cells = rows.map((row) => [
    row.subject,
    row.model,
    String(row.cores),
    String(row.streams),
    row.measure,
    number(median(row.tokensPerS)),
    row.tokensPerS.map((value) => number(value)).join(" "),
  ]);
  say(table(["", "model", "cores", "at once", "what", "tokens/s", "of each round"], cells));
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
        const besides = ` (${number(median(row.tokensPerS))} / ${number(median(best.tokensPerS))}; best runs ${number(bests, 2)}×)`;
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
