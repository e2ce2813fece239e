import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import pino from "pino";
import { Refusals } from "../base/refusals.ts";
import { systemClock } from "../base/clock.ts";
import { KeyRing, openStoreThread, Sessions, type Store } from "../ledger/index.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { parseEnvironment } from "../base/environment.ts";
import { sourcesOf } from "../testing/model-sources.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { Catalog } from "../vendor/index.ts";
import { createAdmin, createAdmit, Pulls } from "./index.ts";

const adminKey = "sk-admin-key-for-tests";
const lines: string[] = [];
const folder = makeTemporaryFolder();
const source = join(folder, "tiny.gguf");
const fault = () => Promise.reject(new TypeError("the fault"));
const stopping = new AbortController().signal;
let store: Store;
let admin: ReturnType<typeof createAdmin>;

beforeAll(async () => {
  const log = pino({ level: "info" }, { write: (line) => void lines.push(line) });
  store = await openStoreThread({ log }, { path: join(folder, "sahab.db"), masterKey: "a master key for tests" });
  await writeRandomModel(source, { architecture: "llama", seed: 1 });
  const keys = new KeyRing({ store, clock: systemClock, refusals: new Refusals(log) }, { adminKey });
  const sessions = new Sessions({ store, keys, clock: systemClock });
  admin = createAdmin({
    sessions,
    admit: createAdmit({ keys, sessions }, { isTls: false }),
    isTls: false,
    stopping,
    pulls: new Pulls({ log, stopping }),
    allPulls: fault,
    cancelPull: fault,
    setLoaded: fault,
    failed: () => [],
    attempts: () => new Map(),
    tryProvider: fault,
    health: fault,
    startedWith: {
      host: "127.0.0.1",
      port: 0,
      tls: false,
      workers: 1,
      allowed_hosts: null,
      data_folder: folder,
      database: "sahab.db",
      config_file: null,
      variables: [],
    },
    catalog: { catalog: new Catalog(), file: "/nonexistent" },
    environmentProviders: { providers: [], warnings: [] },
    snapshot: () => ({ models: new Map(), projects: new Map() }),
    store,
    keys,
    clock: systemClock,
    log,
    version: "1",
    process: { startedMs: 0, workers: 1, dataDir: folder, database: "sahab.db" },
    resting: () => [],
    sources: sourcesOf(join(folder, "models"), { isOwner: true }),
    secretSources: parseEnvironment({}).secretSources,
    changed: fault,
    drain: fault,
    noteKeyUses: fault,
    rotateMasterKey: fault,
    rotateAdminKey: fault,
    testAlerts: () => Promise.resolve([]),
    testProvider: fault,
    probeConfig: fault,
    content: { read: fault, sums: () => [] },
    engines: () => Promise.resolve({ engines: [], memory: null }),
  });
});
afterAll(async () => {
  await store?.close();
  removeTemporaryFolder(folder);
});

test.each([
  ["a report", "/usage", undefined],
  ["the lines of a pull", "/models/pull", JSON.stringify({ source })],
])("in %s the message names the id under which the log has the cause", async (_name, path, body) => {
  lines.length = 0;
  const request = new Request(`http://sahab/admin/v1${path}`, {
    headers: { authorization: `Bearer ${adminKey}` },
    ...(body !== undefined && { method: "POST", body }),
  });
  const response = await admin(request, "192.0.2.1");
  const id = response.headers.get("x-request-id") ?? "none";
  const last = (await response.text()).trim().split("\n").at(-1) ?? "";
  expect((JSON.parse(last) as { error: unknown }).error).toMatchObject({
    code: "internal_error",
    message: `Internal error; the log has its cause under ${id}`,
  });
  expect(lines.filter((line) => line.includes(id) && line.includes("the fault"))).toHaveLength(1);
});
