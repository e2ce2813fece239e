import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { chat, doneEvent, startFakeVendor } from "../testing/fake-vendor.ts";
import { runCommand } from "../testing/run-command.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { fillDisk, hasMountNamespaces, inNamespace } from "../testing/small-disk.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// A disk that is full for a while under load, and then has room again: nothing is lost, and no vendor is asked for what cannot
// be recorded. Needs a small disk of its own, and so root on Linux.

/** How long the disk is full; a minute's third outside of CI. */
const fullMs = Number(process.env["SAHAB_FULL_DISK_MS"] ?? 3_000);
const clients = 8;

interface Heard {
  id: string;
  status: number;
  isWhole: boolean;
}

async function callUntil(sahab: TestSahab, key: string, heard: Heard[], isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    const stream = turn % 2 === 0;
    const response = await sahab.call(
      "/v1/chat/completions",
      { model: "paced", stream, messages: [{ role: "user", content: "Hi" }] },
      { key },
    );
    const text = await response.text();
    const isWhole = response.status === 200 && (stream ? text.endsWith(doneEvent) : text.includes('"stop"'));
    heard.push({ id: response.headers.get("x-request-id") ?? "", status: response.status, isWhole });
    if (response.status !== 200) await Bun.sleep(20);
  }
}

async function fullForAWhile(): Promise<void> {
  const root = makeTemporaryFolder();
  const folder = join(root, "data");
  mkdirSync(folder, { mode: 0o700 });
  const vendor = startFakeVendor({ paced: chat(["a ", "b ", "c "], { paceMs: 5 }) });
  const sahab = await runSahab({
    dataDir: folder,
    prefix: inNamespace(`mount -t tmpfs -o size=48m,mode=700 tmpfs "$0"`, folder),
    env: { SAHAB_ADMIN_KEY: "sk-admin-of-the-small-disk" },
    config: oneModelConfig(vendor.url, "paced"),
  });
  const fill = join(`/proc/${sahab.pid}/root`, folder, "fill");
  const heard: Heard[] = [];
  let isOver = false;
  try {
    const { key } = await sahab.createKey();
    const load = Array.from({ length: clients }, () => callUntil(sahab, key, heard, () => isOver));
    await Bun.sleep(500);
    expect(heard.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(clients);
    fillDisk(fill);
    const isReady = async () => (await fetch(`${sahab.address}/readyz`)).ok;
    await eventually("readiness to end", async () => !(await isReady()));
    // What was under way has ended now.
    await Bun.sleep(300);
    const calls = vendor.calls.length;
    const before = heard.length;
    await Bun.sleep(fullMs);
    expect(await isReady()).toBeFalse();
    const doctor = await sahab.command(["doctor"], { prefix: ["nsenter", "-t", String(sahab.pid), "-m"] });
    expect(doctor.status).toBe(1);
    expect(doctor.stdout).toContain("too little to record requests");
    expect(doctor.stdout).toMatch(/PROBLEM .*server: .*not ready.*disk/);
    expect(vendor.calls.length).toBe(calls);
    const refused = heard.slice(before);
    expect(refused.length).toBeGreaterThan(clients);
    expect(refused.every(({ status }) => status === 503)).toBeTrue();

    rmSync(fill);
    await eventually("readiness to come back", isReady);
    const recovered = heard.length;
    await Bun.sleep(500);
    isOver = true;
    await Promise.all(load);
    expect(heard.slice(recovered).filter(({ isWhole }) => isWhole).length).toBeGreaterThan(clients);

    // Every answer that a client has in full is recorded once, and so is every call that a vendor was asked for.
    const whole = heard.filter(({ isWhole }) => isWhole);
    const records = await eventually("all records", async () => {
      const all = await sahab.records();
      return all.filter(({ attempts }) => attempts > 0).length === vendor.calls.length && all;
    });
    const byId = new Map(records.map((record) => [record.id, record]));
    expect(byId.size).toBe(records.length);
    expect(whole.filter(({ id }) => byId.get(id)?.outcome !== "ok")).toEqual([]);
    // Whoever heard of the failure is recorded so.
    const cut = records.filter(({ outcome }) => outcome === "store_unavailable");
    const wholeIds = new Set(whole.map(({ id }) => id));
    expect(cut.filter(({ id }) => wholeIds.has(id))).toEqual([]);
  } finally {
    isOver = true;
    await sahab.close();
    await vendor.stop();
    removeTemporaryFolder(root);
  }
}

/** A start where Sahab cannot run: it ends by itself, with what it says. */
async function failedStart(script: string) {
  const folder = makeTemporaryFolder();
  try {
    const env = { SAHAB_DATA: folder, SAHAB_PORT: "0", HOME: folder };
    const { status, stderr } = await runCommand(["up"], {
      env,
      prefix: inNamespace(script, folder),
      timeoutMs: 20_000,
    });
    return { status, said: stderr.replace(/^head: .*\n?/gm, "").trim() };
  } finally {
    removeTemporaryFolder(folder);
  }
}

async function uploadBeyondDisk(): Promise<void> {
  const root = makeTemporaryFolder();
  const folder = join(root, "data");
  mkdirSync(folder, { mode: 0o700 });
  const sahab = await runSahab({
    dataDir: folder,
    prefix: inNamespace(`mount -t tmpfs -o size=48m,mode=700 tmpfs "$0"`, folder),
    env: { SAHAB_ADMIN_KEY: "sk-admin-of-the-small-disk" },
    config: { projects: [{ name: "default" }] },
  });
  try {
    const { key } = await sahab.createKey();
    const upload = (bytes: number) => {
      const body = new FormData();
      body.set("purpose", "batch");
      body.set("file", new File([new Uint8Array(bytes)], "in.jsonl"));
      return fetch(`${sahab.address}/v1/files`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body });
    };
    const refused = await upload(60_000_000);
    expect(refused.status).toBe(507);
    expect(await refused.text()).toContain('"disk_full"');
    expect(readdirSync(join(`/proc/${sahab.pid}/root`, folder, "files"))).toEqual([]);
    expect((await upload(1_000_000)).status).toBe(200);
  } finally {
    await sahab.close();
    removeTemporaryFolder(root);
  }
}

if (hasMountNamespaces()) {
  test("a file for which the disk has no room is refused by name, and leaves nothing", uploadBeyondDisk, 60_000);

  test("a disk that is full for a while", fullForAWhile, 60_000 + fullMs);

  test("a start on a full disk, and on one that is read-only, says so in a line", async () => {
    const full = `mount -t tmpfs -o size=64k,mode=700 tmpfs "$0"; head -c 1000000 /dev/zero >"$0/fill" || true`;
    expect(await failedStart(full)).toMatchObject({
      status: 1,
      said: expect.stringMatching(/^[^\n]*the disk is full[^\n]*$/),
    });
    const readOnly = `mount -t tmpfs -o ro,size=1m,mode=700 tmpfs "$0"`;
    expect(await failedStart(readOnly)).toMatchObject({
      status: 1,
      said: expect.stringMatching(/^[^\n]*the disk is read-only[^\n]*$/),
    });
  });
}
