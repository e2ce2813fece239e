import { expect, test } from "bun:test";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { openStoreThread } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, doneEvent, startFakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { chooseSeed, seededRandom } from "../testing/random.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { canTrace, SyncedDisk, tracedIn } from "../testing/synced-disk.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { wholeScope } from "../ledger/index.ts";

// Whenever the power goes, each answer that a client has received in full is in the ledger once. The system's calls are
// traced, and the folder is put together as a cut at some moment would leave it: only what had been synced by then.

const log = openLog({ level: "silent", pretty: false });
const masterKey = "a master key for tests";
const cuts = Number(process.env["SAHAB_POWER_CUTS"] ?? 6);
const clients = 6;

interface Received {
  id: string;
  atMs: number;
}

async function load(sahab: TestSahab, key: string, ms: number, received: Received[]): Promise<void> {
  const endMs = Date.now() + ms;
  const client = async (index: number) => {
    for (let turn = index; Date.now() < endMs; turn++) {
      const stream = turn % 2 === 0;
      const body = { model: "quick", stream, messages: [{ role: "user", content: "Hi" }] };
      const response = await sahab.call("/v1/chat/completions", body, { key, headers: { connection: "close" } });
      const text = await response.text();
      const isWhole = stream ? text.endsWith(doneEvent) : text.includes('"stop"');
      if (response.status === 200 && isWhole)
        received.push({ id: response.headers.get("x-request-id") ?? "", atMs: Date.now() });
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
}

/** The ids of the ledger after a start from a folder, with how they ended. */
async function recover(folder: string): Promise<string[]> {
  const store = await openStoreThread({ log }, { path: join(folder, "sahab.db"), masterKey });
  try {
    await store.recoverJournals(join(folder, "journal"));
    const ids: string[] = [];
    for (let cursor: string | undefined; ;) {
      const { records, next } = await store.listUsage(wholeScope, { limit: 1_000, cursor });
      for (const { id, outcome } of records) if (outcome === "ok") ids.push(id);
      if (next === null) return ids;
      cursor = next;
    }
  } finally {
    await store.close();
  }
}

async function cutThePower(workers: number): Promise<void> {
  const random = seededRandom(chooseSeed("power-cut.test.ts"));
  const root = makeTemporaryFolder();
  const [data, traces] = [join(root, "data"), join(root, "traces")];
  mkdirSync(traces);
  const vendor = startFakeVendor({ quick: chat(["a ", "b "]) });
  const sahab = await runSahab({
    dataDir: data,
    prefix: tracedIn(traces),
    env: {
      SAHAB_MASTER_KEY: masterKey,
      SAHAB_WORKERS: String(workers),
      SAHAB_PORT: workers === 1 ? "0" : String(await findFreePort()),
    },
    config: oneModelConfig(vendor.url, "quick"),
  });
  const received: Received[] = [];
  try {
    const { key } = await sahab.createKey();
    // The restart deletes the journals of the run before, as the stop does that follows.
    await load(sahab, key, 800, received);
    await sahab.kill("SIGKILL");
    await eventually("the workers to end", () => sahab.children().length === 0);
    await sahab.start();
    await load(sahab, key, 800, received);
    await sahab.kill("SIGTERM");
  } finally {
    await sahab.close();
    await vendor.stop();
  }
  expect(received.length).toBeGreaterThan(100);

  const disk = new SyncedDisk(data, traces);
  const deletions = disk.deletions(".journal");
  // With none, nothing was tested of the order of sync and deletion.
  expect(deletions.length).toBeGreaterThanOrEqual(2 * workers);
  const [first = 0, last = 0] = [received[0]?.atMs, received.at(-1)?.atMs];
  const anywhere = Array.from({ length: cuts }, () => first + random() * (last - first));
  // Right after each deletion, and at the end of all.
  const times = [...anywhere, ...deletions.slice(0, cuts), last + 60_000].toSorted((a, b) => a - b);
  for (const [index, timeMs] of times.entries()) {
    disk.moveTo(timeMs);
    const folder = join(root, `cut-${index}`);
    disk.writeTo(folder);
    const ids = await recover(folder);
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set(ids);
    // The clocks of the trace and of the client are one; a millisecond is the client's resolution.
    const lost = received.filter(({ id, atMs }) => atMs < timeMs - 1 && !known.has(id));
    expect({ cut: index, lost }).toEqual({ cut: index, lost: [] });
  }
  cpSync(join(root, `cut-${times.length - 1}`), join(root, "again"), { recursive: true });
  const again = await runSahab({ dataDir: join(root, "again"), env: { SAHAB_MASTER_KEY: masterKey } });
  try {
    const ids = new Set((await again.records()).map(({ id }) => id));
    expect(received.filter(({ id }) => !ids.has(id))).toEqual([]);
  } finally {
    await again.close();
    removeTemporaryFolder(root);
  }
}

if (canTrace())
  for (const workers of [1, 2])
    test(`power cuts under load, with ${workers} ${workers === 1 ? "process" : "processes"}`, () =>
      cutThePower(workers));
