import { expect, test } from "bun:test";
import { limitAddresses, type AddressLimit } from "../base/address-limit.ts";
import { createKey, KeyRing } from "./keys.ts";
import type { KeyRow } from "./store/index.ts";

const adminKey = "sk-sahab-admin-of-the-tests";
const here = "192.0.2.1";

/** A ring over keys in memory, with a clock that the test moves. */
function openRing(rows: KeyRow[] = [], adminAddresses?: AddressLimit) {
  const notes: unknown[][] = [];
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
    ring: new KeyRing(
      {
        store,
        clock: { now: () => state.now, monotonic: () => state.now },
        refusals: { note: (...noted) => notes.push(noted) },
      },
      { adminKey, adminAddresses },
    ),
    notes,
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
  expect(await ring.authenticate(key, here)).toEqual({
    keyId: row.id,
    name: "a",
    project: "team",
    role: "user",
    models: undefined,
  });
  expect(ring.authenticate(key, here)).not.toBeInstanceOf(Promise);
  expect(state.lookups).toBe(1);
  state.now += 60_000;
  await ring.authenticate(key, here);
  expect(state.lookups).toBe(2);
});

test("an unknown key is remembered too, so a client that repeats it does not reach the store", async () => {
  const { ring, state } = openRing();
  for (let i = 0; i < 100; i++) expect(await codeOf(() => ring.authenticate("sk-wrong", here))).toBe("invalid_api_key");
  expect(state.lookups).toBe(1);
});

test("a flood of different unknown keys reaches the store in few questions, and pushes no good key out of memory", async () => {
  const good = newKey();
  const { ring, state } = openRing([good.row]);
  await ring.authenticate(good.key, here);
  const startedMs = performance.now();
  for (let round = 0; round < 6; round++) {
    const asked = Array.from({ length: 10_000 }, (_, index) =>
      codeOf(() => ring.authenticate(`sk-${round}-${index}`, here)),
    );
    expect(new Set(await Promise.all(asked))).toEqual(new Set(["invalid_api_key"]));
  }
  expect(state.questions).toBeLessThanOrEqual(2 + (performance.now() - startedMs) / 50);
  expect(state.lookups).toBe(60_001);
  expect(ring.authenticate(good.key, here)).not.toBeInstanceOf(Promise);
  expect(await codeOf(() => ring.authenticate("sk-5-9999", here))).toBe("invalid_api_key");
  expect(state.lookups).toBe(60_001);
  // The oldest are forgotten.
  await codeOf(() => ring.authenticate("sk-0-0", here));
  expect(state.lookups).toBe(60_002);
});

test("keys that wait to be looked up are bounded, and what is over is told so", async () => {
  const good = newKey();
  const { ring } = openRing([good.row]);
  const asked = Array.from({ length: 25_000 }, (_, index) => codeOf(() => ring.authenticate(`sk-${index}`, here)));
  const codes = await Promise.all(asked);
  expect(codes.filter((code) => code === "overloaded").length).toBe(25_000 - 20_001);
  expect(await codeOf(() => ring.authenticate(good.key, here))).toBe("known");
});

test("a good key in the middle of wrong ones is found as soon as they are", async () => {
  const good = newKey();
  const { ring, state } = openRing([good.row]);
  const wrong = Array.from({ length: 500 }, (_, index) => codeOf(() => ring.authenticate(`sk-${index}`, here)));
  expect(await codeOf(() => ring.authenticate(good.key, here))).toBe("known");
  expect(state.questions).toBe(2);
  await Promise.all(wrong);
});

test("none, revoked and expired are told apart; expiry is seen without asking again", async () => {
  const revoked = newKey({ revokedMs: 5 });
  const expiring = newKey({ expiresMs: 1_000_500 });
  const { ring, state } = openRing([revoked.row, expiring.row]);
  expect(await codeOf(() => ring.authenticate(undefined, here))).toBe("missing_api_key");
  expect(await codeOf(() => ring.authenticate("", here))).toBe("missing_api_key");
  expect(await codeOf(() => ring.authenticate(revoked.key, here))).toBe("revoked_api_key");
  expect(await codeOf(() => ring.authenticate(expiring.key, here))).toBe("known");
  state.now += 500;
  expect(await codeOf(() => ring.authenticate(expiring.key, here))).toBe("expired_api_key");
});

test("while the store is away: 503, never 401; a key that was good goes on, one that was not stays out", async () => {
  const good = newKey();
  const revoked = newKey({ revokedMs: 5 });
  const fresh = newKey();
  const { ring, state } = openRing([good.row, revoked.row, fresh.row]);
  await ring.authenticate(good.key, here);
  await codeOf(() => ring.authenticate(revoked.key, here));
  state.fail = true;
  state.now += 60_000;
  expect(await codeOf(() => ring.authenticate(good.key, here))).toBe("known");
  expect(await codeOf(() => ring.authenticate(revoked.key, here))).toBe("revoked_api_key");
  expect(await codeOf(() => ring.authenticate(fresh.key, here))).toBe("store_unavailable");
  expect(ring.authenticate(adminKey, here)).toMatchObject({ role: "admin" });
});

