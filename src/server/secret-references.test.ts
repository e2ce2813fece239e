import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, wholeChat } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Keys that the configuration only refers to, with the real program and a vendor that takes no key but the present one.

const folder = makeTemporaryFolder();
const secrets = join(folder, "secrets");
mkdirSync(secrets);
const started: TestSahab[] = [];
let accepted = new Set<string>();
let refusals = 0;
const vendor = startFakeVendor({
  m(call) {
    const key = call.headers.get("authorization")?.replace("Bearer ", "") ?? "";
    if (accepted.has(key)) return wholeChat("fine")(call);
    refusals++;
    return Response.json({ error: { message: `Incorrect API key provided: ${key}` } }, { status: 401 });
  },
});
afterAll(async () => {
  await Promise.all(started.map((sahab) => sahab.close()));
  await vendor.stop();
  removeTemporaryFolder(folder);
});

const environment = {
  SAHAB_LOG: "info",
  SAHAB_SECRET_HOSTS: `127.0.0.1:${vendor.port}`,
  SAHAB_SECRET_FILES: secrets,
  SAHAB_SECRET_ENV: "TEAM_KEY",
  TEAM_KEY: "sk-of-the-environment-1",
};

function configOf(fields: Record<string, unknown>) {
  return {
    providers: [{ name: "v", vendor: "compatible", base_url: vendor.url, ...fields }],
    models: [{ name: "m", targets: [{ provider: "v", model: "m" }], price: { currency: "USD", input: 1, output: 2 } }],
    projects: [{ name: "default" }],
  };
}

const call = (sahab: TestSahab) =>
  sahab.call("/v1/chat/completions", { model: "m", messages: [{ role: "user", content: "Hi" }] });

/** As programs that mount secrets do: the file is whole whenever it is there. */
function putKey(name: string, key: string): string {
  const path = join(secrets, name);
  writeFileSync(`${path}.new`, `${key}\n`);
  renameSync(`${path}.new`, path);
  return path;
}

async function start(fields: Record<string, unknown>, env: Record<string, string> = {}): Promise<TestSahab> {
  const sahab = await runSahab({ env: { ...environment, ...env }, config: configOf(fields) });
  started.push(sahab);
  return sahab;
}

for (const workers of [1, 2]) {
  test(`a key's file is replaced, and the old key revoked at once, without a failed request, workers ${workers}`, async () => {
    accepted = new Set(["sk-first-key-000001"]);
    const path = putKey(`rotated-${workers}`, "sk-first-key-000001");
    const port = String(await findFreePort());
    const sahab = await start({ api_key: `file:${path}` }, { SAHAB_WORKERS: String(workers), SAHAB_PORT: port });
    let [answers, stop] = [0, false];
    const failures: string[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (!stop) {
        const response = await call(sahab);
        if (response.ok) answers++;
        else failures.push(await response.text());
        await response.body?.cancel().catch(() => undefined);
      }
    });
    for (const next of ["sk-second-key-000002", "sk-third-key-000003"]) {
      const before = answers;
      await eventually("answers", () => answers > before + 10 || failures.length > 0);
      putKey(`rotated-${workers}`, next);
      accepted = new Set([next]);
    }
    const before = answers;
    await eventually("answers with the last key", () => answers > before + 10 || failures.length > 0);
    stop = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
  });
}

test("a command is run anew when the vendor refuses what it gave", async () => {
  const program = join(folder, "give-key");
  const kept = putKey("given", "sk-given-key-000001");
  writeFileSync(program, `#!/bin/sh\ncat ${kept}\n`);
  chmodSync(program, 0o700);
  accepted = new Set(["sk-given-key-000001"]);
  const sahab = await start({ api_key: `exec:${program}` }, { SAHAB_SECRET_COMMANDS: program });
  expect((await call(sahab)).status).toBe(200);
  putKey("given", "sk-given-key-000002");
  await Bun.sleep(5_500);
  accepted = new Set(["sk-given-key-000002"]);
  expect((await call(sahab)).status).toBe(200);
  // A vendor that refuses everything makes it run no more often than every few seconds, and each call asks once.
  accepted = new Set();
  refusals = 0;
  const answers = await Promise.all(Array.from({ length: 10 }, () => call(sahab)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 502));
  expect(refusals).toBe(10);
});

