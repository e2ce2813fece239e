import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor } from "../testing/fake-vendor.ts";
import { runCommand } from "../testing/run-command.ts";
import { isRunning, runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// If Sahab cannot start, one line says why and how to correct it. What a crash leaves behind does not prevent a start.

let folder: string;
let sahab: TestSahab | undefined;

beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(async () => {
  await sahab?.close();
  sahab = undefined;
  removeTemporaryFolder(folder);
});

const config = {
  providers: [{ name: "fake", vendor: "compatible", base_url: "http://127.0.0.1:1", api_key: "vendor-secret-key" }],
  models: [
    { name: "chat", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 1 } },
  ],
  projects: [{ name: "default" }],
};

/** A start that must fail; its standard error, which must be a message without a stack. */
async function failToStart(env: Record<string, string>, status = 1): Promise<string> {
  const result = await runCommand(["up"], {
    env: { SAHAB_DATA: folder, SAHAB_PORT: "0", SAHAB_LOG: "warn", ...env },
  });
  expect({ status: result.status, stderr: result.stderr }).toMatchObject({ status });
  expect(result.stderr).not.toMatch(/\n\s+at .*\.ts:\d+/);
  expect(result.stdout).not.toContain("listens on");
  return result.stderr;
}

describe("it does not start", () => {
  test("on a port in use", async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, "127.0.0.1", () => resolve((blocker.address() as AddressInfo).port));
    });
    const stderr = await failToStart({ SAHAB_PORT: String(port) });
    blocker.close();
    // The next start makes and shows the key, as a first one does.
    expect(existsSync(join(folder, "admin.key"))).toBe(false);
    expect(existsSync(join(folder, "master.key"))).toBe(true);
    expect(stderr).toContain(`Port ${port}`);
    expect(stderr).toContain("SAHAB_PORT");
  });

  test("on an address that is not this machine's", async () => {
    expect(await failToStart({ SAHAB_HOST: "192.0.2.1" })).toContain("SAHAB_HOST");
  });

  test("in a folder that cannot be created", async () => {
    writeFileSync(join(folder, "file"), "");
    const below = await failToStart({ SAHAB_DATA: join(folder, "file", "data") });
    expect(below).toContain(join(folder, "file", "data"));
    expect(below).toContain("SAHAB_DATA");
    expect(await failToStart({ SAHAB_DATA: "/proc/sahab" })).toContain("/proc/sahab");
  });

  test("where a start as another user has left files behind", async () => {
    const isRoot = process.getuid?.() === 0;
    // Root may read everything, so as root the test starts Sahab as user nobody, in a folder with root's files.
    const prefix = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    for (const name of ["admin.key", "lock", "sahab.db"]) {
      const data = join(folder, `with-${name}`);
      mkdirSync(data, { mode: 0o700 });
      const file = join(data, name);
      writeFileSync(file, "somebody else's, long enough", { mode: isRoot ? 0o600 : 0o000 });
      if (isRoot) for (const path of [folder, data]) chownSync(path, 65534, 65534);
      const result = await runCommand(["up"], {
        prefix,
        env: { SAHAB_DATA: data, SAHAB_PORT: "0", SAHAB_LOG: "warn" },
      });
      expect({ name, status: result.status, stderr: result.stderr }).toMatchObject({ name, status: 1 });
      expect(result.stderr).toContain(file);
      expect(result.stderr).toContain("another user");
      expect(result.stderr).not.toMatch(/\n\s+at .*\.ts:\d+/);
    }
    const ps = await runCommand(["ps"], { prefix, env: { SAHAB_DATA: join(folder, "with-admin.key") } });
    expect(ps).toMatchObject({ status: 1 });
    expect(ps.stderr).toContain("SAHAB_ADMIN_KEY");
  });

  test("twice on one folder, and the first keeps running", async () => {
    sahab = await runSahab({ dataDir: folder, config });
    const stderr = await failToStart({});
    expect(stderr).toContain("Another Sahab already runs");
    expect(stderr).toContain(folder);
    expect((await fetch(`${sahab.address}/readyz`)).status).toBe(200);
    expect((await sahab.createKey()).key).toStartWith("sk-sahab-");
  });

  test("on a damaged database", async () => {
    writeFileSync(join(folder, "sahab.db"), "no database at all, only words ".repeat(500));
    const stderr = await failToStart({});
    expect(stderr).toContain(join(folder, "sahab.db"));
    expect(stderr).toMatch(/backup/);
  });

  test("with a master key that did not seal its secrets, from the environment or lost", async () => {
    sahab = await runSahab({ dataDir: folder, config });
    await sahab.kill("SIGTERM");
    const stderr = await failToStart({ SAHAB_MASTER_KEY: "not the key of this folder" });
    expect(stderr).toContain("master key");
    expect(stderr).not.toContain("vendor-secret-key");
    const original = readFileSync(join(folder, "master.key"), "utf8");
    writeFileSync(join(folder, "master.key"), "another key of forty characters or so\n");
    expect(await failToStart({})).toContain("master key");
    writeFileSync(join(folder, "master.key"), original);
    await sahab.start();
    expect(await sahab.adminJson<object>("/config")).toMatchObject({ providers: [{ name: "fake" }] });
  });

  test("with keys that are too short", async () => {
    expect(await failToStart({ SAHAB_MASTER_KEY: "short" }, 2)).toContain("SAHAB_MASTER_KEY");
    expect(await failToStart({ SAHAB_ADMIN_KEY: "short" }, 2)).toContain("SAHAB_ADMIN_KEY");
    writeFileSync(join(folder, "admin.key"), "x\n");
    expect(await failToStart({})).toContain(join(folder, "admin.key"));
  });

  test("with a wrong environment: that is wrong usage", async () => {
    expect(await failToStart({ SAHAB_PORT: "eighty" }, 2)).toContain('SAHAB_PORT is "eighty"');
    expect(await failToStart({ SAHAB_WORKERS: "many" }, 2)).toContain("SAHAB_WORKERS");
    expect(await failToStart({ SAHAB_DATABASE_URL: "mysql://u:hidden-word@h/d" }, 2)).not.toContain("hidden-word");
  });

  test("with a SAHAB_CONFIG that is missing, no YAML, or wrong", async () => {
    const file = join(folder, "cloud.yaml");
    expect(await failToStart({ SAHAB_CONFIG: file })).toContain(
      `Cannot read SAHAB_CONFIG ${file}: there is no such file`,
    );
    writeFileSync(file, "a: [1");
    expect(await failToStart({ SAHAB_CONFIG: file })).toContain(file);
    writeFileSync(file, "providers: [{ name: a, vendor: compatible, base_url: http://x, api_key: '${NOT_SET}' }]\n");
    expect(await failToStart({ SAHAB_CONFIG: file })).toContain(
      "line 1: providers[0].api_key: environment variable NOT_SET",
    );
    writeFileSync(file, "# one\nprojects:\n  - name: default\n    bugdet: 5\n  - name: a b\n");
    expect(await failToStart({ SAHAB_CONFIG: file, SAHAB_CONFG: "x" })).toMatch(
      /SAHAB_CONFG is no variable of Sahab; did you mean SAHAB_CONFIG\?[^]*line 4: projects\[0\]\.bugdet: unknown[^]*line 5: projects\[1\]/,
    );
  });
});

