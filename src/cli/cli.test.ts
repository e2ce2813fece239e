import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { formatNano, parseNano } from "../base/money.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runCommand } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Every command, run as a user runs it, against a real Sahab with its built-in model.

const commands = [
  "up",
  "status",
  "stop",
  "login",
  "apply",
  "export",
  "key",
  "pull",
  "models",
  "ps",
  "rm",
  "chat",
  "usage",
  "doctor",
];

let vendor: FakeVendor;
let sahab: TestSahab;
let folder: string;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  vendor = startFakeVendor({ m: chat(["Hello ", "from ", "afar"]) });
  sahab = await runSahab();
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

/** Runs a command that must succeed; its standard output. */
async function run(args: string[], options: Parameters<TestSahab["command"]>[1] = {}): Promise<string> {
  const result = await sahab.command(args, options);
  expect({ args, status: result.status, stderr: result.stderr }).toMatchObject({ args, status: 0 });
  return result.stdout;
}

/** Runs a command that must fail; its standard error, which must be a message without a stack. */
async function fail(
  args: string[],
  status: number,
  options: Parameters<TestSahab["command"]>[1] = {},
): Promise<string> {
  const result = await sahab.command(args, options);
  expect({ args, status: result.status, stderr: result.stderr }).toMatchObject({ args, status });
  expect(result.stderr).not.toMatch(/\n\s+at .*\.ts:\d+/);
  return result.stderr;
}

const cloud = (extra = "") => `
providers:
  - name: fake
    vendor: compatible
    base_url: ${vendor.url}
    api_key: \${CLI_VENDOR_KEY}
    headers: { x-team: cli-header-secret }
models:
  - { name: nano, local: { file: nano.gguf } }
  - name: afar
    targets: [{ provider: fake, model: m }]
    price: { currency: CNY, input: 4, cached_input: 1, output: 16 }
projects:
  - name: default
  - { name: search-team, currency: CNY, budget: { amount: 5000, period: month }, models: [afar] }
${extra}`;

describe("help and wrong usage", () => {
  test("each command helps, with status 0", async () => {
    const all = await Promise.all([
      run(["--help"]),
      run(["--version"]),
      ...commands.map((command) => run([command, "--help"])),
      ...["create", "list", "revoke"].map((command) => run(["key", command, "--help"])),
    ]);
    for (const command of commands) expect(all[0]).toContain(`\n  ${command}`);
    expect(all[0]).toContain("SAHAB_DATA");
    expect(all[1]).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const text of all.slice(2)) expect(text).toContain("Usage: sahab ");
  });

  test("wrong usage ends with status 2 and says what is allowed", async () => {
    const cases = [
      [],
      ["fly"],
      ["apply"],
      ["apply", "--fast"],
      ["key"],
      ["key", "create"],
      ["key", "create", "x", "--expires", "whenever"],
      ["pull"],
      ["pull", "x", "--slots", "many"],
      ["chat", "nano", "--fast"],
      ["chat", "nano", "Hi", "--max-tokens", "-1"],
      ["usage", "--by", "mood"],
      ["usage", "--since", "sometime"],
      ["usage", "--currency", "dollars"],
      ["rm"],
    ];
    const texts = await Promise.all(cases.map((args) => fail(args, 2)));
    for (const text of texts) expect(text).toMatch(/help|Usage/);
    expect(texts[11]).toContain("model");
  });

  test("a wrong environment is wrong usage", async () => {
    expect(await fail(["models"], 2, { env: { SAHAB_PORT: "x" } })).toContain("SAHAB_PORT");
  });
});

