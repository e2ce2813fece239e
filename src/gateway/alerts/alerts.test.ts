import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { openLog, type Log } from "../../base/log.ts";
import { alertPercents, type AlertHook } from "../../config/index.ts";
import { openStoreThread, type StoreThread } from "../../ledger/index.ts";
import { eventually } from "../../testing/eventually.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { isSigned, startWebhook } from "../../testing/webhook.ts";
import { Alerts, type BudgetAlert } from "./alerts.ts";

// Alerts from two processes that share a store, to real servers.

const secret = "the secret of the webhook";
const silent = openLog({ level: "silent", pretty: false });
const proxies = { http: undefined, https: undefined, none: "" };
const cleanups: (() => unknown)[] = [];
let store: StoreThread;
let logged: string[];
let log: Log;

beforeEach(async () => {
  const folder = makeTemporaryFolder();
  cleanups.push(() => removeTemporaryFolder(folder));
  store = await openStoreThread({ log: silent }, { path: join(folder, "a.db"), masterKey: "a master key for tests" });
  cleanups.push(() => store.close());
  logged = [];
  const note = (fields: object, text: string) => logged.push(`${JSON.stringify(fields)} ${text}`);
  log = { warn: note, debug: note } as unknown as Log;
});
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean();
});

const hookTo = (url: string, more: Partial<AlertHook> = {}): AlertHook => ({
  url,
  secret,
  allowsPrivate: true,
  at: alertPercents,
  ...more,
});

function process(hooks: readonly AlertHook[], resolve?: (name: string) => Promise<string[]>): Alerts {
  const options = { proxies, lookMs: 50, firstPauseMs: 100, resolve };
  const keyName = (id: string) => (id === "key_1" ? "ben" : undefined);
  const alerts = new Alerts({ store, clock: systemClock, log, hooks: () => hooks, keyName }, options);
  alerts.run();
  cleanups.push(() => alerts.stop());
  return alerts;
}

function webhook(answer?: Parameters<typeof startWebhook>[0]) {
  const hook = startWebhook(answer);
  cleanups.push(() => hook.stop());
  return hook;
}

const reached: BudgetAlert = {
  meterId: "project:team budget USD 2026-11",
  account: "project:team",
  measure: "budget",
  window: { period: "month", startMs: Date.UTC(2026, 10), endMs: Date.UTC(2026, 11) },
  percent: 80,
  spent: 4_000_500_000_000n,
  limit: 5_000_000_000_000n,
  currency: "USD",
  isSoft: false,
};

/** What the ledger knows of that budget's meter. */
const meterAt = (spent: bigint, more: object = {}) => ({
  terms: {
    id: reached.meterId,
    account: reached.account,
    measure: "budget",
    currency: "USD",
    startMs: reached.window.startMs,
    endMs: reached.window.endMs,
    period: "month" as const,
  },
  limit: 1_000n as bigint | undefined,
  soft: [] as bigint[],
  news: { spent, credit: 0n },
  ...more,
});

test("an alert that several processes raise is sent once to each webhook that is told of it, signed", async () => {
  const [one, other, late] = [webhook(), webhook(), webhook()];
  const hooks = [hookTo(one.url), hookTo(other.url), hookTo(late.url, { at: [100] })];
  const processes = [process(hooks), process(hooks), process(hooks)];
  await Promise.all(processes.flatMap((alerts) => [alerts.raise(reached), alerts.raise(reached)]));
  await eventually("both webhooks", () => one.calls.length === 1 && other.calls.length === 1);
  await Bun.sleep(200);
  expect([one.calls.length, other.calls.length, late.calls.length]).toEqual([1, 1, 0]);
  const [call] = one.calls;
  expect(call && isSigned(call, secret)).toBe(true);
  expect(call?.headers.get("content-type")).toBe("application/json");
  expect(call?.body).toEqual({
    id: expect.stringMatching(/^alt_/),
    type: "budget",
    time: expect.stringMatching(/^20.*Z$/),
    account: "project:team",
    measure: "budget",
    window: "month",
    start: "2026-11-01T00:00:00.000Z",
    end: "2026-12-01T00:00:00.000Z",
    percent: 80,
    spent: "4000.5",
    limit: "5000",
    currency: "USD",
    soft: false,
  });
  expect(logged).toHaveLength(1);
  expect(logged[0]).toContain('"percent":80');
});