test("the project default is there though SAHAB_CONFIG names others only, and what is exported changes nothing", async () => {
  const file = join(folder, "cloud.yaml");
  writeFileSync(file, "projects: [{ name: team }]");
  sahab = await runSahab({ env: { SAHAB_CONFIG: file } });
  expect(await sahab.command(["key", "create", "x"])).toMatchObject({ status: 0 });
  const exported = await sahab.command(["export"]);
  expect(exported.stdout).toContain("name: default");
  for (const stdin of [
    exported.stdout,
    "models: [{ name: nano, local: { file: nano.gguf } }]\nprojects: [{ name: team }]",
  ]) {
    const again = await sahab.command(["apply", "-f", "-", "--dry-run"], { stdin });
    expect(again.stdout).not.toContain("project");
  }
  expect((await sahab.command(["apply", "-f", "-"], { stdin: exported.stdout })).stdout).toBe("Nothing to change.\n");
  await sahab.restart();
  expect(await sahab.command(["key", "create", "y"])).toMatchObject({ status: 0 });
});

test("SAHAB_CONFIG is applied at the start, with variables from the environment, and a restart changes nothing", async () => {
  const vendor = startFakeVendor({ m: chat(["ok"]) });
  const file = join(folder, "cloud.yaml");
  writeFileSync(
    file,
    `providers:
  - { name: fake, vendor: compatible, base_url: "${vendor.url}", api_key: "\${VENDOR_KEY}" }
models:
  - { name: chat, targets: [{ provider: fake, model: m }], price: { currency: USD, input: 1, output: 1 } }
projects: [{ name: default }]
`,
  );
  sahab = await runSahab({ env: { SAHAB_CONFIG: file, VENDOR_KEY: "vk-from-the-environment", SAHAB_LOG: "info" } });
  for (let i = 0; i < 2; i++) {
    const response = await sahab.call("/v1/chat/completions", {
      model: "chat",
      messages: [{ role: "user", content: "Hi" }],
    });
    expect(response.status).toBe(200);
    expect(vendor.calls.at(-1)?.headers.get("authorization")).toBe("Bearer vk-from-the-environment");
    if (i === 0) await sahab.restart();
  }
  await sahab.logged(/"changes":0/);
  expect(sahab.logs()).not.toContain("vk-from-the-environment");
  await vendor.stop();
});

