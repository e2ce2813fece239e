import { expect, test } from "bun:test";
import { createKey, KeyRing } from "./keys.ts";
import type { KeyRow } from "./store/index.ts";

const adminKey = "sk-sahab-admin-of-the-tests";

/** A ring over keys in memory, with a clock that the test moves. */
function openRing(rows: KeyRow[] = []) {
  const state = { now: 1_000_000, lookups: 0, questions: 0, fail: false };
  const store = {
    findKeysByHash(hashes: readonly string[]) {
      state.lookups += hashes.length;
      state.questions++;
      return state.fail
        ? Promise.reject(new Error("away"))
        : Promise.resolve(rows.filter((row) => hashes.includes(row.hash)));
    },
  };
  return {
    state,
    rows,
    ring: new KeyRing({ store, clock: { now: () => state.now, monotonic: () => state.now } }, { adminKey }),
  };
}

const newKey = (fields: Partial<KeyRow> = {}) => {
  const made = createKey({ name: "a", project: "team", expiresMs: null, terms: "{}" }, 1);
  return { key: made.key, row: { ...made.row, ...fields } };
};

async function codeOf(authenticate: () => unknown): Promise<string> {
  try {
    await authenticate();
    return "known";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("a key is random, and its row holds a hash and a beginning only", () => {
  const one = newKey();
  const two = newKey();
  expect(one.key).toMatch(/^sk-sahab-[0-9a-z]{32}$/);
  expect(one.key).not.toBe(two.key);
  expect(one.row.hash).toBe(new Bun.CryptoHasher("sha256").update(one.key).digest("hex"));
  expect(JSON.stringify(one.row)).not.toContain(one.key.slice(15));
});

test("known keys answer from memory, within their time", async () => {
  const { key, row } = newKey();
  const { ring, state } = openRing([row]);
  expect(await ring.authenticate(key)).toEqual({ keyId: row.id, project: "team", role: "user" });
  expect(ring.authenticate(key)).not.toBeInstanceOf(Promise);
  expect(state.lookups).toBe(1);
  state.now += 60_000;
  await ring.authenticate(key);
  expect(state.lookups).toBe(2);
});

test("an unknown key is remembered too, so a client that repeats it does not reach the store", async () => {
  const { ring, state } = openRing();
  for (let i = 0; i < 100; i++) expect(await codeOf(() => ring.authenticate("sk-wrong"))).toBe("invalid_api_key");
  expect(state.lookups).toBe(1);
});

test("a flood of different unknown keys reaches the store in few questions, and pushes no good key out of memory", async () => {
  const good = newKey();
  const { ring, state } = openRing([good.row]);
  await ring.authenticate(good.key);
  const startedMs = performance.now();
  for (let round = 0; round < 6; round++) {
    const asked = Array.from({ length: 10_000 }, (_, index) => codeOf(() => ring.authenticate(`sk-${round}-${index}`)));
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["invalid_api_key"]));
  }
  expect(state.questions).toBeLessThanOrEqual(2 + (performance.now() - startedMs) / 50);
  expect(state.lookups).toBe(60_001);
  expect(ring.authenticate(good.key)).not.toBeInstanceOf(Promise);
  expect(await codeOf(() => ring.authenticate("sk-5-9999"))).toBe("invalid_api_key");
  expect(state.lookups).toBe(60_001);
  // The oldest are forgotten.
  await codeOf(() => ring.authenticate("sk-0-0"));
  expect(state.lookups).toBe(60_002);
}, 30_000);

test("keys that wait to be looked up are bounded, and what is over is told so", async () => {
  const good = newKey();
  const { ring } = openRing([good.row]);
  const asked = Array.from({ length: 25_000 }, (_, index) => codeOf(() => ring.authenticate(`sk-${index}`)));
  const codes = await Promise.all(asked);
  expect(codes.filter((code) => code === "overloaded").length).toBe(25_000 - 20_001);
  expect(await codeOf(() => ring.authenticate(good.key))).toBe("known");
}, 30_000);

test("a good key in the middle of wrong ones is found as soon as they are", async () => {
  const good = newKey();
  const { ring, state } = openRing([good.row]);
  const wrong = Array.from({ length: 500 }, (_, index) => codeOf(() => ring.authenticate(`sk-${index}`)));
  expect(await codeOf(() => ring.authenticate(good.key))).toBe("known");
  expect(state.questions).toBe(2);
  await Promise.all(wrong);
});

test("none, revoked and expired are told apart; expiry is seen without asking again", async () => {
  const revoked = newKey({ revokedMs: 5 });
  const expiring = newKey({ expiresMs: 1_000_500 });
  const { ring, state } = openRing([revoked.row, expiring.row]);
  expect(await codeOf(() => ring.authenticate(undefined))).toBe("missing_api_key");
  expect(await codeOf(() => ring.authenticate(""))).toBe("missing_api_key");
  expect(await codeOf(() => ring.authenticate(revoked.key))).toBe("revoked_api_key");
  expect(await codeOf(() => ring.authenticate(expiring.key))).toBe("known");
  state.now += 500;
  expect(await codeOf(() => ring.authenticate(expiring.key))).toBe("expired_api_key");
});

test("while the store is away: 503, never 401; a key that was good goes on, one that was not stays out", async () => {
  const good = newKey();
  const revoked = newKey({ revokedMs: 5 });
  const fresh = newKey();
  const { ring, state } = openRing([good.row, revoked.row, fresh.row]);
  await ring.authenticate(good.key);
  await codeOf(() => ring.authenticate(revoked.key));
  state.fail = true;
  state.now += 60_000;
  expect(await codeOf(() => ring.authenticate(good.key))).toBe("known");
  expect(await codeOf(() => ring.authenticate(revoked.key))).toBe("revoked_api_key");
  expect(await codeOf(() => ring.authenticate(fresh.key))).toBe("store_unavailable");
  expect(ring.authenticate(adminKey)).toMatchObject({ role: "admin" });
});

test("forgetting makes a change seen at once", async () => {
  const { key, row } = newKey();
  const { ring, rows } = openRing([]);
  expect(await codeOf(() => ring.authenticate(key))).toBe("invalid_api_key");
  rows.push(row);
  ring.forget();
  expect(await codeOf(() => ring.authenticate(key))).toBe("known");
  rows[0] = { ...row, revokedMs: 9 };
  ring.forget();
  expect(await codeOf(() => ring.authenticate(key))).toBe("revoked_api_key");
});

test("a look-up that was under way when the keys were forgotten does not bring back what it saw before", async () => {
  const { key, row } = newKey();
  let answer: (row: KeyRow) => void = () => undefined;
  let current = row;
  let lookups = 0;
  const store = {
    findKeysByHash() {
      lookups++;
      if (lookups > 1) return Promise.resolve([current]);
      return new Promise<KeyRow[]>((resolve) => {
        answer = (row) => resolve([row]);
      });
    },
  };
  const ring = new KeyRing({ store, clock: { now: () => 1, monotonic: () => 1 } }, { adminKey });
  const early = Promise.resolve(ring.authenticate(key)).catch(() => undefined);
  current = { ...row, revokedMs: 9 };
  ring.forget();
  answer(row); // read before the revocation
  await early;
  expect(await codeOf(() => ring.authenticate(key))).toBe("revoked_api_key");
});