test("what cannot be read is told when it is applied, is not sent, and is taken when it comes", async () => {
  accepted = new Set(["sk-late-key-0000001"]);
  vendor.calls.length = 0;
  const sahab = await start({});
  const applied = await sahab.apply(configOf({ api_key: `file:${secrets}/late` }));
  expect(applied.warnings.join()).toContain("provider v: api_key file:");
  const refused = await call(sahab);
  expect(refused.status).toBe(502);
  expect(await refused.text()).not.toContain(secrets);
  expect(vendor.calls.length).toBe(0);
  await sahab.logged("are not called");
  putKey("late", "sk-late-key-0000001");
  await eventually("an answer", async () => (await call(sahab)).ok);
  writeFileSync(join(secrets, "late"), "");
  await sahab.logged("the last one stays in use");
  expect((await call(sahab)).status).toBe(200);
});

test("references are exported, and applied again change nothing; values are in no export, log, answer or file", async () => {
  accepted = new Set(["sk-of-the-environment-1"]);
  const headers = { "x-team": `file:${putKey("header", "sk-of-the-header-2")}` };
  const sahab = await start({ api_key: "env:TEAM_KEY", headers });
  expect((await call(sahab)).status).toBe(200);
  expect(vendor.calls.at(-1)?.headers.get("x-team")).toBe("sk-of-the-header-2");
  const shown = await sahab.adminJson<{ providers: { api_key?: string; headers?: object }[] }>("/config");
  expect(shown.providers[0]?.api_key).toBe("env:TEAM_KEY");
  expect(shown.providers[0]?.headers).toEqual(headers);
  expect((await sahab.apply(shown)).changes).toEqual([]);
  accepted = new Set();
  const refused = await (await call(sahab)).text();
  const files = readdirSync(sahab.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
  const told = [refused, JSON.stringify(shown), sahab.logs(), ...files].join("\n");
  expect(told).not.toContain("sk-of-the-environment");
  expect(told).not.toContain("sk-of-the-header");
});

test("the holder of the admin key cannot send a secret of the machine anywhere else, nor read another", async () => {
  accepted = new Set(["sk-of-the-environment-1"]);
  const stranger = startFakeVendor({ m: wholeChat("thanks") });
  const sahab = await start({ api_key: "env:TEAM_KEY" });
  for (const [fields, why] of [
    [{ base_url: stranger.url, api_key: "env:TEAM_KEY" }, "SAHAB_SECRET_HOSTS"],
    [{ base_url: stranger.url, headers: { "x-k": "env:TEAM_KEY" } }, "stored secrets would go"],
    [{ base_url: stranger.url, api_key: null, headers: { "x-k": "env:TEAM_KEY" } }, "SAHAB_SECRET_HOSTS"],
    [{ proxy: `http://127.0.0.1:${stranger.port}`, api_key: "env:TEAM_KEY" }, "proxy"],
    [{ api_key: "env:SAHAB_ADMIN_KEY" }, "SAHAB_SECRET_ENV"],
    [{ api_key: "exec:/bin/cat /etc/passwd" }, "SAHAB_SECRET_COMMANDS"],
  ] as const) {
    const answer = await sahab.admin("/apply?prune=1", { json: configOf(fields) });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(why);
  }
  const master = await sahab.apply(configOf({ api_key: `file:${sahab.dataDir}/master.key` }));
  expect(master.warnings.join()).toContain("no such file is in a folder");
  expect((await call(sahab)).status).toBe(502);
  expect(stranger.calls.length).toBe(0);
  await stranger.stop();
});