test("a webhook that fails, or leads on, gets the same alert again after growing pauses", async () => {
  const elsewhere = webhook();
  const times: number[] = [];
  const hook = webhook((call) => {
    times.push(performance.now());
    if (call === 1) return new Response("no", { status: 500 });
    if (call === 2) return Response.redirect(elsewhere.url, 307);
    return new Response("taken");
  });
  await process([hookTo(hook.url)]).raise(reached);
  await eventually("the third try", () => hook.calls.length === 3);
  await Bun.sleep(150);
  expect(hook.calls.map(({ body }) => body.id)).toEqual(Array(3).fill(hook.calls[0]?.body.id));
  expect(hook.calls.every((call) => isSigned(call, secret))).toBe(true);
  const [first = 0, second = 0, third = 0] = times;
  expect([second - first >= 95, third - second >= 290]).toEqual([true, true]);
  expect(elsewhere.calls).toEqual([]);
  expect(logged.filter((line) => line.includes("could not be sent"))).toHaveLength(2);
  // Neither a secret nor an address that may be as good as one.
  for (const line of logged) for (const word of [secret, "in-the-address"]) expect(line).not.toContain(word);
});

test("nothing goes to this machine or a private network unless that is allowed, by whatever name", async () => {
  const hook = webhook();
  const inside: Record<string, string> = { "inside.example": "127.0.0.1", "private.example": "10.1.2.3" };
  const resolve = (name: string) => Promise.resolve([inside[name] ?? "169.254.169.254"]);
  const urls = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", ...Object.keys(inside)];
  const strict = urls.map((name) => hookTo(`http://${name}:${hook.port}/`, { allowsPrivate: false }));
  // What clouds give out secrets at is never allowed.
  const metadata = hookTo("http://metadata.example/");
  const alerts = process([...strict, metadata], resolve);
  const results = await alerts.test();
  expect(results.map(({ failure }) => failure?.includes("not a public address"))).toEqual(Array(6).fill(true));
  expect(hook.calls).toEqual([]);
  const allowed = process([hookTo(`http://inside.example:${hook.port}/`)], resolve);
  expect(await allowed.test()).toEqual([{ host: `inside.example:${hook.port}`, failure: undefined }]);
  expect(hook.calls.map(({ body }) => body["type"])).toEqual(["test"]);
});

test("a meter is told of at each part of its budgets that is reached, once, and again when the budget is raised", async () => {
  const hook = webhook();
  const alerts = process([hookTo(hook.url)]);
  const told = async (count: number) => {
    await eventually(`${count} alerts`, () => hook.calls.length === count);
    return hook.calls.map(({ body }) => `${String(body["percent"])} of ${String(body["limit"])}`).sort();
  };
  alerts.note(meterAt(499n));
  alerts.note(meterAt(500n));
  alerts.note(meterAt(800n));
  alerts.note(meterAt(800n));
  expect(await told(2)).toEqual(["50 of 0.000001", "80 of 0.000001"]);
  alerts.note(meterAt(800n, { limit: 1_600n }));
  expect(await told(3)).toEqual(["50 of 0.000001", "50 of 0.0000016", "80 of 0.000001"]);
  alerts.note(meterAt(10n, { limit: undefined, soft: [20n] }));
  expect(await told(4)).toContain("50 of 0.00000002");
  expect(hook.calls.at(-1)?.body["soft"]).toBe(true);
  const { terms } = meterAt(0n);
  const balance = { ...terms, id: "b", measure: "balance", period: undefined };
  alerts.note(meterAt(0n, { terms: balance, limit: 0n, news: { spent: 50n, credit: 100n } }));
  expect(await told(5)).toContain("50 of 0.0000001");
  expect(hook.calls.at(-1)?.body).toMatchObject({ measure: "balance", window: "total", start: null, end: null });
  // Sessions and what is no money.
  alerts.note(meterAt(1_000n, { terms: { ...terms, id: "s", account: "session:key/one" } }));
  alerts.note(meterAt(1_000n, { terms: { ...terms, id: "t", measure: "tokens" } }));
  await Bun.sleep(150);
  expect(hook.calls).toHaveLength(5);
});

test("a key is told of by its name, too", async () => {
  const hook = webhook();
  await process([hookTo(hook.url)]).raise({ ...reached, meterId: "key:key_1 budget", account: "key:key_1" });
  await eventually("the webhook", () => hook.calls.length === 1);
  expect(hook.calls[0]?.body).toMatchObject({ account: "key:key_1", account_name: "ben" });
  expect(logged[0]).toContain('"account":"key:key_1","name":"ben"');
});

test("what a process could not send before it stopped, another sends", async () => {
  let isUp = false;
  const hook = webhook(() => new Response(null, { status: isUp ? 200 : 503 }));
  const first = process([hookTo(hook.url)]);
  await first.raise(reached);
  await eventually("the first try", () => hook.calls.length > 0);
  await first.stop();
  isUp = true;
  process([hookTo(hook.url)]);
  const tries = hook.calls.length;
  await eventually("another try", () => hook.calls.length === tries + 1);
  await Bun.sleep(150);
  expect(hook.calls).toHaveLength(tries + 1);
});
