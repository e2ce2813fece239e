import { isMoney, leftOf, spentOf } from "../../ledger/account/bank.ts";
import { makeAccounts, type SimulatedKey } from "./accounts.ts";
import { Checks, Violation } from "./checks.ts";
import type { Fault } from "./faults.ts";
import { Network } from "./network.ts";
import { SimulatedProcess, type Counts, type Order } from "./simulated-process.ts";
import { SimulatedStore } from "./simulated-store.ts";
import { Timeline } from "./timeline.ts";

const startMs = Date.UTC(2026, 10, 27, 12);

/** What a run found. */
export interface Found {
  seed: number;
  counts: Counts;
  /** What did not hold, and what happened before. */
  failure?: { message: string; lastEvents: readonly string[] };
}

/** Lets some processes serve requests for a minute or more of virtual time, and checks the rules at each step and at the end. */
export function simulate(seed: number, options: { fault?: Fault } = {}): Found {
  const timeline = new Timeline(seed, startMs);
  const counts: Counts = { admitted: 0, refused: 0, waited: 0, storeAway: 0, crashes: 0, renewals: 0 };
  try {
    run(timeline, counts, options.fault);
    return { seed, counts };
  } catch (error) {
    const message = error instanceof Violation ? error.message : error instanceof Error ? (error.stack ?? "") : "";
    return { seed, counts, failure: { message, lastEvents: timeline.lastEvents } };
  }
}

function run(timeline: Timeline, counts: Counts, fault: Fault | undefined): void {
  // In a few runs leases expire, and are forgotten, before their holder is back.
  const isLong = timeline.chance(0.05);
  const loadMs = isLong ? 240_000 : timeline.between(20_000, 80_000);
  const trouble = timeline.chance(0.3) ? 0 : timeline.random();
  const storeOffsetMs = timeline.between(-3_000, 3_000);
  const store = new SimulatedStore(() => Math.round(timeline.nowMs + storeOffsetMs), fault);
  const network = new Network(timeline, trouble);
  const checks = new Checks(timeline, store);
  const accounts = makeAccounts(timeline, Math.round(startMs + timeline.between(0, 1.5) * loadMs));
  const fleet: SimulatedProcess[] = [];
  const leaseMs = isLong ? 10_000 : timeline.whole(10_000, 60_000);
  for (let index = 0; index < timeline.whole(1, 4); index++)
    fleet.push(
      new SimulatedProcess({ timeline, store, network, checks, accounts, fleet, counts }, { leaseMs, fault, index }),
    );
  for (const process of fleet) process.start();

  const topUp = () => {
    for (const terms of accounts.balances) {
      const amount = BigInt(accounts.worstCostMax * timeline.whole(1, 20));
      checks.watch(terms, 0n);
      checks.raise(terms.id, amount);
      store.topUp(terms, amount);
    }
  };
  topUp();
  for (let topUps = timeline.whole(0, 2); topUps > 0; topUps--) timeline.after(timeline.between(0, loadMs), topUp);

  const endMs = startMs + loadMs;
  const meanMs = loadMs / timeline.whole(20, 500);
  const lifeMs = timeline.between(20, 5_000);
  const arrive = () => {
    if (timeline.nowMs >= endMs) return;
    pick(timeline, fleet).serve(makeOrder(timeline, accounts, lifeMs));
    timeline.after(-Math.log(1 - timeline.random()) * meanMs, arrive);
  };
  arrive();
  const disturb = () => {
    if (timeline.nowMs >= endMs) return;
    const process = pick(timeline, fleet);
    if (!network.isCalm && timeline.chance(0.5))
      network.cut(process.name, timeline.between(500, timeline.chance(0.3) ? 150_000 : 10_000));
    else if (timeline.chance(0.1)) process.vanish();
    else {
      process.crash();
      timeline.after(timeline.between(10, timeline.chance(0.3) ? 90_000 : 5_000), () => process.restart());
    }
    timeline.after(timeline.between(0, 40_000), disturb);
  };
  if (timeline.chance(0.7)) timeline.after(timeline.between(0, loadMs), disturb);
  timeline.runUntil(endMs);
  finish({ timeline, store, network, checks, fleet, keys: accounts.keys, counts });
}

