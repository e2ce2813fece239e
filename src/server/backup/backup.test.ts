import { afterAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { eventually } from "../../testing/eventually.ts";
import { chat, startFakeVendor } from "../../testing/fake-vendor.ts";
import { findFreePort } from "../../testing/free-port.ts";
import { oneModelConfig } from "../../testing/one-model-config.ts";
import { runSahab, type TestSahab } from "../../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));
const passphraseFile = join(folder, "passphrase");
const passphrase = "a passphrase for the tests";
writeFileSync(passphraseFile, `${passphrase}\n`);
const secret = "sk-vendor-secret-of-the-backup";
// What a passphrase is turned into takes a second of processor time on purpose, so most of these tests use keys.
const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const identityFile = join(folder, "identity");
writeFileSync(identityFile, `# made for a test\n${identity}\n`);
const withKey = { backup: ["--recipient", recipient], restore: ["--identity-file", identityFile] };
const withPassphrase = ["--passphrase-file", passphraseFile];

async function startServed(workers = "1"): Promise<{ sahab: TestSahab; stop(): Promise<void> }> {
  const vendor = startFakeVendor({ quick: chat(["a ", "b "]) });
  const config = oneModelConfig(vendor.url, "quick");
  const sahab = await runSahab({
    env: { SAHAB_WORKERS: workers, SAHAB_PORT: workers === "1" ? "0" : String(await findFreePort()) },
    config: { ...config, providers: config.providers.map((provider) => ({ ...provider, api_key: secret })) },
  });
  return {
    sahab,
    async stop() {
      await sahab.close();
      await vendor.stop();
    },
  };
}

const ask = (sahab: TestSahab, key: string) =>
  sahab.call("/v1/chat/completions", { model: "quick", messages: [{ role: "user", content: "Hi" }] }, { key });

for (const workers of ["1", "2"])
  test(`a backup under load with ${workers} process(es), restored elsewhere, has each record of before, once`, async () => {
    const flags = workers === "1" ? { backup: withPassphrase, restore: withPassphrase } : withKey;
    const { sahab, stop } = await startServed(workers);
    const restored = join(folder, `restored-${workers}`);
    const file = join(folder, `under-load-${workers}.age`);
    let other: TestSahab | undefined;
    try {
      const { key } = await sahab.createKey();
      const answered: string[] = [];
      let isOver = false;
      const load = Array.from({ length: 8 }, async () => {
        while (!isOver) {
          const response = await ask(sahab, key);
          await response.text();
          answered.push(response.headers.get("x-request-id") ?? "");
          // With eight of them there is still a request each millisecond.
          await Bun.sleep(7);
        }
      });
      await eventually("requests under way", () => answered.length > 20);
      const before = [...answered];
      const made = await sahab.command(["backup", file, ...flags.backup, "--json"]);
      isOver = true;
      await Promise.all(load);
      expect(made).toMatchObject({ status: 0 });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const whole = new Map((await sahab.records()).map((record) => [record.id, record]));

      const done = await sahab.command(["restore", file, ...flags.restore, "--json"], {
        env: { SAHAB_DATA: restored },
      });
      expect(done).toMatchObject({ status: 0 });
      other = await runSahab({ dataDir: restored });
      const records = await other.records();
      const byId = new Map(records.map((record) => [record.id, record]));
      expect(byId.size).toBe(records.length);
      expect(before.filter((id) => !byId.has(id))).toEqual([]);
      for (const id of before) expect(byId.get(id)).toEqual(whole.get(id) as never);
      // Keys, configuration and the vendor's secret work at once; the admin key is the same.
      expect(other.adminKey).toBe(sahab.adminKey);
      expect((await ask(other, key)).status).toBe(200);
    } finally {
      await other?.close();
      await stop();
    }
  });

test("nothing of a backup can be read without its key, and public keys can be used instead of a passphrase", async () => {
  const { sahab, stop } = await startServed();
  try {
    const file = join(folder, "recipient.age");
    expect(await sahab.command(["backup", file, "--recipient", recipient])).toMatchObject({ status: 0 });
    const bytes = readFileSync(file, "latin1");
    for (const plain of [secret, sahab.adminKey, "sahab.db", "quick"]) expect(bytes).not.toContain(plain);
    const target = join(folder, "by-identity");
    const env = { SAHAB_DATA: target };
    const wrong = await sahab.command(["restore", file, "--passphrase-file", passphraseFile], { env });
    expect(wrong.status).toBe(1);
    expect(wrong.stderr).toContain("does not open it");
    expect(existsSync(target)).toBe(false);
    const swapped = await sahab.command(["backup", join(folder, "swapped.age"), "--recipient", recipient, identity]);
    expect(swapped).toMatchObject({ status: 1 });
    expect(swapped.stderr).toContain("key 2 of 2 is none of age; expected a public key such as age1…");
    expect(swapped.stderr).not.toContain(identity);
    const noKey = await sahab.command(["restore", file, "--identity-file", passphraseFile], { env });
    expect(noKey.stderr).toContain("the key is none of age; expected a line such as AGE-SECRET-KEY-1…");
    expect(noKey.stderr).not.toContain(passphrase);
    const done = await sahab.command(["restore", file, "--identity-file", identityFile], { env });
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining("sahab rotate admin") as string });
    expect(statSync(target).mode & 0o777).toBe(0o700);
    expect(statSync(join(target, "master.key")).mode & 0o777).toBe(0o600);
  } finally {
    await stop();
  }
});

