import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, startFakeVendor } from "../testing/fake-vendor.ts";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { asAnotherClient, runSahab, trustsTests, type TestSahab } from "../testing/run-sahab.ts";

const vendor = startFakeVendor({ quick: chat(["a ", "b "]) });
afterAll(() => vendor.stop());

const start = async (workers = "1", env: Record<string, string> = {}) =>
  runSahab({
    config: oneModelConfig(vendor.url, "quick"),
    env: {
      SAHAB_WORKERS: workers,
      SAHAB_PORT: workers === "1" ? "0" : String(await findFreePort()),
      SAHAB_LOG: "info",
      ...trustsTests,
      ...env,
    },
  });

/** Without the server's key in the environment, as its owner runs it. */
const asOwner = { env: { SAHAB_ADMIN_KEY: undefined } };
const keyFile = (sahab: TestSahab) => join(sahab.dataDir, "admin.key");
const readKey = (sahab: TestSahab) => readFileSync(keyFile(sahab), "utf8").trim();

const body = { model: "quick", messages: [{ role: "user", content: "Hi" }] };
async function codeOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error?: { code: string } };
  return error?.code ?? "good";
}
const ask = async (sahab: TestSahab, key: string) =>
  codeOf(
    await sahab.call("/v1/chat/completions", body, { key, headers: { connection: "close", ...asAnotherClient() } }),
  );
const askAdmin = async (sahab: TestSahab, key: string) =>
  codeOf(await sahab.admin("/keys", { headers: { authorization: `Bearer ${key}`, ...asAnotherClient() } }));
/** Of several connections, so that each process is asked. */
const fromAll = async (ask: () => Promise<string>) => [
  ...new Set(await Promise.all(Array.from({ length: 12 }, () => ask()))),
];

