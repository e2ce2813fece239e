import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvironment } from "../base/environment.ts";
import { openLog } from "../base/log.ts";
import { parseCloudConfig, writeConfig } from "../config/index.ts";
import { createKey, openStoreThread, type StoreThread } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { dataFolder } from "./data-folder.ts";
import { startServing, type Serving } from "./serving.ts";
import { wholeScope } from "../ledger/index.ts";

// A serving process whose store's thread crashes or is stuck.

const log = openLog({ level: "silent", pretty: false });
const adminKey = "sk-admin-key-for-tests";
let root: string;
let vendor: FakeVendor;
let store: StoreThread;
let serving: Serving;
/** A key that is in the store and in the memory of the process. */
let known: string;

beforeEach(async () => {
  root = makeTemporaryFolder();
  vendor = startFakeVendor({ quick: chat(["a ", "b "]) });
  const folder = dataFolder(root);
  for (const dir of [folder.journalDir, folder.modelsDir, folder.socketDir]) mkdirSync(dir, { recursive: true });
  store = await openStoreThread(
    { log },
    { path: folder.database, masterKey: "a master key for tests" },
    { program: join(import.meta.dir, "..", "testing", "breakable-store.ts"), callMs: 1_500 },
  );
  const config = parseCloudConfig({
    providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
    models: [
      {
        name: "quick",
        targets: [{ provider: "fake", model: "quick" }],
        price: { currency: "USD", input: 1, output: 2 },
      },
    ],
    projects: [{ name: "default" }],
  });
  expect(await writeConfig(store, config, 1)).toBeTrue();
  const created = createKey({ name: "known", project: "default", expiresMs: null, terms: "{}" }, Date.now());
  await store.insertKey(created.row);
  known = created.key;
  const nothing = () => Promise.resolve();
  serving = await startServing(
    {
      store,
      log,
      whole: {
        changed: nothing,
        engines: () => Promise.resolve({ engines: [], memory: null }),
        setLoaded: nothing,
        pulls: () => Promise.resolve([]),
        cancelPull: () => Promise.resolve(undefined),
        metrics: () => Promise.resolve(""),
        drainJournals: () => serving.drainJournal(),
        rotateMasterKey: () => Promise.resolve(0),
        rotateAdminKey: () => Promise.reject(new Error("not asked here")),
      },
    },
    {
      ...parseEnvironment({}),
      settings: parseEnvironment({}),
      variableNames: [],
      port: 0,
      adminKey: { key: adminKey },
      masterKey: { keys: ["a master key for tests"] },
      folder,
      index: 0,
      process: "0",
      environmentProviders: { providers: [], warnings: [] },
      reusePort: false,
      startedMs: 0,
    },
  );
  expect((await call(known)).status).toBe(200);
});
afterEach(async () => {
  for (const how of ["crash", "hang"]) rmSync(join(root, `sahab.db.${how}`), { force: true });
  await serving.stop(0);
  await store.close();
  await vendor.stop();
  removeTemporaryFolder(root);
});

const address = () => `http://127.0.0.1:${serving.port}`;
async function call(key: string) {
  const response = await fetch(`${address()}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "quick", messages: [{ role: "user", content: "Hi" }] }),
  });
  const body = (await response.json()) as { error?: { code: string } };
  return { status: response.status, code: body.error?.code, id: response.headers.get("x-request-id") ?? "" };
}
const readyStatus = async () => (await fetch(`${address()}/readyz`)).status;
async function storedIds() {
  const response = await fetch(`${address()}/admin/v1/requests`, { headers: { authorization: `Bearer ${adminKey}` } });
  const body = (await response.json()) as { requests?: { id: string }[]; error?: { code: string } };
  return { status: response.status, code: body.error?.code, ids: body.requests?.map(({ id }) => id) };
}

for (const how of ["crash", "hang"]) {
  test(`${how}: unknown keys get 503, known ones go on, and what they used reaches the store later`, async () => {
    const file = join(root, `sahab.db.${how}`);
    writeFileSync(file, "");
    expect(await eventually("503", async () => (await readyStatus()) === 503)).toBeTrue();
    const during = await call(known);
    expect(during.status).toBe(200);
    expect(await call("sk-sahab-nobody-knows-this-key")).toMatchObject({ status: 503, code: "store_unavailable" });
    expect(await storedIds()).toMatchObject({ status: 503, code: "store_unavailable" });
    expect((await fetch(`${address()}/healthz`)).status).toBe(200);

    rmSync(file);
    await eventually("readiness", async () => (await readyStatus()) === 200);
    expect((await storedIds()).ids?.filter((id) => id === during.id)).toHaveLength(1);
    expect(await call("sk-sahab-nobody-knows-this-key")).toMatchObject({ status: 401, code: "invalid_api_key" });
  });
}

test("a stop while the thread is stuck ends, and leaves the records in the journal", async () => {
  const file = join(root, "sahab.db.hang");
  writeFileSync(file, "");
  const { id } = await call(known);
  await serving.stop(0);
  await store.close();
  rmSync(file);
  const again = await openStoreThread(
    { log },
    { path: dataFolder(root).database, masterKey: "a master key for tests" },
  );
  await again.recoverJournals(dataFolder(root).journalDir);
  const { records } = await again.listUsage(wholeScope, { limit: 10, cursor: undefined });
  await again.close();
  expect(records.map((record) => record.id)).toContain(id);
});
