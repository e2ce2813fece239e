import { everyone, type Lineup, type Measured } from "./lineup.ts";
import { atMost, number, say, table } from "./report.ts";
import { printErrors, roundsOf, roundTimes, runRounds, type LoadRounds } from "./rounds.ts";
import { addedInRounds, median, ratioOfAdded } from "./statistics.ts";

/** Sahab's added p99 as a multiple of this one's. */
const goals: Record<string, number> = { "vllm-router": 1.5 };

/** One client, one request at a time: the time that each proxy adds to the upstream's own. */
export async function measureLatency(lineup: Lineup): Promise<Measured> {
  const { quick } = lineup;
  say("\n== Latency, one client");
  const results = await runRounds(
    everyone(lineup, "latency"),
    {
      payload: "small",
      connections: 1,
      ...roundTimes(quick),
      durationMs: quick ? 1_000 : 2_000,
    },
    lineup.answers,
  );
  const [alone, ...proxies] = results;
  const added = (result: LoadRounds, key: "p50Us" | "p99Us") => addedInRounds(result[key], alone?.[key] ?? []);
  say(
    table(
      ["", "p50 µs", "p99 µs", "added p50", "added p99", "errors", "p50 of each round"],
      results.map((result) => [
        result.subject,
        number(median(result.p50Us)),
        number(median(result.p99Us)),
        number(median(added(result, "p50Us"))),
        number(median(added(result, "p99Us"))),
        String(result.errors),
        result.p50Us.map((value) => number(value)).join(" "),
      ]),
    ),
  );
  printErrors(results);
  const findings = [];
  for (const sahab of proxies.filter(({ subject }) => subject.startsWith("Sahab")))
    for (const [name, goal] of Object.entries(goals)) {
      const other = roundsOf(results, name);
      if (!other) continue;
      const ratio = ratioOfAdded(added(sahab, "p99Us"), added(other, "p99Us"));
      findings.push(atMost(`${sahab.subject} ÷ ${name}, p99 added for a lone client`, ratio, goal));
    }
  for (const result of proxies)
    findings.push({
      what: `${result.subject}: latency added for a lone client, p50 / p99`,
      value: `${number(median(added(result, "p50Us")) / 1000, 2)} / ${number(median(added(result, "p99Us")) / 1000, 2)} ms`,
    });
  return { raw: results, findings };
}