describe("without a server", () => {
  test("commands end with status 1 and say how to start it", async () => {
    const env = { SAHAB_PORT: String(await findFreePort()) };
    const calls = [["models"], ["ps"], ["export"], ["usage"], ["key", "list"], ["chat", "nano", "Hi"], ["rm", "x"]];
    for (const text of await Promise.all(calls.map((args) => fail(args, 1, { env })))) {
      expect(text).toContain("Start it with: sahab up");
      expect(text).toContain(env.SAHAB_PORT);
    }
  });

  test("and without a key they say where one comes from", async () => {
    const empty = makeTemporaryFolder();
    const result = await runCommand(["models"], { env: { SAHAB_DATA: empty } });
    expect(result.status).toBe(1);
    expect(result.stderr).toContain("SAHAB_ADMIN_KEY");
    removeTemporaryFolder(empty);
  });

  test("doctor reports it as a warning", async () => {
    const result = await sahab.command(["doctor"], { env: { SAHAB_PORT: String(await findFreePort()) } });
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(/warning .*nothing answers/);
  });
});

test("the launcher runs a command under the pinned Bun, with settings that Bun accepts", async () => {
  const launcher = join(import.meta.dir, "..", "..", "bin", "sahab.mjs");
  const child = Bun.spawn(["node", launcher, "models", "--json"], {
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...sahab.commandEnvironment() },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toContain("nano");
});

test("a wrong admin key is reported", async () => {
  const told = await fail(["models"], 1, { env: { SAHAB_ADMIN_KEY: "sk-sahab-admin-of-nobody" } });
  expect(told).toMatch(
    /SAHAB_ADMIN_KEY is not an admin key of the server at http:\S+: it begins as an admin key, but has 9 characters .*; set it .*\(invalid_api_key\)/,
  );
  expect(told).not.toContain("sahab key create");
});

describe("apply and export", () => {
  test("dry run, apply, apply again, export, apply the export", async () => {
    const file = join(folder, "cloud.yaml");
    writeFileSync(file, cloud());
    const env = { CLI_VENDOR_KEY: "cli-vendor-secret" };
    const dry = await run(["apply", "-f", file, "--dry-run"], { env });
    expect(dry).toContain("+ provider fake");
    expect(dry).toContain("+ project search-team");
    expect(dry).toContain("would be made");
    expect(await run(["models"])).not.toContain("afar");
    const made = await run(["apply", "-f", file], { env });
    expect(made).toContain("+ model afar");
    expect(made).toContain("4 changes made.");
    expect(await run(["apply", "-f", file], { env })).toBe("Nothing to change.\n");
    const exported = await run(["export"]);
    expect(exported).not.toContain("cli-vendor-secret");
    expect(exported).not.toContain("cli-header-secret");
    expect(parseYaml(exported)).toMatchObject({ providers: [{ name: "fake" }], models: [{ name: "nano" }, {}] });
    expect(await run(["apply", "-f", "-"], { stdin: exported })).toBe("Nothing to change.\n");
    // As `npm run sahab -- export > cloud.yaml` writes it: npm prints two lines of its own first.
    const throughNpm = `\n> sahab@0.1.0 sahab\n> node bin/sahab.mjs export\n\n${exported}`;
    expect(await run(["apply", "-f", "-"], { stdin: throughNpm })).toBe("Nothing to change.\n");
    expect(JSON.parse(await run(["export", "--json"]))).toEqual(parseYaml(exported));
    // The provider is still called with the secret that was not exported.
    await run(["chat", "afar", "Hi"]);
    expect(vendor.calls.at(-1)?.headers.get("authorization")).toBe("Bearer cli-vendor-secret");
    expect(vendor.calls.at(-1)?.headers.get("x-team")).toBe("cli-header-secret");
  });

  test("an update names the fields, never a secret's value; null removes a secret", async () => {
    const env = { CLI_VENDOR_KEY: "another-vendor-secret" };
    const changed = await run(["apply", "-f", "-"], { env, stdin: cloud().replace("input: 4", "input: 5") });
    expect(changed).toContain("~ provider fake (api_key)");
    expect(changed).toContain("~ provider fake (api_key)\n    api_key: changed, and not shown\n");
    expect(changed).toContain("~ model afar (price)\n    price.input: 4 → 5\n");
    expect(changed).not.toContain("another-vendor-secret");
    const none = cloud().replace("${CLI_VENDOR_KEY}", "null");
    expect(await run(["apply", "-f", "-"], { stdin: none })).toContain("~ provider fake (api_key)");
    await run(["chat", "afar", "Hi"]);
    expect(vendor.calls.at(-1)?.headers.get("authorization")).toBeNull();
    await run(["apply", "-f", "-"], { env: { CLI_VENDOR_KEY: "cli-vendor-secret" }, stdin: cloud() });
  });

  test("--json prints the changes and warnings", async () => {
    const result = await sahab.command(["apply", "-f", "-", "--dry-run", "--json"], {
      env: { CLI_VENDOR_KEY: "k-e-y" },
      stdin: cloud(),
    });
    const applied = JSON.parse(result.stdout) as { dry_run: boolean; changes: unknown[]; warnings: string[] };
    expect(applied.dry_run).toBeTrue();
    expect(applied.changes).toEqual([
      {
        action: "update",
        kind: "provider",
        name: "fake",
        fields: ["api_key"],
        values: [{ path: "api_key", secret: true }],
      },
    ]);
    expect(applied.warnings).toEqual([]);
  });

  test("what is wrong with a file is reported, and nothing is changed", async () => {
    const before = await run(["export"]);
    expect(await fail(["apply", "-f", join(folder, "missing.yaml")], 1)).toMatch(/missing\.yaml.*ENOENT/);
    expect(await fail(["apply", "-f", "missing.yaml"], 1)).toMatch(
      /^Cannot read \/.+\/missing\.yaml: there is no such file/,
    );
    expect(await fail(["apply", "-f", folder], 1)).toContain(`Cannot read ${folder}: it is a folder, expected a file`);
    expect(await fail(["apply", "-f", "-"], 1, { stdin: "a: [1\nb" })).toContain("YAML");
    expect(await fail(["apply", "-f", "-"], 1, { stdin: cloud() })).toMatch(
      /providers\[0\]\.api_key.*CLI_VENDOR_KEY is not set/,
    );
    expect(await fail(["apply", "-f", "-"], 1, { stdin: "modells: []" })).toMatch(/modells: unknown field.*models/);
    const noFile = "models: [{ name: big, local: { file: big.gguf } }]";
    expect(await fail(["apply", "-f", "-"], 1, { stdin: noFile })).toMatch(/big\.gguf.*sahab pull/);
    const outside = "models: [{ name: big, local: { file: ../../etc/passwd } }]";
    expect(await fail(["apply", "-f", "-"], 1, { stdin: outside })).toMatch(/leads out/);
    const noModel = "models: [{ name: big, local: { file: /etc/passwd } }]";
    expect(await fail(["apply", "-f", "-"], 1, { stdin: noModel })).toMatch(/GGUF|model/);
    expect(await run(["export"])).toBe(before);
  });

  test("a project with live keys is not dropped by accident", async () => {
    await run(["apply", "-f", "-"], {
      env: { CLI_VENDOR_KEY: "cli-vendor-secret" },
      stdin: cloud("  - { name: passing }\n"),
    });
    const { id } = JSON.parse(await run(["key", "create", "k", "--project", "passing", "--json"])) as { id: string };
    const env = { CLI_VENDOR_KEY: "cli-vendor-secret" };
    expect(await fail(["apply", "-f", "-"], 1, { env, stdin: cloud() })).toContain(id);
    await run(["key", "revoke", id, "--yes"]);
    expect(await fail(["apply", "-f", "-"], 1, { env, stdin: cloud() })).toContain("- project passing");
    expect(await run(["apply", "-f", "-", "--prune"], { env, stdin: cloud() })).toContain("- project passing");
  });
});

describe("keys", () => {
  test("create prints the key alone, list shows its beginning, revoke ends it", async () => {
    const created = await sahab.command(["key", "create", "for a test", "--expires", "30d"]);
    const key = created.stdout.trim();
    expect(key).toMatch(/^sk-sahab-[0-9a-z]{32}$/);
    expect(created.stderr).toContain("keep it now");
    const body = { model: "afar", messages: [{ role: "user", content: "Hi" }] };
    expect((await sahab.call("/v1/chat/completions", body, { key })).status).toBe(200);

    const list = await run(["key", "list"]);
    expect(list).toContain("for a test");
    expect(list).toContain(key.slice(0, 14));
    expect(list).not.toContain(key);
    const rows = JSON.parse(await run(["key", "list", "--json"])) as {
      id: string;
      name: string;
      status: string;
      expires_at: string;
    }[];
    const row = rows.find((one) => one.name === "for a test");
    expect(row?.status).toBe("active");
    expect(Date.parse(row?.expires_at ?? "") - Date.now()).toBeGreaterThan(29 * 86_400_000);

    expect(await run(["key", "revoke", row?.id ?? "", "--yes"])).toContain("Revoked");
    expect((await sahab.call("/v1/chat/completions", body, { key })).status).toBe(401);
    expect(await run(["key", "list"])).toContain("revoked");
  });

  test("a project that is not there, a time that has passed, a key that is not there", async () => {
    expect(await fail(["key", "create", "x", "--project", "nowhere"], 1)).toMatch(/"nowhere".*default, search-team/);
    expect(await fail(["key", "create", "x", "--expires", "2001-01-01"], 1)).toContain("past");
    expect(await fail(["key", "revoke", "key_none"], 1)).toContain("key list");
  });
});

describe("models", () => {
  test("models and ps list what there is, as tables and as JSON", async () => {
    const table = await run(["models"]);
    expect(table).toMatch(/nano +local +nano\.gguf +free/);
    expect(table).toMatch(/afar +remote +fake\/m +4 in, 1 cached, 16 out CNY/);
    expect(JSON.parse(await run(["models", "--json"]))).toHaveLength(2);
    expect(await run(["ps"])).toMatch(/SANDBOX *\nnano .*(full|partial|none)/);
    expect(JSON.parse(await run(["ps", "--json"]))).toMatchObject([{ name: "nano" }]);
  });

  const source = () => join(sahab.dataDir, "models", "nano.gguf");

  test("pull from a file, chat with it, remove it", async () => {
    const copy = join(folder, "Copied-Model.gguf");
    writeFileSync(copy, readFileSync(source()));
    expect(await run(["pull", copy, "--context", "512", "--slots", "2"])).toContain("copied-model");
    expect(await run(["models"])).toContain("copied-model");
    const answer = JSON.parse(await run(["chat", "copied-model", "Hi", "--max-tokens", "4", "--json"])) as {
      text: string;
      usage: { completion_tokens: number };
    };
    expect(answer.usage.completion_tokens).toBeGreaterThan(0);
    expect(await run(["rm", "copied-model", "--yes"])).toContain("and its file");
    expect(readdirSync(join(sahab.dataDir, "models"))).toEqual(["nano.gguf"]);
    expect(existsSync(copy)).toBeTrue();
    expect(await fail(["chat", "copied-model", "Hi"], 1)).toContain("model_not_found");
  });

  test("pull from an address continues where a cut download ended", async () => {
    const bytes = readFileSync(source());
    const ranges: (string | null)[] = [];
    let cut = true;
    const partBytes = () => {
      const part = readdirSync(join(sahab.dataDir, "models")).find((name) => name.endsWith(".part"));
      return part === undefined ? 0 : statSync(join(sahab.dataDir, "models", part)).size;
    };
    const server = createServer((request, response) => {
      const range = request.headers.range ?? null;
      ranges.push(range);
      const from = Number(/bytes=(\d+)-/.exec(range ?? "")?.[1] ?? 0);
      const body = bytes.subarray(from);
      response.writeHead(range === null ? 200 : 206, {
        etag: '"1"',
        "content-length": body.length,
        ...(range !== null && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
      });
      if (!cut) return response.end(body);
      cut = false;
      response.write(body.subarray(0, Math.floor(body.length / 2)));
      // A runtime may drop received bytes when a connection breaks, so it breaks after some of them are on disk.
      return void eventually("the first bytes", () => partBytes() > 1_000).finally(() => response.destroy());
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/files/Cirrus.gguf?token=1`;
    try {
      expect(await fail(["pull", url], 1)).toContain("pull again to continue");
      expect(await run(["models"])).not.toContain("cirrus");
      expect(await run(["pull", url, "--name", "cirrus"])).toContain("Model cirrus is served");
    } finally {
      server.close();
    }
    expect(ranges).toHaveLength(2);
    expect(ranges[0]).toBeNull();
    expect(Number(/bytes=(\d+)-/.exec(ranges[1] ?? "")?.[1])).toBeGreaterThan(1_000);
    expect(readFileSync(join(sahab.dataDir, "models", "Cirrus.gguf")).equals(bytes)).toBeTrue();
    expect(readdirSync(join(sahab.dataDir, "models")).filter((name) => name.endsWith(".part"))).toEqual([]);
    await run(["rm", "cirrus", "--yes"]);
  });

  test("pull refuses a source that is no model, is not there, or answers with an error", async () => {
    const text = join(folder, "text.gguf");
    writeFileSync(text, "not a model");
    expect(await fail(["pull", text], 1)).toContain("GGUF");
    expect(await fail(["pull", join(folder, "none.gguf")], 1)).toContain("no file");
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("no", { status: 404 }) });
    expect(await fail(["pull", `http://127.0.0.1:${server.port}/a.gguf`], 1)).toContain("404");
    await server.stop(true);
    expect(await fail(["pull", "http://127.0.0.1:1/a.gguf"], 1)).toContain("Cannot fetch");
    expect(readdirSync(join(sahab.dataDir, "models"))).toEqual(["nano.gguf"]);
  });

  test("pull does not take the name of a model that vendors serve", async () => {
    const result = await sahab.command(["pull", source(), "--name", "afar"]);
    expect(result.status).toBe(1);
    expect(await run(["models"])).toMatch(/afar +remote/);
  });

  test("rm refuses a model that is not there or is named by a project", async () => {
    expect(await fail(["rm", "nothing"], 1)).toContain("nano, afar");
    expect(await fail(["rm", "afar", "--yes"], 1)).toContain("search-team");
  });

  test("rm of a model whose file is already gone", async () => {
    const copy = join(folder, "gone.gguf");
    writeFileSync(copy, readFileSync(source()));
    await run(["pull", copy]);
    rmSync(join(sahab.dataDir, "models", "gone.gguf"));
    await run(["rm", "gone", "--yes"]);
    expect(await run(["models"])).not.toContain("gone");
  });
});

describe("chat", () => {
  test("one answer from a vendor, from an argument or standard input", async () => {
    expect(await run(["chat", "afar", "Hi", "there", "--system", "Be brief"])).toBe("Hello from afar\n");
    expect(vendor.calls.at(-1)?.body["messages"]).toEqual([
      { role: "system", content: "Be brief" },
      { role: "user", content: "Hi there" },
    ]);
    expect(await run(["chat", "afar"], { stdin: "from a pipe\n" })).toBe("Hello from afar\n");
    expect(vendor.calls.at(-1)?.body["messages"]).toEqual([{ role: "user", content: "from a pipe" }]);
  });

  test("one answer from nano", async () => {
    const answer = JSON.parse(await run(["chat", "nano", "Hi", "--max-tokens", "8", "--json"])) as {
      model: string;
      usage: { completion_tokens: number };
    };
    expect(answer.model).toBe("nano");
    expect(answer.usage.completion_tokens).toBeLessThanOrEqual(8);
    expect(answer.usage).toMatchObject({ cost: "0", cost_currency: "USD" });
  });

  test("nothing to say, or a model that is not there", async () => {
    expect(await fail(["chat", "afar"], 1, { stdin: "" })).toContain("nothing to say");
    expect(await fail(["chat", "afar", ""], 1, { stdin: "" })).toBe(
      "There is nothing to say: give a prompt as argument or on standard input\n",
    );
    expect(await fail(["chat", "gpt-99", "Hi"], 1)).toContain("model_not_found");
  });
});

test("usage sums by group, in tables and as JSON", async () => {
  const rows = JSON.parse(await run(["usage", "--json"])) as {
    group: string;
    requests: number;
    input_tokens: number;
    cost: string;
    currency: string;
  }[];
  const afar = rows.filter((row) => row.group === "afar" && row.requests > 0);
  const requests = afar.reduce((sum, row) => sum + row.requests, 0);
  expect(requests).toBeGreaterThan(3);
  expect(afar.reduce((sum, row) => sum + row.input_tokens, 0)).toBe(requests * 100);
  expect(await run(["usage"])).toMatch(/afar +\d+ +\d+ +\d+ +\d+ +\d+ +\d+ +[\d.]+ CNY/);
  for (const by of ["key", "project", "provider", "day"]) expect(await run(["usage", "--by", by])).toContain("CNY");
  // The test before asked for a model that is not there.
  expect(await run(["usage"])).toMatch(/^\(unknown\) +\d[^]*^\(unknown\): .*named no model that is known here$/m);
  expect(await run(["usage", "--by", "provider"])).toMatch(/^\(none\) +\d[^]*^\(none\): .*reached no provider/m);
  const inYuan = rows.filter(({ currency }) => currency === "CNY");
  const sumOf = (all: typeof rows) => formatNano(all.reduce((sum, { cost }) => sum + (parseNano(cost) ?? 0n), 0n));
  const [, counted, cost] = /^TOTAL +(\d+) .* ([\d.]+) CNY$/m.exec(await run(["usage"])) ?? [];
  expect([counted, cost]).toEqual([String(inYuan.reduce((sum, row) => sum + row.requests, 0)), sumOf(inYuan)]);
  expect(await run(["usage", "--by", "key"])).toMatch(/^KEY +REQUESTS/);
  expect(await run(["usage", "--currency", "cny"])).toContain("afar");
  expect(await run(["usage", "--currency", "EUR"])).toMatch(/^No usage in EUR in this time; there is some in: CNY/);
  expect(await run(["usage", "--currency", "EUR", "--until", "2020-01-01"])).toBe("No usage in this time.\n");
  expect(await fail(["usage", "--since", "2026-02-01", "--until", "2026-01-01"], 1)).toMatch(
    /since: expected a time before until, 2026-01-01\S+; there is 2026-02-01/,
  );
  expect(await run(["usage", "--until", "2020-01-01"])).toMatch(
    /^No usage in this time\. The last request came at 20\S+ \S+ UTC\.\n$/,
  );
  expect(await run(["usage", "--since", "2020-01-01"])).toContain("afar");
});

test("doctor finds a healthy Sahab healthy", async () => {
  const findings = JSON.parse(await run(["doctor", "--json"])) as { check: string; status: string; detail: string }[];
  expect(findings.filter((finding) => finding.status === "problem")).toEqual([]);
  expect(findings.find((finding) => finding.check === "server")?.status).toBe("ok");
  expect(findings.find((finding) => finding.check === "model nano")?.status).toBe("ok");
  // Its status is that of this machine.
  const sandbox = findings.find((finding) => finding.check === "engine sandbox");
  expect(sandbox?.detail).toMatch(sandbox?.status === "ok" ? /^full: .*nano/ : /^(partial|none): .*nano/);
});