/** Asks again and again until `end`, which tells what failed and how many requests there were. */
function load(question: () => Promise<string>) {
  const failures: string[] = [];
  let requests = 0;
  let isOver = false;
  const running = Array.from({ length: 5 }, async () => {
    while (!isOver) {
      const code = await question();
      requests++;
      // With five of them there is still a request each millisecond.
      await Bun.sleep(4);
      if (code !== "good") failures.push(code);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(running);
    return { failures, isEnough: requests > 20 };
  };
}

describe.each(["1", "2"])("with %s process(es)", (workers) => {
  let sahab: TestSahab;
  beforeAll(async () => {
    sahab = await start(workers);
  });
  afterAll(() => sahab?.close());

  test("the admin key is rotated under load, and no request fails", async () => {
    const first = readKey(sahab);
    let key = first;
    const ends = [load(() => askAdmin(sahab, key)), load(() => ask(sahab, key))];
    for (let round = 0; round < 3; round++) {
      const { status, stdout } = await sahab.command(["rotate", "admin", "--overlap", "1h"], asOwner);
      expect([status, stdout]).toEqual([0, expect.stringContaining(keyFile(sahab)) as string]);
      expect(readKey(sahab)).not.toBe(key);
      expect(stdout).not.toContain(readKey(sahab));
      expect(statSync(keyFile(sahab)).mode & 0o777).toBe(0o600);
      key = readKey(sahab);
    }
    for (const end of ends) expect(await end()).toEqual({ failures: [], isEnough: true });
    expect(await fromAll(() => askAdmin(sahab, first))).toEqual(["good"]);
    // One that has leaked: no overlap. The keys before it go on until they expire.
    expect((await sahab.command(["rotate", "admin"], asOwner)).status).toBe(0);
    expect(await fromAll(() => askAdmin(sahab, key))).toEqual(["revoked_api_key"]);
    expect(await fromAll(() => ask(sahab, key))).toEqual(["revoked_api_key"]);
    sahab.adminKey = readKey(sahab);
    expect(await fromAll(() => askAdmin(sahab, sahab.adminKey))).toEqual(["good"]);
    const { keys } = await sahab.adminJson<{ keys: { id: string; status: string }[] }>("/keys");
    expect(keys.map(({ status }) => status)).toEqual(["active", "active", "active", "revoked"]);
    await sahab.adminJson(`/keys/${keys[0]?.id}`, { method: "DELETE" });
    expect(await fromAll(() => askAdmin(sahab, first))).toEqual(["revoked_api_key"]);
    await sahab.logged("/admin/v1/rotate/admin");
    for (const text of [first, key, sahab.adminKey]) expect(sahab.logs()).not.toContain(text);
    // A process that starts later knows the new one.
    if (workers === "2") {
      const [victim] = sahab.children();
      process.kill(victim ?? -1, "SIGKILL");
      await eventually(
        "another worker",
        () => sahab.children().length === 2 && !sahab.children().includes(victim ?? 0),
      );
      await Bun.sleep(1_000);
      expect(await fromAll(() => askAdmin(sahab, sahab.adminKey))).toEqual(["good"]);
      expect(await fromAll(() => askAdmin(sahab, key))).toEqual(["revoked_api_key"]);
    }
    await sahab.restart();
    expect(await askAdmin(sahab, readKey(sahab))).toBe("good");
    expect(await askAdmin(sahab, key)).toBe("revoked_api_key");
  });

  test("a client's key is rotated with an overlap under load, and no request fails", async () => {
    let { id, key } = await sahab.createKey({ models: ["quick"], addresses: ["198.18.0.0/15"] });
    const end = load(() => ask(sahab, key));
    const before: string[] = [];
    for (let round = 0; round < 3; round++) {
      const { stdout } = await sahab.command(["key", "rotate", id, "--overlap", "1h", "--json"]);
      const rotated = JSON.parse(stdout) as { id: string; key: string; old: { id: string } };
      expect(rotated.old.id).toBe(id);
      before.push(key);
      ({ id, key } = rotated);
    }
    expect(await end()).toEqual({ failures: [], isEnough: true });
    for (const old of [...before, key]) expect(await fromAll(() => ask(sahab, old))).toEqual(["good"]);
    // Without an overlap the old one is refused as soon as the command has answered, by every process.
    const last = await sahab.adminJson<{ key: string }>(`/keys/${id}/rotate`, { json: { overlap_seconds: 0 } });
    expect(await fromAll(() => ask(sahab, key))).toEqual(["expired_api_key"]);
    expect(await fromAll(() => ask(sahab, last.key))).toEqual(["good"]);
  });

  test("named admin keys come, expire and go without a restart, and are told in the log", async () => {
    const made = await sahab.command(["key", "create", "alice", "--role", "admin", "--json"]);
    const alice = JSON.parse(made.stdout) as { id: string; key: string };
    expect(await fromAll(() => askAdmin(sahab, alice.key))).toEqual(["good"]);
    // Also for models, as the generated one.
    expect(await fromAll(() => ask(sahab, alice.key))).toEqual(["good"]);
    const env = { SAHAB_ADMIN_KEY: alice.key };
    const { stdout } = await sahab.command(["key", "create", "by-alice", "--json"], { env });
    const byAlice = JSON.parse(stdout) as { id: string; key: string };
    expect(await fromAll(() => askAdmin(sahab, byAlice.key))).toEqual(["forbidden"]);
    const metrics = await sahab.createKey({ role: "metrics" });
    expect(await fromAll(() => askAdmin(sahab, metrics.key))).toEqual(["forbidden"]);
    await sahab.command(["key", "revoke", byAlice.id, "--yes"], { env });
    for (const [method, path] of [
      ["POST", "/admin/v1/keys"],
      ["DELETE", `/admin/v1/keys/${byAlice.id}`],
    ] as const) {
      expect(await sahab.logged(`"${path}"`, method, alice.id)).toContain('"status":200');
    }
    expect(sahab.logs()).not.toContain(byAlice.key);
    await sahab.adminJson(`/keys/${alice.id}/rotate`, { json: { overlap_seconds: 0 } });
    expect(await fromAll(() => askAdmin(sahab, alice.key))).toEqual(["expired_api_key"]);
    // It may end the generated one, too, but does not get one that nobody can take from it.
    const bob = await sahab.createKey({ role: "admin" });
    const generated = readKey(sahab);
    const rotated = await sahab.command(["rotate", "admin"], { env: { SAHAB_ADMIN_KEY: bob.key } });
    expect([rotated.status, rotated.stdout]).toEqual([0, expect.stringContaining("data folder") as string]);
    sahab.adminKey = readKey(sahab);
    for (const text of [rotated.stdout, rotated.stderr]) expect(text).not.toContain(sahab.adminKey);
    expect(await fromAll(() => askAdmin(sahab, generated))).toEqual(["revoked_api_key"]);
    // Nobody can take the key in the file away.
    expect((await sahab.admin("/keys/admin", { method: "DELETE" })).status).toBe(404);
  });
});

test("a rotation of the admin key that was cut is done by the next one, and locks nobody out", async () => {
  const sahab = await start();
  try {
    const before = readKey(sahab);
    const rotate = async (json: object) =>
      (await sahab.adminJson<{ old: { id: string } }>("/rotate/admin", { json })).old.id;
    const cut = await rotate({});
    // As if the machine had failed before the new key was in its place.
    await sahab.kill("SIGKILL");
    writeFileSync(keyFile(sahab), `${before}\n`);
    writeFileSync(`${keyFile(sahab)}.next`, "half a k");
    await sahab.start();
    expect(await askAdmin(sahab, before)).toBe("good");
    expect(await rotate({ overlap_seconds: 3_600 })).toBe(cut);
    expect(readKey(sahab)).not.toBe(before);
    expect(existsSync(`${keyFile(sahab)}.next`)).toBe(false);
    // The overlap that was asked for counts, not what the cut rotation wanted.
    expect(await askAdmin(sahab, before)).toBe("good");
    expect(await askAdmin(sahab, readKey(sahab))).toBe("good");
  } finally {
    await sahab.close();
  }
});

test("many rotations at once: the last key written is good, and all the others are known for what they are", async () => {
  const sahab = await start("2");
  try {
    const first = readKey(sahab);
    const rotated = await Promise.all(
      Array.from({ length: 6 }, () =>
        sahab.adminJson<{ key: string | null; old: { id: string } }>("/rotate/admin", {
          json: { overlap_seconds: 3_600 },
        }),
      ),
    );
    expect(new Set(rotated.map(({ old }) => old.id)).size).toBe(6);
    // Who came after another's rotation sent a key that was the old one by then, and is shown no new one.
    const keys = rotated.flatMap(({ key }) => key ?? []);
    for (const key of new Set([first, ...keys, readKey(sahab)])) expect(await askAdmin(sahab, key)).toBe("good");
    const listed = await sahab.adminJson<{ keys: { id: string }[] }>("/keys");
    expect(listed.keys.map(({ id }) => id).sort()).toEqual(rotated.map(({ old }) => old.id).sort());
  } finally {
    await sahab.close();
  }
});

test("an admin key of the environment is not replaced, and the advice works", async () => {
  const key = "sk-an-admin-key-of-the-environment";
  const sahab = await start("1", { SAHAB_ADMIN_KEY: key });
  try {
    const refused = await sahab.command(["rotate", "admin", "--overlap", "1h"]);
    expect(refused.status).toBe(1);
    for (const part of ["SAHAB_ADMIN_KEY", "sahab key create NAME --role admin", "sahab key revoke"])
      expect(refused.stderr).toContain(part);
    const made = await sahab.createKey({ role: "admin" });
    await sahab.kill();
    await sahab.start({ SAHAB_ADMIN_KEY: `${key}-the-next` });
    expect(await askAdmin(sahab, made.key)).toBe("good");
    expect(await askAdmin(sahab, `${key}-the-next`)).toBe("good");
    expect(await askAdmin(sahab, key)).toBe("invalid_api_key");
  } finally {
    await sahab.close();
  }
});

test("while the file of the admin key is away or broken, the key stays as it was, and changes go on", async () => {
  const sahab = await start();
  try {
    const key = readKey(sahab);
    for (const breakIt of [() => rmSync(keyFile(sahab)), () => writeFileSync(keyFile(sahab), "short\n")]) {
      breakIt();
      const made = await sahab.createKey();
      expect(await ask(sahab, made.key)).toBe("good");
      expect(await askAdmin(sahab, key)).toBe("good");
      const refused = await sahab.admin("/rotate/admin", { json: {} });
      expect([refused.status, await refused.text()]).toEqual([
        409,
        expect.stringMatching(/admin\.key.*put it back/i) as string,
      ]);
    }
    writeFileSync(keyFile(sahab), `${key}-by-hand\n`, { mode: 0o600 });
    await eventually(
      "the key that the owner has put there",
      async () => (await askAdmin(sahab, `${key}-by-hand`)) === "good",
    );
    expect(await askAdmin(sahab, key)).toBe("invalid_api_key");
  } finally {
    await sahab.close();
  }
});
