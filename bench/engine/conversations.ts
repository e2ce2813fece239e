import { atMost, number, say, table, type Finding } from "../report.ts";
import { median, ratioWithinRounds } from "../statistics.ts";
import type { EngineSubject } from "./subject.ts";

export interface ConversationRow {
  subject: string;
  seconds: number[];
  /** Part of all prompt tokens that was not evaluated again. */
  cachedShare: number[];
}

const conversations = 16;
/** Less than conversations, so that a conversation's slot is given away between its turns. */
export const conversationSlots = 4;
const answerTokens = 24;
const words = "the network was slow after we moved one of our disks to another room and then a fan failed".split(" ");

/** Conversations with one system prompt, all at once: each asks its next question when it has its answer. */
export async function measureConversations(
  subjects: readonly EngineSubject[],
  { rounds, turns }: { rounds: number; turns: number },
): Promise<ConversationRow[]> {
  const rows = subjects.map((subject): ConversationRow => ({ subject: subject.name, seconds: [], cachedShare: [] }));
  for (let round = 0; round < rounds; round++) {
    const order = [...subjects.entries()];
    for (const [index, subject] of round % 2 === 0 ? order : order.toReversed()) {
      let cached = 0;
      let all = 0;
      const startMs = performance.now();
      const converse = async (conversation: number) => {
        let prompt = `Round ${round}. ${some(0, 40)}\n`;
        for (let turn = 0; turn < turns; turn++) {
          prompt += `User ${conversation}: ${some(conversation * 37 + turn * 11, 8)}\nAssistant:`;
          const answer = await subject.ask({ prompt, answerTokens });
          prompt += `${answer.text}\n`;
          cached += answer.cachedTokens;
          all += answer.inputTokens;
        }
      };
      await Promise.all(Array.from({ length: conversations }, (_, conversation) => converse(conversation)));
      rows[index]?.seconds.push((performance.now() - startMs) / 1000);
      rows[index]?.cachedShare.push(cached / all);
    }
  }
  say(
    table(
      [
        `${conversations} conversations, ${turns} turns, ${conversationSlots} slots`,
        "s",
        "from cache",
        "s of each round",
      ],
      rows.map((row) => [
        row.subject,
        number(median(row.seconds), 1),
        `${number(median(row.cachedShare) * 100, 1)} %`,
        row.seconds.map((value) => number(value, 1)).join(" "),
      ]),
    ),
  );
  return rows;
}

/** So many words, other ones for another start. */
function some(start: number, count: number): string {
  return Array.from({ length: count }, (_, i) => words[(start + i * (1 + (start % 5))) % words.length]).join(" ");
}

export function judgeConversations(rows: readonly ConversationRow[]): Finding[] {
  const [sahab, peer] = rows;
  if (!sahab) return [];
  const share = (row: ConversationRow) => `${number(median(row.cachedShare) * 100, 1)} %`;
  const what = `Local engine, ${conversations} conversations over ${conversationSlots} slots`;
  if (!peer)
    return [{ what, value: `${number(median(sahab.seconds), 1)} s, ${share(sahab)} of prompt tokens from cache` }];
  const besides = ` (${number(median(sahab.seconds), 1)} / ${number(median(peer.seconds), 1)} s; from cache ${share(sahab)} / ${share(peer)})`;
  return [
    atMost(
      `${what}, total time: Sahab ÷ ${peer.subject}`,
      ratioWithinRounds(sahab.seconds, peer.seconds),
      1.1,
      besides,
    ),
  ];
}
