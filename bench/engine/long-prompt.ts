import { atMost, number, say, table, type Finding } from "../report.ts";
import { median, ratioWithinRounds } from "../statistics.ts";
import { promptIds, type EngineSubject } from "./subject.ts";

export interface LongPromptRow {
  subject: string;
  /** Between two pieces of any of the streams, while the prompt is read. */
  longestGapMs: number[];
  /** From the request to the first token of its answer. */
  firstTokenMs: number[];
}

const promptTokens = 3000;
const streams = 4;
export const longPromptSetup = { contextTokens: 4096, slots: streams + 1 };
/** As many as fit; the streams go on with another answer until the prompt is read, and are then cut. */
const streamTokens = 3000;

/** Measures the longest gap in running streams while another request has a long prompt. */
export async function measureLongPrompt(subjects: readonly EngineSubject[], rounds: number): Promise<LongPromptRow[]> {
  const rows = subjects.map((subject): LongPromptRow => ({
    subject: subject.name,
    longestGapMs: [],
    firstTokenMs: [],
  }));
  for (let round = 0; round < rounds; round++) {
    const order = [...subjects.entries()];
    for (const [index, subject] of round % 2 === 0 ? order : order.toReversed()) {
      const { longestGapMs, firstTokenMs } = await measureOnce(subject);
      rows[index]?.longestGapMs.push(longestGapMs);
      rows[index]?.firstTokenMs.push(firstTokenMs);
    }
  }
  say(
    table(
      [
        `a prompt of ${number(promptTokens)} tokens beside ${streams} streams`,
        "longest gap, ms",
        "first token, ms",
        "gap of each round",
      ],
      rows.map((row) => [
        row.subject,
        number(median(row.longestGapMs)),
        number(median(row.firstTokenMs)),
        row.longestGapMs.map((value) => number(value)).join(" "),
      ]),
    ),
  );
  return rows;
}

async function measureOnce(subject: EngineSubject): Promise<{ longestGapMs: number; firstTokenMs: number }> {
  const stop = new AbortController();
  let askedAtMs = Number.POSITIVE_INFINITY;
  let longestGapMs = 0;
  const note = (sinceMs: number) => {
    // A gap counts from the moment at which the prompt came.
    longestGapMs = Math.max(longestGapMs, performance.now() - Math.max(sinceMs, askedAtMs));
  };
  const lastMs = Array.from({ length: streams }, () => performance.now());
  const begun = Array.from({ length: streams }, () => Promise.withResolvers<void>());
  const run = async (stream: number) => {
    while (!stop.signal.aborted) {
      await subject.ask({
        prompt: promptIds(20),
        answerTokens: streamTokens,
        signal: stop.signal,
        onText() {
          note(lastMs[stream] ?? 0);
          lastMs[stream] = performance.now();
          begun[stream]?.resolve();
        },
      });
      // Between two answers there is no gap.
      lastMs[stream] = Number.POSITIVE_INFINITY;
    }
  };
  const running = lastMs.map((_, stream) =>
    run(stream).catch((error: unknown) => {
      begun[stream]?.reject(error);
      if (!stop.signal.aborted) throw error;
    }),
  );
  await Promise.all(begun.map(({ promise }) => promise));
  await Bun.sleep(300);
  askedAtMs = performance.now();
  let firstTokenMs = Number.NaN;
  await subject.ask({
    prompt: promptIds(promptTokens),
    answerTokens: 4,
    onText() {
      if (!Number.isNaN(firstTokenMs)) return;
      firstTokenMs = performance.now() - askedAtMs;
      for (const since of lastMs) note(since);
    },
  });
  stop.abort();
  await Promise.all(running);
  return { longestGapMs, firstTokenMs };
}

export function judgeLongPrompt(rows: readonly LongPromptRow[]): Finding[] {
  const [sahab, peer] = rows;
  if (!sahab) return [];
  const what = `Local engine, a prompt of ${number(promptTokens)} tokens beside ${streams} streams`;
  const gap: Finding = { what: `${what}, longest gap`, value: `${number(median(sahab.longestGapMs))} ms` };
  const first: Finding = { what: `${what}, its first token`, value: `${number(median(sahab.firstTokenMs))} ms` };
  if (!peer) return [gap, first];
  const of = (key: "longestGapMs" | "firstTokenMs") =>
    [
      ratioWithinRounds(sahab[key], peer[key]),
      ` (${number(median(sahab[key]))} / ${number(median(peer[key]))} ms)`,
    ] as const;
  const [ratio, besides] = of("firstTokenMs");
  return [
    atMost(`${gap.what}: Sahab ÷ ${peer.subject}`, of("longestGapMs")[0], 1, of("longestGapMs")[1]),
    { what: `${first.what}: Sahab ÷ ${peer.subject}`, value: `${number(ratio, 2)}×${besides}` },
  ];
}
