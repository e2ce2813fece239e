import { afterAll, beforeAll, expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "./fake-vendor.ts";
import { findFreePort } from "./free-port.ts";
import { hasNginx, startNginx } from "./nginx.ts";
import { describeWithPostgres } from "./postgres.ts";
import { makeCertificate } from "./self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";
import { Machine } from "./week/machine.ts";
import { makeTree } from "./week/make-tree.ts";

// A newcomer's week, as docs/week.md tells it, on a checkout of its own: `npm run week`.

const nextVersion = "9.9.9";
const passphrase = { SAHAB_BACKUP_PASSPHRASE: "a passphrase of the week" };

let folder: string;
let tree: string;
let vendor: FakeVendor;
const machines: Machine[] = [];

beforeAll(() => {
  folder = makeTemporaryFolder();
  vendor = startFakeVendor({ m: chat(["a ", "b "], { paceMs: 20 }) });
  tree = makeTree(join(folder, "sahab"));
  writeFileSync(join(folder, "cloud.yaml"), cloud());
});

afterAll(async () => {
  for (const machine of machines) machine.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

async function newMachine(env: Record<string, string> = {}): Promise<Machine> {
  const machine = new Machine({ tree, home: folder, port: await findFreePort(), env });
  machines.push(machine);
  return machine;
}

/** A command that must succeed; what it prints. */
async function run(machine: Machine, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { status, stdout, stderr } = await machine.sahab(args, env);
  expect({ args, status, stderr }).toMatchObject({ args, status: 0 });
  return stdout;
}

interface NewKey {
  id: string;
  key: string;
}

async function newKey(machine: Machine, ...args: string[]): Promise<NewKey> {
  return JSON.parse(await run(machine, ["key", "create", ...args, "--json"])) as NewKey;
}

function ask(to: string, key: string, fields: object = {}, init: BunFetchRequestInit = {}): Promise<Response> {
  return fetch(`${to}/v1/chat/completions`, {
    ...init,
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "nano", max_tokens: 20, messages: [{ role: "user", content: "Hello" }], ...fields }),
  });
}

const statusOf = async (to: string, { key }: NewKey) => (await ask(to, key)).status;

const cloud = () => `providers:
  - { name: gpu-box, vendor: compatible, base_url: ${vendor.url}, api_key: "\${GPU_BOX_KEY}" }
models:
  - { name: nano, local: { file: nano.gguf }, price: { currency: USD, input: 1, output: 4 } }
  - { name: chat, targets: [{ provider: gpu-box, model: m }], price: { currency: USD, input: 1, output: 2 } }
projects:
  - name: default
  - { name: search-team, budget: { amount: 50, period: month } }
`;

test("from npm start to a restored backup, and an end that leaves nothing", async () => {
  const sahab = await newMachine();
  await sahab.start();
  expect(statSync(join(sahab.dataFolder, "admin.key")).mode & 0o777).toBe(0o600);
  const first = /The first call \(paste this line\):\n\s+(.+)\n/.exec(sahab.printed)?.[1] ?? "";
  const called = await sahab.paste(first);
  expect({ ...called, log: sahab.log }).toMatchObject({
    stdout: expect.stringMatching(/data: \[DONE\]\n\n$/) as unknown,
  });

  await run(sahab, ["apply", "-f", "cloud.yaml"], { GPU_BOX_KEY: "vendor-key" });
  expect(await run(sahab, ["apply", "-f", "cloud.yaml"], { GPU_BOX_KEY: "vendor-key" })).toBe("Nothing to change.\n");

  // Three people, one of whom has spent what there is.
  const team = ["--project", "search-team"];
  const anna = await newKey(sahab, "anna", ...team, "--budget", "20/month");
  const ben = await newKey(sahab, "ben", ...team, "--budget", "5/day", "--models", "nano");
  const carla = await newKey(sahab, "carla", ...team, "--budget", "0.00001/day");
  const { address } = sahab;
  expect([await statusOf(address, anna), await statusOf(address, anna), await statusOf(address, ben)]).toEqual([
    200, 200, 200,
  ]);
  expect((await ask(address, ben.key, { model: "chat" })).status).toBe(403);
  const refused = await ask(address, carla.key);
  expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining('"budget_exceeded"')]);
  await run(sahab, ["key", "edit", carla.id, "--budget", "1/day"]);
  expect(await statusOf(address, carla)).toBe(200);

  // Who used what, by key; a refusal is a record, too.
  const rowsOf = async (machine: Machine) => {
    const report = JSON.parse(await run(machine, ["usage", "--by", "key", "--project", "search-team", "--json"])) as
      | UsageRow[]
      | { rows: UsageRow[] };
    return Array.isArray(report) ? report : report.rows;
  };
  const rows = await eventually("all usage records", async () => {
    const found = await rowsOf(sahab);
    return found.reduce((sum, { requests }) => sum + requests, 0) >= 6 ? found : undefined;
  });
  const countOf = (name: string, { id }: NewKey) =>
    rows.find((row) => [name, id].some((word) => JSON.stringify(row).includes(`"${word}"`)))?.requests;
  expect([countOf("anna", anna), countOf("ben", ben), countOf("carla", carla)]).toEqual([2, 2, 2]);

  // Somebody leaves, and a key is replaced while it is used.
  await run(sahab, ["backup", "week.age"], passphrase);
  await run(sahab, ["key", "revoke", ben.id, ...(await yesOf(sahab))]);
  expect(await statusOf(address, ben)).toBe(401);
  const rotated = JSON.parse(await run(sahab, ["key", "rotate", anna.id, "--overlap", "24h", "--json"])) as NewKey;
  expect([await statusOf(address, anna), await statusOf(address, rotated)]).toEqual([200, 200]);

  // The backup is a whole Sahab elsewhere, as it was: with the key that was revoked since.
  const elsewhere = await newMachine({ SAHAB_DATA: join(folder, "restored") });
  await run(elsewhere, ["restore", "week.age"], passphrase);
  await elsewhere.start();
  expect((await rowsOf(elsewhere)).reduce((sum, { requests }) => sum + requests, 0)).toBe(6);
  expect([await statusOf(elsewhere.address, anna), await statusOf(elsewhere.address, ben)]).toEqual([200, 200]);
  expect(await statusOf(elsewhere.address, rotated)).toBe(401);
  await run(elsewhere, ["stop"]);
  await elsewhere.ended();

  // SIGTERM to every process at once: the answer that is under way is whole, and no process is left.
  const long = await ask(address, rotated.key, { stream: true, max_tokens: 250, logit_bias: { "300": 100 } });
  let text = "";
  for await (const chunk of (long.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    if (text === "") sahab.signalGroup("SIGTERM");
    text += chunk;
  }
  expect(text).toEndWith("data: [DONE]\n\n");
  expect(text).not.toContain('"error"');
  await sahab.ended();
});