test("an update of the catalogue, and so its prices, is in a backup and comes back", async () => {
  const { sahab, stop } = await startServed();
  const of = async (server: TestSahab) => {
    const known = (await (await server.admin("/catalog/models?vendor=openai")).json()) as { models: { id: string }[] };
    const status = (await (await server.admin("/catalog")).json()) as { updated: boolean; fault: string | null };
    return { ...status, models: known.models.filter(({ id }) => id === "gpt-9") };
  };
  try {
    const document = join(folder, "models.json");
    const modalities = { input: ["text"], output: ["text"] };
    const added = { name: "M", limit: { context: 1_000, output: 100 }, modalities, cost: { input: 1, output: 2 } };
    writeFileSync(document, JSON.stringify({ openai: { id: "openai", name: "OpenAI", models: { "gpt-9": added } } }));
    expect(await sahab.command(["catalog", "update", document])).toMatchObject({ status: 0 });
    const file = join(folder, "catalog.age");
    expect(await sahab.command(["backup", file, ...withKey.backup])).toMatchObject({ status: 0 });
    const target = join(folder, "of-catalog");
    const env = { SAHAB_DATA: target };
    // Commands without its name would go to the folder that was backed up, and rotate the keys of that.
    expect(await sahab.command(["restore", file, ...withKey.restore], { env })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(new RegExp(`Start it with: (?:SAHAB_PORT=\\d+ )?SAHAB_DATA=${target} sahab up\n`)),
    });
    expect(statSync(join(target, "catalog.json")).mode & 0o777).toBe(0o600);
    const restored = await runSahab({ dataDir: target });
    try {
      const found = await of(restored);
      expect(found).toMatchObject({ updated: true, fault: null, models: [{ prices: [{ input: 1, output: 2 }] }] });
      expect(found).toEqual(await of(sahab));
    } finally {
      await restored.close();
    }
  } finally {
    await stop();
  }
});

test("a backup that is cut, changed or not ours leaves nothing; what is there is not written over", async () => {
  const { sahab, stop } = await startServed();
  try {
    const file = join(folder, "whole.age");
    expect(await sahab.command(["backup", file, ...withKey.backup])).toMatchObject({ status: 0 });
    const again = await sahab.command(["backup", file, ...withKey.backup]);
    expect(again).toMatchObject({ status: 1 });
    expect(again.stderr).toContain("it exists");
    const bytes = readFileSync(file);
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 1000] = (flipped[bytes.length - 1000] ?? 0) ^ 1;
    const damaged = {
      cut: bytes.subarray(0, bytes.length - 200),
      flipped,
      empty: Buffer.alloc(0),
      other: Buffer.from("this is no backup"),
    };
    for (const [name, content] of Object.entries(damaged)) {
      const path = join(folder, `${name}.age`);
      writeFileSync(path, content);
      const target = join(folder, `from-${name}`);
      const result = await sahab.command(["restore", path, ...withKey.restore], { env: { SAHAB_DATA: target } });
      expect({ name, status: result.status }).toEqual({ name, status: 1 });
      expect(result.stderr).toContain("Cannot restore");
      expect(existsSync(target)).toBe(false);
    }
    expect(readdirSync(folder).filter((name) => name.includes("restore-"))).toEqual([]);
    const into = await sahab.command(["restore", file, ...withKey.restore], { env: { SAHAB_DATA: sahab.dataDir } });
    expect(into.stderr).toContain("not empty");
    const short = join(folder, "short");
    writeFileSync(short, "short\n");
    const weak = await sahab.command(["backup", join(folder, "weak.age"), "--passphrase-file", short]);
    expect(weak.stderr).toContain("at least 12");
    rmSync(short);
    expect(readdirSync(sahab.dataDir).filter((name) => name.startsWith("backup-"))).toEqual([]);
  } finally {
    await stop();
  }
});

test("a backup goes by the master key that opens the database, wherever a change of that key stands", async () => {
  const { sahab, stop } = await startServed();
  try {
    const { key } = await sahab.createKey();
    await sahab.kill();
    const masterKey = join(sahab.dataDir, "master.key");
    const present = readFileSync(masterKey, "utf8");
    const other = "another master key, of enough characters\n";
    // Cut before anything was sealed anew, and after all was.
    for (const [name, files] of Object.entries({
      before: { now: other, old: present },
      after: { now: present, old: other },
    })) {
      writeFileSync(masterKey, files.now);
      writeFileSync(`${masterKey}.old`, files.old);
      const file = join(folder, `cut-${name}.age`);
      const target = join(folder, `of-cut-${name}`);
      expect(await sahab.command(["backup", file, ...withKey.backup])).toMatchObject({ status: 0 });
      expect(await sahab.command(["restore", file, ...withKey.restore], { env: { SAHAB_DATA: target } })).toMatchObject(
        {
          status: 0,
        },
      );
      expect(readFileSync(join(target, "master.key"), "utf8")).toBe(present);
    }
    rmSync(`${masterKey}.old`);
    await sahab.start();
    let isOver = false;
    const changes = (async () => {
      while (!isOver) expect((await sahab.admin("/rotate/master", { json: {} })).status).toBe(200);
    })();
    for (let round = 0; round < 4; round++)
      expect(await sahab.command(["backup", join(folder, `while-${round}.age`), ...withKey.backup])).toMatchObject({
        status: 0,
      });
    isOver = true;
    await changes;
    const target = join(folder, "of-while");
    const env = { SAHAB_DATA: target };
    expect(await sahab.command(["restore", join(folder, "while-3.age"), ...withKey.restore], { env })).toMatchObject({
      status: 0,
    });
    const restored = await runSahab({ dataDir: target });
    expect((await ask(restored, key)).status).toBe(200);
    await restored.close();
  } finally {
    await stop();
  }
});
