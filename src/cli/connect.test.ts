import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { findClient } from "../connect/registry.ts";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, trustsTests, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// `sahab connect` as a person runs it, against a real Sahab and in a home of its own.

let vendor: FakeVendor;
let sahab: TestSahab;
let base: string;
let home: string;
let count = 0;

beforeAll(async () => {
  base = makeTemporaryFolder();
  vendor = startFakeVendor({});
  const price = { currency: "USD", input: 1, output: 2 };
  const model = (name: string, id = name) => ({ name, targets: [{ provider: "v", model: id }], price });
  sahab = await runSahab({
    env: trustsTests,
    config: {
      providers: [
        { name: "v", vendor: "compatible", base_url: vendor.url },
        { name: "deepseek", vendor: "deepseek", base_url: vendor.url, api_key: "sk-none" },
      ],
      models: [model("text-embedding-1"), model("first"), model("second")],
      aliases: { "claude-*": "second" },
      projects: [{ name: "default" }, { name: "small", models: ["second"] }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(base);
});

beforeEach(() => {
  home = join(base, `home-${++count}`);
  mkdirSync(home);
  rmSync(join(sahab.dataDir, "connect"), { recursive: true, force: true });
});

const run = (args: string[], env: Record<string, string> = {}, stdin?: string) =>
  sahab.command(["connect", ...args], {
    env: { HOME: home, PATH: `${home}/bin`, ...env },
    ...(stdin !== undefined && { stdin }),
  });

const config = () => join(home, ".codex", "config.toml");
const keyIn = (path: string) => /sk-sahab-\w+/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
const keys = async () =>
  (await sahab.adminJson<{ keys: { id: string; name: string; status: string }[] }>("/keys")).keys;
const active = async () =>
  (await keys()).filter(({ name, status }) => name.startsWith("connect ") && status === "active").length;

describe("the list", () => {
  test("says what each is, what is here and what is connected", async () => {
    mkdirSync(join(home, "bin"));
    writeFileSync(join(home, "bin", "codex"), "", { mode: 0o755 });
    mkdirSync(join(home, ".claude"));
    await run(["codex", "--write"]);
    const { status, stdout } = await run(["--json"]);
    expect(status).toBe(0);
    const rows = JSON.parse(stdout) as { name: string; found: string | null; connected: { model: string } | null }[];
    const row = (name: string) => rows.find((one) => one.name === name);
    expect(row("codex")).toMatchObject({
      found: join(home, "bin", "codex"),
      speaks: "responses",
      writes: true,
      connected: { model: "first", state: "ok" },
    });
    expect(row("claude-code")).toMatchObject({ found: join(home, ".claude"), connected: null });
    expect(row("cursor")).toMatchObject({ found: null, writes: false });
    const { stdout: table } = await run([]);
    expect(table).toMatch(/^codex +Codex +yes +~\/bin\/codex +first$/m);
  });

  test("asks the server whether what was written still works, and fits 100 columns", async () => {
    mkdirSync(join(home, "a-folder-of-tools-with-a-long-name"));
    writeFileSync(join(home, "a-folder-of-tools-with-a-long-name", "claude"), "", { mode: 0o755 });
    await run(["codex", "--write"]);
    await run(["claude-code", "--write", "--model", "claude-of-a-name-that-is-long-enough"]);
    const path = { PATH: join(home, "a-folder-of-tools-with-a-long-name") };
    const states = async (env: Record<string, string> = {}) => {
      const { stdout } = await run([], { ...path, ...env });
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
      const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
      return ["codex", "claude-code"].map((name) => rows.find(([first]) => first === name)?.at(-1));
    };
    expect(await states()).toEqual(["first", expect.stringMatching(/^….*-long-enough$/)]);
    expect(await states({ SAHAB_PORT: "1" })).toEqual([
      "first (not checked)",
      expect.stringMatching(/^….* \(not checked\)$/),
    ]);
    const manifest = JSON.parse(readFileSync(join(sahab.dataDir, "connect", "codex.json"), "utf8")) as {
      key_id: string;
    };
    await sahab.command(["key", "revoke", manifest.key_id, "--yes"]);
    const damaged = join(sahab.dataDir, "connect", "claude-code.json");
    writeFileSync(damaged, readFileSync(damaged, "utf8").replace("claude-of-a-name", "gone-of-a-name"));
    expect(await states()).toEqual(["first (key revoked)", expect.stringMatching(/^….* \(model gone\)$/)]);
  });

  test("is there without a server, and a wrong name is told with the right one", async () => {
    expect((await run([], { SAHAB_PORT: "1" })).status).toBe(0);
    const { status, stderr } = await run(["codx"]);
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("There is no codx here; did you mean codex?"),
    });
  });
});

describe("lines to paste", () => {
  test("have a key of their own", async () => {
    const { status, stdout, stderr } = await run(["codex", "--model", "second"]);
    expect(status).toBe(0);
    expect(stdout).toStartWith(
      'Put into ~/.codex/config.toml, at the top, before the first [table], in the place of lines of the same names:\n\nmodel = "second"\n',
    );
    expect(stdout).toContain(
      `\n\nPut into ~/.codex/config.toml, at the end:\n\n[model_providers.sahab]\nname = "Sahab"\nbase_url = "${sahab.address}/v1"\nwire_api = "responses"\n`,
    );
    const key = /sk-sahab-\w+/.exec(stdout)?.[0] ?? "";
    const lastUse = async () => {
      const { keys } = await sahab.adminJson<{ keys: { prefix: string; last_used_at: string | null }[] }>("/keys");
      return keys.find(({ prefix }) => key.startsWith(prefix))?.last_used_at;
    };
    // No program has used it yet.
    expect(await lastUse()).toBeNull();
    expect(await sahab.takesKey(key)).toBeTrue();
    expect(await lastUse()).toBeString();
    expect(stderr).toContain("To have this written instead: sahab connect codex --write --model second\n");
    expect(stderr).toMatch(/good until you run: sahab key revoke key_/);
    expect(existsSync(join(home, ".codex"))).toBeFalse();
  });

  test("are variables of the shell where a program takes these", async () => {
    const { stdout } = await run(["openai-sdk"]);
    expect(stdout).toContain(`export OPENAI_BASE_URL='${sahab.address}/v1'\nexport OPENAI_API_KEY='sk-sahab-`);
    expect((await run(["openai-sdk", "--write"])).stderr).toStartWith("--write cannot set up OpenAI SDK");
  });

  test("are not made, nor a key, for a program whose servers do not reach this machine", async () => {
    const before = await active();
    const fault = `Cursor's servers call the address, and ${sahab.address} is not one that they reach`;
    expect(await run(["cursor"])).toMatchObject({ status: 1, stderr: expect.stringContaining(fault) });
    expect(await active()).toBe(before);
    expect((await run(["cursor", "--dry-run"])).stderr).toContain(`warning: ${fault}`);
  });

  test("come with the command that writes the same, as this program was called", async () => {
    const options = ["--model", "second", "--project", "small", "--expires", "2099-01-31"];
    const { stderr } = await run(["codex", "--dry-run", ...options], { npm_lifecycle_event: "sahab" });
    expect(stderr).toContain(
      "To have this written instead: npm run sahab -- connect codex --write --model second --project small --expires 2099-01-31T00:00:00.000Z\n",
    );
  });

  test("warn of what is true of the program alone", async () => {
    const warnings = async (...args: string[]) => {
      const { stdout } = await run([...args, "--json", "--dry-run"]);
      return (JSON.parse(stdout) as { warnings: string[] }).warnings;
    };
    // Two models answer chats, whatever other names they have.
    expect((await warnings("codex"))[0]).toBe("first was chosen of 2 models; choose another with --model");
    expect(await warnings("open-webui")).toEqual([]);
    const unknown = "the context of first is not known: ";
    const declare = "Declare it in cloud.yaml: models: - name: first, context: 131072 ";
    for (const name of ["goose", "zed", "copilot", "crush"])
      expect((await warnings(name, "--model", "first"))[0]).toStartWith(
        `${unknown}${findClient(name).title} needs a number, so 128000 is written as a guess. ${declare}`,
      );
    for (const name of ["codex", "aider", "qwen-code"])
      expect((await warnings(name, "--model", "first"))[0]).toStartWith(
        `${unknown}${findClient(name).title} gets no number and guesses one. ${declare}`,
      );
    // It has no setting for it.
    expect(await warnings("gemini", "--model", "first")).toEqual([]);
  });

  test("name the aliases that are missing, and only those", async () => {
    const { stderr } = await run(["gemini", "--dry-run"]);
    expect(stderr).toContain("  gemini-*: first");
    const other = await runSahab({
      config: {
        providers: [{ name: "v", vendor: "compatible", base_url: vendor.url }],
        models: [
          { name: "m", targets: [{ provider: "v", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
        ],
        aliases: { "gemini-*": "m" },
      },
    });
    try {
      const told = await other.command(["connect", "gemini", "--dry-run"], { env: { HOME: home } });
      expect([told.status, told.stderr.includes("gemini-*")]).toEqual([0, false]);
    } finally {
      await other.close();
    }
  });

  test("as JSON, and without a key with --dry-run", async () => {
    const before = await active();
    const { stdout } = await run(["gemini", "--json", "--dry-run"]);
    // The first of the configuration that answers chats.
    expect(JSON.parse(stdout)).toMatchObject({
      program: "gemini",
      address: sahab.address,
      model: "first",
      key: "YOUR-SAHAB-KEY",
      key_id: null,
    });
    expect(await active()).toBe(before);
  });
});

describe("the model", () => {
  test("that is not there is told with those that are", async () => {
    const { status, stderr } = await run(["codex", "--model", "secnd"]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'There is no model "secnd" at this server; there are: text-embedding-1, first, second; did you mean second?\n',
    });
  });

  test("may be one that an alias leads to", async () => {
    const { stdout } = await run(["claude-code", "--model", "claude-any", "--json", "--dry-run"]);
    expect(JSON.parse(stdout)).toMatchObject({ model: "claude-any" });
  });

  test("that the project may not call makes no key", async () => {
    const before = await active();
    const { status, stderr } = await run(["codex", "--write", "--model", "first", "--project", "small"]);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("Project small may not call first"),
    });
    expect([await active(), existsSync(config())]).toEqual([before, false]);
  });
});

describe("--write", () => {
  test("never shows the key, and the program's settings have one that works", async () => {
    const shown: string[] = [];
    for (const more of [["--dry-run"], [], ["--json"]]) {
      const { status, stdout, stderr } = await run(["codex", "--write", ...more]);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      shown.push(stdout, stderr);
    }
    const key = keyIn(config());
    expect(await sahab.takesKey(key)).toBeTrue();
    expect(shown.join("\n")).not.toMatch(/sk-sahab-\w/);
    const manifest = join(sahab.dataDir, "connect", "codex.json");
    expect(readFileSync(manifest, "utf8")).not.toContain(key.slice(9, 20));
    for (const path of [config(), manifest]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await active()).toBeGreaterThanOrEqual(1);
  });

  test("with --dry-run writes nothing and makes no key", async () => {
    const before = await active();
    const { stdout } = await run(["codex", "--write", "--dry-run"]);
    expect(stdout).toContain("~/.codex/config.toml: would be created");
    expect([existsSync(join(home, ".codex")), await active()]).toEqual([false, before]);
  });

  test("a second time revokes the first key, and --undo goes back to before both", async () => {
    mkdirSync(join(home, ".codex"));
    writeFileSync(config(), '# mine\nmodel = "o" # why\n', { mode: 0o644 });
    await run(["codex", "--write", "--model", "first"]);
    const first = keyIn(config());
    await run(["codex", "--write", "--model", "second"]);
    const second = keyIn(config());
    expect([await sahab.takesKey(first), await sahab.takesKey(second)]).toEqual([false, true]);
    expect(readFileSync(config(), "utf8")).toStartWith('# mine\nmodel = "second" # why\n');
    const { stdout } = await run(["codex", "--undo"]);
    expect(stdout).toContain("~/.codex/config.toml: changed back");
    expect(readFileSync(config(), "utf8")).toBe('# mine\nmodel = "o" # why\n');
    expect(statSync(config()).mode & 0o777).toBe(0o644);
    expect(await sahab.takesKey(second)).toBeFalse();
    expect((await run(["codex", "--undo"])).stderr).toStartWith(
      "There is nothing to undo: Codex was undone already, at 2",
    );
    expect((await run(["gemini", "--undo"])).stderr).toStartWith(
      "There is nothing to undo: sahab connect gemini --write was not run here",
    );
  });

  test("leaves a file alone that it cannot read, and makes no key", async () => {
    mkdirSync(join(home, ".codex"));
    writeFileSync(config(), "model = \n");
    const before = await active();
    const { status, stderr } = await run(["codex", "--write"]);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^Cannot change .*config\.toml: it is no TOML: .* \(line \d\); nothing was written\n/,
      ),
    });
    expect([readFileSync(config(), "utf8"), await active()]).toEqual(["model = \n", before]);
  });

  test("follows a link to the real file, which stays a link", async () => {
    mkdirSync(join(home, "dotfiles"));
    mkdirSync(join(home, ".codex"));
    writeFileSync(join(home, "dotfiles", "codex.toml"), "# mine\n");
    symlinkSync("../dotfiles/codex.toml", config());
    await run(["codex", "--write"]);
    expect(lstatSync(config()).isSymbolicLink()).toBeTrue();
    expect(readFileSync(join(home, "dotfiles", "codex.toml"), "utf8")).toStartWith("# mine\n");
    expect(keyIn(join(home, "dotfiles", "codex.toml"))).not.toBe("");
    await run(["codex", "--undo"]);
    expect(readFileSync(join(home, "dotfiles", "codex.toml"), "utf8")).toBe("# mine\n");
  });

  test("does not write where every user may", async () => {
    mkdirSync(join(home, ".codex"));
    chmodSync(join(home, ".codex"), 0o777);
    const { status, stderr } = await run(["codex", "--write"]);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("every user of this machine can change"),
    });
  });

  test("takes the places that a program's variables name", async () => {
    await run(["codex", "--write"], { CODEX_HOME: join(home, "elsewhere") });
    expect(keyIn(join(home, "elsewhere", "config.toml"))).not.toBe("");
    const { status } = await run(["codex", "--undo"]);
    expect([status, existsSync(join(home, "elsewhere"))]).toEqual([0, false]);
  });

  test("keeps what was changed since when it is undone", async () => {
    await run(["opencode", "--write"]);
    const settings = join(home, ".config", "opencode", "opencode.json");
    const text = readFileSync(settings, "utf8").replace('"small_model": "sahab/first"', '"small_model": "mine/small"');
    writeFileSync(settings, text.replace("{\n", '{\n  // mine\n  "theme": "dark",\n'));
    const { stdout } = await run(["opencode", "--undo"]);
    expect(stdout).toContain("small_model was changed since, and stays");
    expect(readFileSync(settings, "utf8")).toContain("// mine");
    expect(readFileSync(settings, "utf8")).not.toContain("sahab");
  });

  test("works with a key that there is, without an admin key; undoing does not revoke it", async () => {
    const { key } = await sahab.createKey();
    const bare = { SAHAB_DATA: join(home, "data"), SAHAB_ADMIN_KEY: "" };
    const { status, stderr } = await run(["codex", "--write", "--model", "first", "--key", "-"], bare, `${key}\n`);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(keyIn(config())).toBe(key);
    expect((await run(["codex", "--undo"], bare)).status).toBe(0);
    expect([existsSync(config()), await sahab.takesKey(key)]).toEqual([false, true]);
    const wrong = await run(["codex", "--write", "--key", "sk-sahab-wrong"], bare);
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining("is not a key of the server") });
  });

  test("takes no key of role admin, whichever it is", async () => {
    const { stdout } = await sahab.command(["key", "create", "boss", "--role", "admin"]);
    for (const key of [sahab.adminKey, stdout.trim()]) {
      const { status, stderr } = await run(["codex", "--write", "--key", "-"], {}, key);
      expect({ status, stderr }).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^The key in --key is of role admin, .*: sahab key create NAME/),
      });
      expect(stderr).not.toContain(key.slice(9));
    }
    expect(existsSync(config())).toBeFalse();
  });

  test("puts the model before a person's own where the first of a list is used, and says only what it wrote", async () => {
    const settings = join(home, ".continue", "config.yaml");
    mkdirSync(join(home, ".continue"));
    const own =
      "name: Mine\nversion: 1.0.0\nschema: v1\nmodels:\n  # the big one\n  - name: own\n    provider: ollama\n    model: own\n";
    writeFileSync(settings, own);
    const { stdout } = await run(["continue", "--write", "--model", "second"]);
    const written = readFileSync(settings, "utf8");
    expect(written).toMatch(
      /models:\n  - name: second \(Sahab\)\n[^]*  # the big one\n  - name: own\n[^]*first \(Sahab\)/,
    );
    expect(stdout).not.toMatch(/^ {2}(?:name|version|schema) = /m);
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    // What was changed since stays, and all else is as it was.
    writeFileSync(settings, written.replace("name: Mine", "name: Yours"));
    await run(["continue", "--undo"]);
    expect(readFileSync(settings, "utf8")).toBe(own.replace("name: Mine", "name: Yours"));
    await run(["continue", "--write"]);
    await run(["continue", "--undo"]);
    expect(readFileSync(settings, "utf8")).toBe(own.replace("name: Mine", "name: Yours"));
  });

  test("warns of a person's own settings that win", async () => {
    mkdirSync(join(home, ".codex"));
    writeFileSync(config(), 'profile = "work"\n');
    const told = await run(["codex", "--write"]);
    expect(told.stderr).toContain("warning: profile in ~/.codex/config.toml is yours and wins in Codex: ");
    mkdirSync(join(home, ".config", "opencode"), { recursive: true });
    const settings = join(home, ".config", "opencode", "opencode.json");
    writeFileSync(settings, '{ "enabled_providers": ["anthropic"] }');
    expect((await run(["opencode", "--write"])).stderr).toContain("warning: enabled_providers in ~/.config/opencode/");
    writeFileSync(settings, '{ "enabled_providers": ["anthropic", "sahab"] }');
    expect((await run(["opencode", "--write"])).stderr).not.toContain("enabled_providers");
  });

  test("settings come back though the server is gone; the key is told, and revoked by the next try", async () => {
    await run(["codex", "--write"]);
    const key = keyIn(config());
    const { status, stderr } = await run(["codex", "--undo"], { SAHAB_PORT: "1" });
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining("is not revoked") });
    expect([existsSync(config()), await sahab.takesKey(key)]).toEqual([false, true]);
    expect((await run(["codex", "--undo"])).status).toBe(0);
    expect(await sahab.takesKey(key)).toBeFalse();
  });
});

test("a server without models says what to do", async () => {
  const empty = await runSahab({ config: { models: [], projects: [{ name: "default" }] } });
  try {
    const { status, stderr } = await empty.command(["connect", "codex", "--write"], { env: { HOME: home } });
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("no model that answers chats. Add one: sahab pull"),
    });
  } finally {
    await empty.close();
  }
});