/** All who come back are back, and every record is in the store. */
function finish(world: {
  timeline: Timeline;
  store: SimulatedStore;
  network: Network;
  checks: Checks;
  fleet: readonly SimulatedProcess[];
  keys: readonly SimulatedKey[];
  counts: Counts;
}): void {
  const { timeline, store, network, fleet, keys } = world;
  network.heal();
  for (const process of fleet) process.restart();
  const limitMs = timeline.nowMs + 300_000;
  // Those who wait are admitted or refused by then.
  timeline.runUntil(timeline.nowMs + 3_000);
  const isQuiet = () => fleet.every((process) => process.isGone || (process.isServing && process.isQuiet));
  while (!isQuiet()) {
    if (timeline.nowMs > limitMs) throw new Violation("requests or records are under way for too long");
    timeline.runUntil(timeline.nowMs + 500);
  }
  // A call that was lost has ended by then, and the next ones have told the store what is idle.
  timeline.runUntil(timeline.nowMs + 8_000);
  const serving = fleet.filter((process) => process.isServing);
  if (serving.length > 0) spendLast(world, pick(timeline, serving), keys[timeline.whole(0, keys.length - 1)]!);
  // What no process uses any more it closes, once the last minute has passed.
  timeline.runUntil(timeline.nowMs + 90_000);
  checkBooks(world);
  if (fleet.some((process) => process.isGone)) return;
  for (const meter of store.meters.values()) {
    const left = meter.leases.values().reduce((sum, lease) => sum + leftOf(meter.terms.measure, lease), 0n);
    if (left > 0n && store.leased(meter) > 0n)
      throw new Violation(`${left} of ${meter.terms.id} is leased, and nobody uses it`);
  }
}

/** A request that takes all that is left is admitted, wherever it arrives. */
function spendLast(
  { timeline, store, checks, fleet }: Parameters<typeof finish>[0],
  process: SimulatedProcess,
  key: SimulatedKey,
): void {
  process.watch(key);
  const own = checks.meters
    .filter(({ terms }) => isMoney(terms.measure) && key.accounts.includes(terms.account))
    .toArray();
  if (own.length === 0) return;
  const left = own.map(({ terms, limit }) => {
    const meter = store.meters.get(terms.id);
    // What vanished with its machine stays leased for a day.
    const gone = meter
      ? [...meter.leases.values()].filter(({ holder }) => fleet.every((one) => one.isGone || one.holder !== holder))
      : [];
    const blocked = gone.reduce((sum, lease) => sum + leftOf(terms.measure, lease), 0n);
    return limit - (meter?.spent ?? 0n) - blocked;
  });
  const worstCost = left.reduce((one, other) => (other < one ? other : one));
  if (worstCost <= 0n) return;
  let verdict: unknown = "nothing";
  const order = { key, worstCost, cost: worstCost, worstTokens: 0n, tokens: 0n, lifeMs: 100, extends: false };
  timeline.note(() => `the last ${worstCost} are asked for by ${process.name}`);
  process.serve({ ...order, isOnlyMoney: true }, (how) => (verdict = how));
  timeline.runUntil(timeline.nowMs + 3_000);
  if (verdict !== "admitted") throw new Violation(`the last ${worstCost} of key ${key.keyId} cannot be spent`);
}

/** The store's accounts are the sums of records and entries, and nothing is missing that the vendor has charged. */
function checkBooks({ store, checks, fleet, counts }: Parameters<typeof finish>[0]): void {
  const hasGone = fleet.some((process) => process.isGone);
  for (const { terms, spent } of store.meters.values()) {
    if (!isMoney(terms.measure)) continue;
    const booked = spentOf(terms, checks.booked) + spentOf(terms, store.entries);
    if (hasGone ? spent > booked : spent !== booked)
      throw new Violation(`${spent} of ${terms.id} is spent, and records and entries are ${booked} together`);
    const charged = checks.charged(terms.id);
    if (!hasGone && (counts.crashes === 0 ? charged !== spent : charged > spent))
      throw new Violation(`the vendor has charged ${charged} of ${terms.id}, and ${spent} is spent`);
  }
}

function makeOrder(
  timeline: Timeline,
  { keys, worstCostMax, worstTokensMax }: ReturnType<typeof makeAccounts>,
  lifeMs: number,
): Order {
  const worstCost = timeline.whole(timeline.chance(0.05) ? 0 : 1, worstCostMax);
  const worstTokens = timeline.whole(1, worstTokensMax);
  return {
    key: pick(timeline, keys),
    worstCost: BigInt(worstCost),
    cost: BigInt(timeline.whole(0, worstCost)),
    worstTokens: BigInt(worstTokens),
    tokens: BigInt(timeline.whole(0, worstTokens)),
    lifeMs: -Math.log(1 - timeline.random()) * lifeMs,
    extends: timeline.chance(0.05),
  };
}

function pick<T>(timeline: Timeline, of: readonly T[]): T {
  return of[timeline.whole(0, of.length - 1)]!;
}
