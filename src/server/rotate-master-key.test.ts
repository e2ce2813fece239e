import { afterAll, expect, test } from "bun:test";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSealer } from "../base/seal.ts";
import { openSqliteStore } from "../ledger/index.ts";
import { chat, startFakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

const secret = "sk-vendor-secret-of-the-rotation";
const vendor = startFakeVendor({ quick: chat(["a ", "b "]) });
afterAll(() => vendor.stop());

const base = oneModelConfig(vendor.url, "quick");
const config = (apiKey: string) => ({
  ...base,
  providers: base.providers.map((provider) => ({ ...provider, api_key: apiKey })),
});
const start = async (env: Record<string, string> = {}) => runSahab({ env, config: config(secret) });

/** Asks once; the vendor must have seen the secret. */
async function expectServed(sahab: TestSahab): Promise<void> {
  const response = await sahab.call("/v1/chat/completions", {
    model: "quick",
    messages: [{ role: "user", content: "Hi" }],
  });
  expect(await response.text()).toContain("a b");
  expect(vendor.calls.at(-1)?.headers.get("authorization")).toBe(`Bearer ${secret}`);
}

/** The secret as it is sealed in the database, opened with this key alone. */
async function readSealed(sahab: TestSahab, masterKey: string): Promise<unknown> {
  const store = await openSqliteStore(join(sahab.dataDir, "sahab.db"), createSealer(masterKey));
  try {
    return (await store.readResources()).find(({ kind }) => kind === "providers")?.secret;
  } finally {
    await store.close();
  }
}

for (const workers of ["1", "2"])
  test(`the master key is replaced under load with ${workers} process(es), and no request fails`, async () => {
    const sahab = await start({
      SAHAB_WORKERS: workers,
      SAHAB_PORT: workers === "1" ? "0" : String(await findFreePort()),
    });
    try {
      const file = join(sahab.dataDir, "master.key");
      const failures: string[] = [];
      let requests = 0;
      let isOver = false;
      const load = Array.from({ length: 6 }, async () => {
        while (!isOver) {
          const response = await sahab.call("/v1/chat/completions", {
            model: "quick",
            messages: [{ role: "user", content: "Hi" }],
          });
          const text = await response.text();
          requests++;
          // With six of them there is still a request each millisecond.
          await Bun.sleep(5);
          if (!text.includes("a b")) failures.push(text);
        }
      });
      for (let round = 0; round < 2; round++) {
        const before = readFileSync(file, "utf8").trim();
        expect(await sahab.command(["rotate", "master", "--json"])).toMatchObject({
          status: 0,
          stdout: expect.stringContaining('"resealed": 1') as string,
        });
        const after = readFileSync(file, "utf8").trim();
        expect(after).not.toBe(before);
        expect(existsSync(`${file}.old`)).toBe(false);
        expect(await readSealed(sahab, after)).toEqual({ api_key: secret });
        expect(await readSealed(sahab, before).catch(String)).toContain("master key");
        // What is written from now on is sealed with the new one, whichever process does it.
        await sahab.apply({ ...config(secret), projects: [{ name: "default" }, { name: `round-${round}` }] });
        expect(await readSealed(sahab, after)).toEqual({ api_key: secret });
      }
      isOver = true;
      await Promise.all(load);
      expect(failures).toEqual([]);
      expect(requests).toBeGreaterThan(20);
      await sahab.restart();
      await expectServed(sahab);
    } finally {
      await sahab.close();
    }
  });

for (const workers of ["1", "2"])
  test(`many changes of the master key at once, by ${workers} process(es), lose no secret`, async () => {
    const sahab = await start({
      SAHAB_WORKERS: workers,
      SAHAB_PORT: workers === "1" ? "0" : String(await findFreePort()),
    });
    try {
      const rotateOften = async () => {
        const statuses: number[] = [];
        for (let round = 0; round < 2; round++)
          statuses.push((await sahab.call("/admin/v1/rotate/master", {}, { key: sahab.adminKey })).status);
        return statuses;
      };
      const statuses = (await Promise.all(Array.from({ length: 4 }, rotateOften))).flat();
      expect(statuses).toEqual(Array.from({ length: 8 }, () => 200));
      expect(await readSealed(sahab, readFileSync(join(sahab.dataDir, "master.key"), "utf8").trim())).toEqual({
        api_key: secret,
      });
      await sahab.restart();
      await expectServed(sahab);
    } finally {
      await sahab.close();
    }
  });

test("a change of the key that a crash cut is ended by the next start, wherever it was cut", async () => {
  const sahab = await start();
  try {
    const file = join(sahab.dataDir, "master.key");
    const database = join(sahab.dataDir, "sahab.db");
    await sahab.kill();
    const old = readFileSync(file, "utf8");
    const next = "the next master key, of enough characters\n";
    const sealedOld = `${database}.sealed-old`;
    copyFileSync(database, sealedOld);

    const cuts: Record<string, () => void> = {
      "before the new key took its place": () => writeFileSync(`${file}.next`, next),
      "before anything was sealed anew": () => {
        renameSync(file, `${file}.old`);
        writeFileSync(file, next);
      },
      "after all was sealed anew": () =>
        writeFileSync(`${file}.old`, "the key before this one, of enough characters\n"),
    };
    for (const [name, cut] of Object.entries(cuts)) {
      for (const suffix of ["-wal", "-shm"]) rmSync(`${database}${suffix}`, { force: true });
      copyFileSync(sealedOld, database);
      writeFileSync(file, old);
      cut();
      await sahab.start();
      await expectServed(sahab);
      const key = readFileSync(file, "utf8").trim();
      expect({ name, secret: await readSealed(sahab, key) }).toEqual({ name, secret: { api_key: secret } });
      expect(existsSync(`${file}.old`)).toBe(false);
      expect(await sahab.command(["rotate", "master"])).toMatchObject({ status: 0 });
      await expectServed(sahab);
      await sahab.kill();
    }
  } finally {
    await sahab.close();
  }
});

test("a key of the environment is changed by a start that has both", async () => {
  const [one, two] = ["the first master key of the test", "the second master key of the test"];
  const sahab = await start({ SAHAB_MASTER_KEY: one });
  try {
    const refused = await sahab.command(["rotate", "master"]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("SAHAB_MASTER_KEY_OLD");
    await sahab.kill();
    await sahab.start({ SAHAB_MASTER_KEY: two, SAHAB_MASTER_KEY_OLD: one });
    await expectServed(sahab);
    await sahab.kill();
    await sahab.start({ SAHAB_MASTER_KEY: two });
    await expectServed(sahab);
    expect(await readSealed(sahab, two)).toEqual({ api_key: secret });
  } finally {
    await sahab.close();
  }
});

test("a database without its master key says what to do, and what it says works", async () => {
  const sahab = await start();
  try {
    const running = await sahab.command(["rotate", "master", "--lost"]);
    expect(running.status).toBe(1);
    expect(running.stderr).toContain("already runs");
    await sahab.kill();
    rmSync(join(sahab.dataDir, "master.key"));
    const refused = await sahab.start().then(
      () => "started",
      (error: unknown) => String(error),
    );
    for (const advice of ["sahab restore", "SAHAB_MASTER_KEY", "sahab rotate master --lost"])
      expect(refused).toContain(advice);
    expect(refused).not.toContain(secret);
    const forgotten = await sahab.command(["rotate", "master", "--lost", "--json"]);
    expect(JSON.parse(forgotten.stdout)).toEqual({ forgotten: ["v"] });
    await sahab.start();
    await sahab.apply(config(secret));
    await expectServed(sahab);
  } finally {
    await sahab.close();
  }
});
