import { number, say, table, type Finding } from "../report.ts";
import { median, ratioWithinRounds } from "../statistics.ts";
import { promptIds, type EngineSubject } from "./subject.ts";

export interface CrowdRow {
  subject: string;
  tokensPerS: number[];
  /** By how many places an answer begins earlier or later than its request came: the mean of all, and the most. */
  meanPlaces: number[];
  mostPlaces: number[];
}

const clients = 64;
export const crowdSlots = 4;
const promptTokens = 40;
const answerTokens = 24;
/** Between two requests, so that their order is known. */
const gapMs = 2;

/** Many clients that each ask once, one after the other and without waiting. */
export async function measureCrowd(subjects: readonly EngineSubject[], rounds: number): Promise<CrowdRow[]> {
  const rows = subjects.map((subject): CrowdRow => ({
    subject: subject.name,
    tokensPerS: [],
    meanPlaces: [],
    mostPlaces: [],
  }));
  for (let round = 0; round < rounds; round++) {
    const order = [...subjects.entries()];
    for (const [index, subject] of round % 2 === 0 ? order : order.toReversed()) {
      const begun: number[] = [];
      const startMs = performance.now();
      const asking: Promise<number>[] = [];
      for (let client = 0; client < clients; client++) {
        asking.push(askOnce(subject, () => begun.push(client)));
        await Bun.sleep(gapMs);
      }
      const tokens = (await Promise.all(asking)).reduce((sum, count) => sum + count, 0);
      const places = begun.map((client, place) => Math.abs(place - client));
      const row = rows[index];
      row?.tokensPerS.push((tokens * 1000) / (performance.now() - startMs));
      row?.meanPlaces.push(places.reduce((sum, count) => sum + count, 0) / places.length);
      row?.mostPlaces.push(Math.max(...places));
    }
  }
  say(
    table(
      [`${clients} clients, ${crowdSlots} slots`, "tokens/s", "places off, mean", "most", "tokens/s of each round"],
      rows.map((row) => [
        row.subject,
        number(median(row.tokensPerS)),
        number(median(row.meanPlaces), 1),
        number(median(row.mostPlaces)),
        row.tokensPerS.map((value) => number(value)).join(" "),
      ]),
    ),
  );
  return rows;
}

async function askOnce(subject: EngineSubject, onBegin: () => void): Promise<number> {
  let hasBegun = false;
  const { outputTokens } = await subject.ask({
    prompt: promptIds(promptTokens),
    answerTokens,
    onText() {
      if (!hasBegun) onBegin();
      hasBegun = true;
    },
  });
  return outputTokens;
}

export function judgeCrowd(rows: readonly CrowdRow[]): Finding[] {
  const [sahab, peer] = rows;
  if (!sahab) return [];
  const what = `Local engine, ${clients} clients on ${crowdSlots} slots`;
  const places = (row: CrowdRow) => number(median(row.meanPlaces), 1);
  const order: Finding = {
    what: `${what}, places from first come, mean`,
    value: peer ? `${places(sahab)} (${peer.subject} ${places(peer)})` : places(sahab),
    // Those that share the slots begin together, in any order.
    goal: `at most ${crowdSlots}`,
    met: median(sahab.meanPlaces) <= crowdSlots,
  };
  if (!peer) return [order];
  const ratio = ratioWithinRounds(sahab.tokensPerS, peer.tokensPerS);
  return [
    order,
    {
      what: `${what}, tokens/s: Sahab ÷ ${peer.subject}`,
      value: `${number(ratio, 2)}× (${number(median(sahab.tokensPerS))} / ${number(median(peer.tokensPerS))})`,
    },
  ];
}
