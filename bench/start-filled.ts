import { fillUsage } from "./fill-usage.ts";
import type { Lineup } from "./lineup.ts";
import { loadOnce } from "./rounds.ts";
import { startSahab, type SahabSubject } from "./sahab.ts";

/** A Sahab of its own, whose ledger has that many usage records. */
export async function startFilled(
  name: string,
  tree: string,
  records: number,
  { upstream, answers }: Lineup,
): Promise<SahabSubject> {
  const empty = await startSahab(name, tree, upstream);
  try {
    const one = { payload: "small", connections: 1, warmupMs: 0, durationMs: 10_000, requestsMax: 1 } as const;
    await loadOnce(empty, one, answers);
    // Its usage report also brings the record from the journal into the database.
    await empty.recordedRequests();
    return await empty.restart(() => fillUsage(empty.data, records));
  } catch (error) {
    await empty.stop();
    throw error;
  }
}