test("forgetting makes a change seen at once", async () => {
  const { key, row } = newKey();
  const { ring, rows } = openRing([]);
  expect(await codeOf(() => ring.authenticate(key, here))).toBe("invalid_api_key");
  rows.push(row);
  ring.forget();
  expect(await codeOf(() => ring.authenticate(key, here))).toBe("known");
  rows[0] = { ...row, revokedMs: 9 };
  ring.forget();
  expect(await codeOf(() => ring.authenticate(key, here))).toBe("revoked_api_key");
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
  const ring = new KeyRing(
    { store, clock: { now: () => 1, monotonic: () => 1 }, refusals: { note: () => undefined } },
    { adminKey },
  );
  const early = Promise.resolve(ring.authenticate(key, here)).catch(() => undefined);
  current = { ...row, revokedMs: 9 };
  ring.forget();
  answer(row); // read before the revocation
  await early;
  expect(await codeOf(() => ring.authenticate(key, here))).toBe("revoked_api_key");
});

test("a key with a limit of addresses is good from these alone, and only its holder hears which they are", async () => {
  const limited = newKey({ addresses: ["10.0.0.0/8", "2001:db8::/32"] });
  const { ring, notes } = openRing([limited.row]);
  for (const address of ["10.1.2.3", "2001:db8::7", "10.1.2.3"])
    expect([address, await codeOf(() => ring.authenticate(limited.key, address))]).toEqual([address, "known"]);
  const refused = await Promise.resolve()
    .then(() => ring.authenticate(limited.key, "192.0.2.9"))
    .catch(String);
  for (const part of ["192.0.2.9", "10.0.0.0/8, 2001:db8::/32"]) expect(refused).toContain(part);
  expect(refused).not.toContain(limited.key);
  expect(await codeOf(() => ring.authenticate("sk-wrong", "192.0.2.9"))).toBe("invalid_api_key");
  expect(notes).toEqual([["key_address", { keyId: limited.row.id, project: "team", address: "192.0.2.9" }]]);
});

test("a stored limit that cannot be read lets nobody in", async () => {
  const limited = newKey({ addresses: ["10.0.0.0/8", "of a later version"] });
  const { ring } = openRing([limited.row]);
  expect(await Promise.resolve(ring.authenticate(limited.key, "10.0.0.1")).then(Boolean, () => "refused")).toBe(
    "refused",
  );
});

test("keys of role admin are good from the owner's addresses alone, whatever their own limit says", async () => {
  const named = newKey({ role: "admin" });
  const narrower = newKey({ role: "admin", addresses: ["10.0.0.7"] });
  const wider = newKey({ role: "admin", addresses: ["0.0.0.0/0"] });
  const user = newKey();
  const { ring } = openRing([named.row, narrower.row, wider.row, user.row], limitAddresses(["10.0.0.0/8"]));
  const from = async (address: string) =>
    Promise.all(
      [adminKey, named.key, narrower.key, wider.key, user.key].map((key) =>
        codeOf(() => ring.authenticate(key, address)),
      ),
    );
  const no = "address_not_allowed";
  expect(await from("10.0.0.7")).toEqual(["known", "known", "known", "known", "known"]);
  expect(await from("10.0.0.8")).toEqual(["known", "known", no, "known", "known"]);
  expect(await from("192.0.2.9")).toEqual([no, no, no, no, "known"]);
});

test("another admin key takes the place of the one before at once", async () => {
  const { ring } = openRing();
  ring.replaceAdminKey("sk-sahab-admin-the-next-one");
  expect(ring.authenticate("sk-sahab-admin-the-next-one", here)).toMatchObject({ keyId: "admin", role: "admin" });
  expect(await codeOf(() => ring.authenticate(adminKey, here))).toBe("invalid_api_key");
});

test("the models of a key are known with it", async () => {
  const { key, row } = newKey({ models: ["chat", "nano-*"] });
  const { ring } = openRing([row]);
  const { models } = await ring.authenticate(key, here);
  for (const [name, isAllowed] of [
    ["chat", true],
    ["chat-large", false],
    ["nano-", true],
    ["nano-2", true],
    ["nano", false],
    ["nano-*", true],
    ["", false],
  ] as const)
    expect([name, models?.includes(name)]).toEqual([name, isAllowed]);
});

test("when keys were let in is told once, also of those that are forgotten meanwhile, and costs no look-up", async () => {
  const [one, two, refused] = [newKey(), newKey(), newKey({ addresses: ["10.0.0.7"] })];
  const { ring, state } = openRing([one.row, two.row, refused.row]);
  expect(ring.takeUses()).toEqual([]);
  await ring.authenticate(one.key, here);
  await codeOf(() => ring.authenticate(refused.key, here));
  state.now += 1_000;
  await ring.authenticate(one.key, here);
  ring.forget();
  await ring.authenticate(two.key, here);
  expect(ring.takeUses()).toEqual([
    { id: one.row.id, usedMs: 1_001_000 },
    { id: two.row.id, usedMs: 1_001_000 },
  ]);
  expect(ring.takeUses()).toEqual([]);
  state.now += 60_000;
  await ring.authenticate(two.key, here);
  expect(ring.takeUses()).toEqual([{ id: two.row.id, usedMs: 1_061_000 }]);
  expect(state.lookups).toBe(4);
});

test("all requests with a key share one caller, so that limits cost no allocation", async () => {
  const { key, row } = newKey({ models: ["chat"], addresses: [here] });
  const { ring } = openRing([row]);
  const first = await ring.authenticate(key, here);
  expect(ring.authenticate(key, here)).toBe(first);
});
