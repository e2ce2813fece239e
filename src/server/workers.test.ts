import { afterAll, beforeAll, expect, test } from "bun:test";
import { Glob } from "bun";
import { readFileSync } from "node:fs";
import { eventually } from "../testing/eventually.ts";
import { chat, chatEvents, doneEvent, startFakeVendor, streamOf, type FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { isRunning, runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Two processes on one port. Every call opens its own connection, so the kernel spreads the calls over both.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const config = (names: string[]) => ({
  providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
  models: names.map((name) => ({
    name,
    targets: [{ provider: "fake", model: name === "long" ? "long" : "chat" }],
    price: { currency: "USD", input: 1, output: 2 },
  })),
  projects: [{ name: "default" }],
});

beforeAll(async () => {
  vendor = startFakeVendor({
    chat: chat(["fine"]),
    long: streamOf([...chatEvents(Array.from({ length: 1_000 }, (_, i) => `w${i} `)), doneEvent], { paceMs: 20 }),
  });
  sahab = await runSahab({
    env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()) },
    config: config(["chat", "long"]),
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const call = (model = "chat", withKey = key) =>
  sahab.call(
    "/v1/chat/completions",
    { model, messages: [{ role: "user", content: "Hi" }] },
    { key: withKey, headers: { connection: "close" } },
  );

/** Statuses of `count` calls, each over its own connection. */
async function statuses(count: number, model = "chat", withKey = key): Promise<Set<number>> {
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const response = await call(model, withKey);
      await response.text();
      return response.status;
    }),
  );
  return new Set(all);
}

/** The running worker processes. */
function workerPids(): number[] {
  return sahab.children().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker-main"));
}

test("both serve, and usage and metrics cover both", async () => {
  expect(workerPids()).toHaveLength(2);
  expect([...(await statuses(60))]).toEqual([200]);
  const records = await sahab.records();
  expect(records).toHaveLength(60);
  expect(new Set(records.map((record) => record.id)).size).toBe(60);
  // Whichever process answers /metrics reports the sum. Asked several times, so that both answer.
  for (let i = 0; i < 6; i++) {
    const text = await (await fetch(`${sahab.address}/metrics`, { headers: { connection: "close" } })).text();
    expect(text).toMatch(/sahab_requests_total\{[^}]*status="200"[^}]*\} 60\n/);
    expect(text).toMatch(/sahab_tokens_total\{[^}]*kind="input"[^}]*\} 6000\n/);
  }
});

test("a key that one process makes or revokes is known to the other at once", async () => {
  for (let i = 0; i < 4; i++) {
    const made = await sahab.createKey();
    expect([...(await statuses(10, "chat", made.key))]).toEqual([200]);
    const revoked = await sahab.admin(`/keys/${made.id}`, { method: "DELETE", headers: { connection: "close" } });
    expect(revoked.status).toBe(200);
    expect([...(await statuses(10, "chat", made.key))]).toEqual([401]);
  }
});

test("a change of the configuration reaches both before apply answers", async () => {
  expect([...(await statuses(10, "added"))]).toEqual([404]);
  await sahab.apply(config(["chat", "long", "added"]));
  expect([...(await statuses(20, "added"))]).toEqual([200]);
  await sahab.apply(config(["chat", "long"]));
  expect([...(await statuses(20, "added"))]).toEqual([404]);
});

test("a worker that is killed comes back; meanwhile the other serves, and reports do not hang", async () => {
  const before = workerPids();
  const [victim = 0] = before;
  const total = (await sahab.records()).length;
  process.kill(victim, "SIGKILL");
  // A report right after the kill must not wait for the dead worker.
  const askedMs = performance.now();
  await eventually("an answer of the survivor", async () => (await call().catch(() => undefined))?.ok);
  await eventually("a report", async () => (await sahab.admin("/requests?limit=1").catch(() => undefined))?.ok);
  expect(performance.now() - askedMs).toBeLessThan(20_000);
  const after = await eventually("two workers", () => {
    const now = workerPids();
    return now.length === 2 && !now.includes(victim) && now;
  });
  expect(after).not.toEqual(before);
  await eventually("both to serve again", async () => [...(await statuses(20).catch(() => [0]))].join() === "200");
  expect((await sahab.records()).length).toBeGreaterThan(total + 20);
});

test("what a killed worker was serving is recorded as interrupted, while the others go on", async () => {
  const response = await sahab.call(
    "/v1/chat/completions",
    { model: "long", stream: true, messages: [{ role: "user", content: "Hi" }] },
    { key, headers: { connection: "close" } },
  );
  const id = response.headers.get("x-request-id");
  const cut = response.text().catch(() => "cut");
  const segment = await eventually("its progress in a journal", async () => {
    for (const name of new Glob("*/*.journal").scanSync(`${sahab.dataDir}/journal`)) {
      const text = await Bun.file(`${sahab.dataDir}/journal/${name}`).text();
      if (new RegExp(` p \\[\\d+,"${id}"`).test(text)) return name;
    }
    return undefined;
  });
  process.kill(Number(segment.split("-")[1]), "SIGKILL");
  await cut;
  const record = await eventually("the record", async () =>
    (await sahab.records().catch(() => [])).find((one) => one.id === id),
  );
  expect(record).toMatchObject({ outcome: "interrupted", estimated: true, model: "long" });
});

test("SIGTERM ends all of it with status 0 and leaves no process and no journal", async () => {
  const pids = workerPids();
  const count = (await sahab.records()).length;
  await statuses(10);
  expect(await sahab.kill("SIGTERM")).toBe(0);
  expect(pids.filter(isRunning)).toEqual([]);
  await sahab.start();
  expect(await sahab.records()).toHaveLength(count + 10);
});

test("kill -9 of the parent leaves no worker running", async () => {
  const pids = workerPids();
  await statuses(10);
  const count = (await sahab.records()).length;
  await sahab.kill("SIGKILL");
  await eventually("the workers' end", () => pids.every((pid) => !isRunning(pid)));
  await sahab.start();
  expect(await sahab.records()).toHaveLength(count);
});

test("a second Sahab cannot share the port", async () => {
  const { port } = new URL(sahab.address);
  const failure = await runSahab({ env: { SAHAB_WORKERS: "2", SAHAB_PORT: port } }).catch((error: unknown) => error);
  expect(String(failure)).toContain(`Port ${port}`);
  expect(await statuses(20)).toEqual(new Set([200]));
});
