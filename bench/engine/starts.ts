import { residentMiB } from "../machine.ts";
import { number, say, table, type Finding } from "../report.ts";
import { median } from "../statistics.ts";
import { beginLlamaServer } from "./llama-server.ts";
import type { BenchModel } from "./models.ts";
import { beginSahabEngine } from "./sahab.ts";
import { promptIds, type EngineSubject, type Setup } from "./subject.ts";

export interface StartRow {
  model: string;
  subject: string;
  /** From the start of the process to the first token of an answer that is asked for at once. */
  firstTokenMs: number[];
  /** After that answer. */
  residentMiB: number[];
}

const goalMs = 1_000;

/** How long a start of a model takes that has run on this machine before: Sahab then knows what it measured of it. */
export async function measureStarts(
  setup: Setup,
  { model, program, rounds }: { model: BenchModel; program: string | undefined; rounds: number },
): Promise<StartRow[]> {
  const row = (subject: string): StartRow => ({ model: model.name, subject, firstTokenMs: [], residentMiB: [] });
  const sahab = row("Sahab");
  const peer = row("llama-server");
  for (let round = 0; round < rounds; round++) {
    await startOnce(sahabStart(setup), sahab);
    if (program !== undefined) await startOnce(llamaStart(program, setup), peer);
  }
  const rows = program === undefined ? [sahab] : [sahab, peer];
  say(
    table(
      [`second start, ${model.name}`, "first token, ms", "resident, MiB", "ms of each round"],
      rows.map((it) => [
        it.subject,
        number(median(it.firstTokenMs)),
        number(median(it.residentMiB)),
        it.firstTokenMs.map((value) => number(value)).join(" "),
      ]),
    ),
  );
  return rows;
}

type Started = EngineSubject & { startedAtMs: number; ready(): Promise<void> };

const sahabStart = (setup: Setup) => (): Promise<Started> => beginSahabEngine(setup);

const llamaStart = (program: string, setup: Setup) => async (): Promise<Started> => {
  const startedAtMs = Date.now();
  return { ...(await beginLlamaServer(program, { ...setup, threads: setup.cores })), startedAtMs };
};

async function startOnce(begin: () => Promise<Started>, row: StartRow): Promise<void> {
  const subject = await begin();
  try {
    // A client of Sahab's waits in its queue; one of llama-server has to ask again.
    if (row.subject !== "Sahab") await subject.ready();
    let firstMs = Number.NaN;
    const asking = subject.ask({
      prompt: promptIds(20),
      answerTokens: 8,
      onText() {
        if (Number.isNaN(firstMs)) firstMs = Date.now() - subject.startedAtMs;
      },
    });
    await Promise.all([asking, subject.ready()]);
    row.firstTokenMs.push(firstMs);
    row.residentMiB.push(residentMiB(subject.pid));
  } finally {
    await subject.stop();
  }
}

export function judgeStarts(rows: readonly StartRow[], { hasGoal }: { hasGoal: boolean }): Finding[] {
  const [sahab, peer] = rows;
  if (!sahab) return [];
  const ms = median(sahab.firstTokenMs);
  const beside = (key: "firstTokenMs" | "residentMiB", unit: string) =>
    `${number(median(sahab[key]))} ${unit}${peer ? ` (${peer.subject} ${number(median(peer[key]))} ${unit})` : ""}`;
  const what = `Local engine, ${sahab.model}`;
  return [
    {
      what: `${what}, second start until the first token`,
      value: beside("firstTokenMs", "ms"),
      ...(hasGoal && { goal: `at most ${number(goalMs)} ms`, met: ms <= goalMs }),
    },
    { what: `${what}, resident memory`, value: beside("residentMiB", "MiB") },
  ];
}
