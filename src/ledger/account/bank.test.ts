import { describe, expect, test } from "bun:test";
import { grantClaim, isLate, type Claim, type LeaseState, type Measure, type MeterState } from "./bank.ts";
import { Meter } from "./meter.ts";

const nowMs = 1_800_000_000_000;
const dayMs = 86_400_000;

const claimOf = (fields: Partial<Claim> & { measure?: Measure }): Claim => {
  const { measure = "budget", ...claim } = fields;
  return {
    meter: { id: "m", account: "project:team", measure, currency: "USD", startMs: 0, endMs: nowMs * 2 },
    limit: 100n,
    keeps: 0n,
    drained: 0n,
    idle: 0n,
    needs: 0n,
    waitedMs: 0,
    wants: 0n,
    ...claim,
  };
};
const leaseOf = (holder: string, fields: Partial<LeaseState> = {}): LeaseState => ({
  holder,
  granted: 0n,
  drained: 0n,
  idle: 0n,
  needs: 0n,
  waitsMs: 0,
  expiresMs: nowMs + 60_000,
  ...fields,
});
const ask = (claim: Claim, leases: readonly LeaseState[], meter: Partial<MeterState> = {}) =>
  grantClaim({ spent: 0n, credit: 0n, ...meter, leases }, { claim, holder: "a", expiresMs: nowMs + 60_000 }, nowMs);

describe("a claim", () => {
  test("gets what nobody has, and no more", () => {
    const others = [leaseOf("b", { granted: 70n, drained: 20n, idle: 10n })];
    const { grant, lease } = ask(claimOf({ needs: 30n, isNew: true }), others, { spent: 20n });
    expect(grant).toMatchObject({ keeps: 30n, free: 0n, idleElsewhere: 10n });
    expect(lease).toMatchObject({ granted: 30n, needs: 0n });
  });

  test("that lacks what is idle elsewhere waits, with a part; one that lacks more than there is does not", () => {
    const others = [leaseOf("b", { granted: 60n, idle: 10n })];
    expect(ask(claimOf({ needs: 45n, isNew: true }), others).lease).toMatchObject({ granted: 40n, needs: 5n });
    expect(ask(claimOf({ needs: 51n, isNew: true }), others).lease).toMatchObject({ granted: 0n, needs: 0n });
  });

  test("leaves what another lacks that has waited for longer, and gives back what is idle", () => {
    const waits = leaseOf("b", { granted: 60n, needs: 30n, waitsMs: nowMs - 500 });
    const { grant } = ask(claimOf({ keeps: 20n, idle: 15n, needs: 0n, wants: 20n }), [waits, leaseOf("a")]);
    expect(grant).toMatchObject({ keeps: 20n, yields: true });
    expect(ask(claimOf({ needs: 10n, waitedMs: 400 }), [waits]).lease?.granted).toBe(10n);
    expect(ask(claimOf({ needs: 20n, waitedMs: 400 }), [{ ...waits, idle: 15n }]).lease?.granted).toBe(0n);
    expect(ask(claimOf({ needs: 20n, waitedMs: 600 }), [waits]).lease?.granted).toBe(20n);
  });

  test("does not wait for one whose process is gone since", () => {
    const dead = leaseOf("b", { granted: 60n, needs: 30n, waitsMs: nowMs - 2_600 });
    expect(ask(claimOf({ needs: 40n }), [dead]).grant).toMatchObject({ keeps: 40n });
  });

  test("raises what its holder has by what requests cost beyond it", () => {
    const own = leaseOf("a", { granted: 10n, drained: 25n });
    expect(ask(claimOf({ keeps: 10n, needs: 5n }), [own], { spent: 25n }).grant).toMatchObject({
      keeps: 30n,
      free: 70n,
    });
  });
});

test("what is drained from a lease and was never reserved from it is not there to be spent once more", () => {
  const meter = new Meter(claimOf({}).meter, 100n, 0);
  const own = leaseOf("a", { granted: 10n, drained: 80n });
  meter.take(ask(meter.claim(0, false), [leaseOf("a", { granted: 10n })]).grant);
  meter.take(ask(meter.claim(500, false), [own], { spent: 80n }).grant);
  expect(meter.available(500)).toBe(0n);
});

describe("a lease that has expired", () => {
  test("of money counts for a day, of a minute's share for a minute", () => {
    const keepsOf = (measure: Measure, expiredMs: number) =>
      ask(claimOf({ measure, needs: 60n }), [leaseOf("b", { granted: 60n, expiresMs: nowMs - expiredMs })]).grant.keeps;
    expect(keepsOf("budget", dayMs - 1)).toBe(0n);
    expect(keepsOf("budget", dayMs)).toBe(60n);
    expect(keepsOf("tokens", 59_999)).toBe(0n);
    expect(keepsOf("tokens", 60_000)).toBe(60n);
    expect(keepsOf("concurrency", 599_999)).toBe(0n);
    expect(keepsOf("concurrency", 600_000)).toBe(60n);
  });

  test("and is counted no more gives its holder, when it is back, only what requests hold and used", () => {
    const others = [leaseOf("b", { granted: 95n })];
    const claim = claimOf({ keeps: 50n, drained: 30n, idle: 15n });
    for (const own of [[], [leaseOf("a", { granted: 50n, drained: 30n, expiresMs: nowMs - dayMs })]])
      expect(ask(claim, [...others, ...own]).lease).toMatchObject({ granted: 35n, drained: 30n, idle: 0n });
  });
});

test("a message is late after a newer one, the same again, or its holder's end", () => {
  expect(isLate(undefined, 1)).toBe(false);
  expect(isLate({ sequence: 4, isClosed: false }, 5)).toBe(false);
  for (const sequence of [3, 4]) expect(isLate({ sequence: 4, isClosed: false }, sequence)).toBe(true);
  expect(isLate({ sequence: 4, isClosed: true }, 5)).toBe(true);
});