interface UsageRow {
  requests: number;
}

/** Whether a command that cannot be taken back has to be told so. */
async function yesOf(sahab: Machine): Promise<string[]> {
  return (await run(sahab, ["key", "revoke", "--help"])).includes("--yes") ? ["--yes"] : [];
}

describeWithPostgres("two processes behind nginx with TLS", (cluster) => {
  test.skipIf(!hasNginx)("are upgraded one after the other, and no answer is lost", async () => {
    await cluster.start();
    const database = await cluster.createDatabase();
    const certificate = await makeCertificate(folder, "nginx");
    const env = (name: string) => ({
      SAHAB_DATABASE_URL: cluster.url(database),
      SAHAB_MASTER_KEY: "one master key for both processes",
      SAHAB_ADMIN_KEY: "admin-key-of-both-processes",
      SAHAB_TRUSTED_PROXIES: "127.0.0.1",
      SAHAB_DATA: join(folder, name),
      SAHAB_LOG: "error",
    });
    const pair = [await newMachine(env("one")), await newMachine(env("two"))];
    for (const machine of pair) await machine.start();
    const [one] = pair;
    if (one === undefined) throw new Error("there are two");
    await run(one, ["apply", "-f", "cloud.yaml"], { GPU_BOX_KEY: "vendor-key" });
    const key = await newKey(one, "traffic");
    // What one has taken over, the other has within two seconds.
    for (const { address } of pair)
      await eventually("the model", async () => (await ask(address, key.key, { model: "chat" })).ok);
    const nginx = await startNginx(
      pair.map(({ address }) => Number(new URL(address).port)),
      certificate,
    );
    const statuses = new Map<string, number>();
    let isOver = false;
    const load = Array.from({ length: 6 }, async (_, at) => {
      while (!isOver) {
        const stream = at % 2 === 0;
        const response = await ask(
          nginx.address,
          key.key,
          { model: "chat", stream },
          { tls: { ca: certificate.cert } },
        );
        const text = await response.text();
        const isWhole = stream ? text.endsWith("data: [DONE]\n\n") : text.includes("a b ");
        const heard = `${response.status} ${isWhole ? "whole" : text.slice(0, 300)}`;
        statuses.set(heard, (statuses.get(heard) ?? 0) + 1);
        await Bun.sleep(10);
      }
    });
    try {
      const newTree = makeTree(join(folder, "sahab-new"), nextVersion);
      for (const machine of pair) {
        expect(machine.printed).not.toContain(nextVersion);
        await run(machine, ["stop"]);
        await machine.ended();
        machine.tree = newTree;
        await machine.start();
        expect(machine.printed).toContain(`Sahab ${nextVersion} listens on`);
        await Bun.sleep(300);
      }
    } finally {
      isOver = true;
      await Promise.all(load);
      await nginx.stop();
    }
    expect([...statuses.keys()]).toEqual(["200 whole"]);
    expect(statuses.get("200 whole")).toBeGreaterThan(50);
    for (const machine of pair) {
      machine.signalGroup("SIGTERM");
      await machine.ended();
    }
    // As many records as answers: none is lost, none is there twice.
    const [row] = await cluster.query<{ count: string }>(
      "select count(*)::text as count from usage where status = 200",
      database,
    );
    const firstOnes = pair.length;
    expect(Number(row?.count)).toBe((statuses.get("200 whole") ?? 0) + firstOnes);
  });
});