test("a start whose output is no terminal prints the address, a line to paste and where the admin key is; keys are the owner's alone", async () => {
  sahab = await runSahab({ config });
  expect(sahab.stdout()).not.toContain(sahab.adminKey);
  await sahab.printed(`The admin key is in ${sahab.dataDir}/admin.key`);
  expect(await sahab.printed("The console is at")).not.toContain("#link=");
  expect(sahab.adminKey).toStartWith("sk-sahab-admin-");
  await sahab.printed(`curl -N -H @- ${sahab.address}/v1/chat/completions`);
  for (const name of ["admin.key", "master.key"]) expect(statSync(join(sahab.dataDir, name)).mode & 0o777).toBe(0o600);
  expect(statSync(sahab.dataDir).mode & 0o777).toBe(0o700);
  const files = readdirSync(sahab.dataDir, { recursive: true, encoding: "utf8" });
  expect(files).toContain("sahab.db");
  // The runtime's cache is there because the test's home is there.
  const own = files.filter((file) => !file.startsWith(".bun"));
  expect(
    own.filter(
      (file) => ((statSync(join(sahab?.dataDir ?? "", file), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
    ),
  ).toEqual([]);
  const key = sahab.adminKey;
  chmodSync(sahab.dataDir, 0o755);
  await sahab.restart();
  expect(sahab.adminKey).toBe(key);
  expect(sahab.stdout()).not.toContain(key);
  expect(statSync(sahab.dataDir).mode & 0o777).toBe(0o700);
});

test("an admin key from the environment replaces the folder's", async () => {
  sahab = await runSahab({ env: { SAHAB_ADMIN_KEY: "an-admin-key-of-my-own" }, config });
  expect(existsSync(join(sahab.dataDir, "admin.key"))).toBeFalse();
  expect((await sahab.admin("/keys")).status).toBe(200);
  expect(sahab.stdout()).not.toContain("an-admin-key-of-my-own");
});

test("a journal cut in the middle of a record, and one damaged in the middle: whole records are recovered", async () => {
  const vendor = startFakeVendor({ m: chat(["ok"]) });
  sahab = await runSahab({
    dataDir: folder,
    config: { ...config, providers: [{ ...config.providers[0], base_url: vendor.url }] },
  });
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    const response = await sahab.call("/v1/chat/completions", {
      model: "chat",
      messages: [{ role: "user", content: "Hi" }],
    });
    await response.text();
    ids.push(response.headers.get("x-request-id") ?? "");
  }
  await sahab.kill("SIGKILL");
  await vendor.stop();
  const line = (id: string) => {
    // The format of journal files: the values in the order of the record's fields.
    const values = [id, Date.now(), "admin", "default", "chat", "fake", "chat", 1, 200, "ok", false, 1, 0, 1, 0, false];
    const json = JSON.stringify([...values, "2000", "USD", 1, null]);
    const body = `s ${json}`;
    return `${Bun.hash.crc32(body).toString(16).padStart(8, "0")} ${body}\n`;
  };
  mkdirSync(join(folder, "journal", "5"), { recursive: true });
  const cut = line("req_00000000000000000000000cut");
  writeFileSync(join(folder, "journal", "5", "1.journal"), line("req_00000000000000000000000one") + cut.slice(0, 60));
  writeFileSync(
    join(folder, "journal", "5", "2.journal"),
    `${line("req_00000000000000000000000two")}deadbeef s ["req_x"]\n${line("req_0000000000000000000000tree")}`,
  );
  await sahab.start();
  const seen = (await sahab.records()).map((record) => record.id);
  for (const id of [
    ...ids,
    "req_00000000000000000000000one",
    "req_00000000000000000000000two",
    "req_0000000000000000000000tree",
  ])
    expect(seen.filter((one) => one === id)).toEqual([id]);
  expect(seen).toHaveLength(6);
  expect(existsSync(join(folder, "journal", "5", "2.journal.damaged"))).toBeTrue();
  expect(existsSync(join(folder, "journal", "5", "1.journal"))).toBeFalse();
  await sahab.logged("middle of a record");
});

test("the built-in model's engine ends with a killed Sahab", async () => {
  sahab = await runSahab();
  const children = await eventually("the engine's process", () => {
    const found = sahab?.children() ?? [];
    return found.length > 0 && found;
  });
  await sahab.kill("SIGKILL");
  await eventually("the engine's end", () => !children.some(isRunning));
});
