import type { Lineup, Measured } from "./lineup.ts";
import type { PayloadName } from "./payloads.ts";
import { say, type Finding } from "./report.ts";
import { compareSpeed, printThroughput, roundsOf, roundTimes, runRounds, warmUp } from "./rounds.ts";
import type { Subject } from "./subjects.ts";

const sizes = [
  { payload: "1 KB", goal: 0.7 },
  { payload: "16 KB", goal: 0.5 },
] as const satisfies { payload: PayloadName; goal: number }[];

/** Requests per second of Anthropic clients with an OpenAI-style upstream, beside OpenAI-style clients with bodies of the same size. */
export async function measureTranslated(lineup: Lineup): Promise<Measured> {
  const { quick, upstream, sahabs, peers } = lineup;
  const translators = peers.filter(({ peer }) => peer.parts.includes("translated")).map(({ subject }) => subject);
  const pairs = [...sahabs, ...translators].flatMap((subject) => [subject, anthropicClientOf(subject)]);
  const raw = [];
  const findings: Finding[] = [];
  for (const { payload, goal } of sizes) {
    say(`\n== Translated: Anthropic client, OpenAI-style upstream, body of ${payload}, 64 connections`);
    await warmUp(pairs, { payload, quick }, lineup.answers);
    const results = await runRounds(
      [upstream, ...pairs],
      { payload, connections: 64, ...roundTimes(quick) },
      lineup.answers,
    );
    printThroughput(results);
    raw.push({ payload, results });
    for (const same of results) {
      const translated = roundsOf(results, translatedName(same.subject));
      if (!translated) continue;
      const what = `${same.subject}: translated ÷ passed through, body of ${payload}`;
      findings.push(compareSpeed(what, translated, same, same.subject.startsWith("Sahab") ? goal : undefined));
    }
  }
  return { raw, findings };
}

/** The same process, called as Anthropic's SDK calls it. */
export function anthropicClientOf(subject: Subject): Subject {
  const key = subject.headers["authorization"]?.replace("Bearer ", "") ?? "";
  return {
    ...subject,
    name: translatedName(subject.name),
    api: "messages",
    headers: { "x-api-key": key, "anthropic-version": "2023-06-01" },
  };
}

function translatedName(subject: string): string {
  return `${subject}, translated`;
}
