import type { SimulatedAccounts } from "./accounts.ts";
import { Checks } from "./checks.ts";
import { Network } from "./network.ts";
import { SimulatedProcess, type Counts } from "./simulated-process.ts";
import { SimulatedStore } from "./simulated-store.ts";
import { Timeline } from "./timeline.ts";

const tokensAMinute = 200_000;
const minutes = 10;
const minuteMs = 60_000;

/**
 * Four processes share one limit of tokens a minute, and are asked for twice as much for ten minutes, by clients that come at any process.
 * Returns which part of the limit was used; throws where a minute had more than the limit.
 */
export function simulateMinutes(seed: number): { part: number; counts: Counts } {
  const timeline = new Timeline(seed, Date.UTC(2026, 10, 27));
  const store = new SimulatedStore(() => Math.round(timeline.nowMs), undefined);
  const network = new Network(timeline, 0);
  const checks = new Checks(timeline, store);
  const account = "project:one";
  const rule = { account, measure: "tokens", limit: BigInt(tokensAMinute), isByDay: false } as const;
  const key = { organisation: "", project: "one", keyId: "a", accounts: [account], rules: [rule] };
  const accounts: SimulatedAccounts = { keys: [key], worstCostMax: 0, worstTokensMax: 0, midnightMs: 0, balances: [] };
  const counts: Counts = { admitted: 0, refused: 0, waited: 0, storeAway: 0, crashes: 0, renewals: 0 };
  const fleet: SimulatedProcess[] = [];
  const deps = { timeline, store, network, checks, accounts, fleet, counts };
  for (let index = 0; index < 4; index++)
    fleet.push(new SimulatedProcess(deps, { leaseMs: 300_000, fault: undefined, index }));
  for (const process of fleet) process.start();
  const meanTokens = 1_000;
  const endMs = timeline.nowMs + minutes * minuteMs;
  const arrive = () => {
    const worst = timeline.whole(meanTokens / 2, (meanTokens * 3) / 2);
    const tokens = BigInt(timeline.whole(worst / 2, worst));
    fleet[timeline.whole(0, 3)]!.serve({
      key,
      worstCost: 0n,
      cost: 0n,
      worstTokens: BigInt(worst),
      tokens,
      lifeMs: timeline.between(200, 4_000),
      extends: false,
    });
    const meanMs = (minuteMs * meanTokens * 0.75) / (2 * tokensAMinute);
    timeline.after(-Math.log(1 - timeline.random()) * meanMs, arrive);
  };
  arrive();
  timeline.runUntil(endMs);
  const used = Number(checks.totals.get("project:one tokens") ?? 0n);
  return { part: used / (tokensAMinute * minutes), counts };
}
