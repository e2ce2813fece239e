import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runInTerminal } from "../testing/run-in-terminal.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

let sahab: TestSahab;
let vendor: FakeVendor;
const folder = makeTemporaryFolder();

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hi"]) });
  sahab = await runSahab();
}, 30_000);

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

const apply = (text: string, ...args: string[]) => sahab.command(["apply", "-f", "-", ...args], { stdin: text });
const managers = async () => {
  const { resources } = await sahab.adminJson<{ resources: { kind: string; name: string; managed_by: string }[] }>(
    "/config/managers",
  );
  return Object.fromEntries(resources.map(({ kind, name, managed_by: by }) => [`${kind} ${name}`, by]));
};
const fileOf = (text: string, name = "cloud.yaml") => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const cloud = (more = "") => `
providers:
  - { name: p, vendor: compatible, base_url: "http://127.0.0.1:${vendor.port}/v1", api_key: sk-one }
models:
  - name: chat
    targets: [{ provider: p, model: m }]
    price: { currency: USD, input: 1, output: 2 }
${more}`;
const two = () => cloud("aliases: { quick: chat, slow: nano }\nprojects: [{ name: team, models: [nano, chat] }]\n");

describe("who manages what", () => {
  test("a file names what is not its own, and what it does not name stays and is told", async () => {
    expect(await managers()).toEqual({ "model nano": "pull", "project default": null as unknown as string });
    const first = await apply(two());
    expect(first).toMatchObject({ status: 0, stderr: "Not in the file, and kept: model nano (pull).\n" });
    expect(first.stdout).toContain("+ alias slow\n");
    expect(await managers()).toEqual({
      "provider p": "file",
      "model chat": "file",
      "model nano": "pull",
      "alias quick": "file",
      "alias slow": "file",
      "project team": "file",
      "project default": null as unknown as string,
    });
    const { models } = await sahab.adminJson<{ models: { name: string; managed_by: string }[] }>("/models");
    expect(models.map(({ name, managed_by: by }) => [name, by])).toEqual(
      expect.arrayContaining([
        ["chat", "file"],
        ["nano", "pull"],
      ]),
    );
  }, 20_000);

  test("export prints what a file manages; applied again it changes nothing", async () => {
    const exported = await sahab.command(["export"]);
    expect(parseYaml(exported.stdout)).toMatchObject({ models: [{ name: "chat" }], aliases: { slow: "nano" } });
    expect(exported.stderr).toBe("Not printed, since no file manages it: model nano (pull); --all prints it, too\n");
    expect(await apply(exported.stdout)).toMatchObject({ status: 0, stdout: "Nothing to change.\n" });
    const all = await sahab.command(["export", "--all"]);
    expect(all.stderr).toBe("");
    const taken = await apply(all.stdout, "--dry-run");
    expect(taken.stdout).toBe("~ model nano (managed_by)\n    managed_by: pull → file\n1 change would be made.\n");
  }, 20_000);

  test("without a terminal deletions are listed and nothing changes; --prune and --yes make them", async () => {
    const before = await sahab.adminJson("/config");
    for (const extra of [[], ["--json"]]) {
      const refused = await apply(cloud(), ...extra);
      expect(refused).toMatchObject({ status: 1, stdout: "" });
      expect(refused.stderr).toBe(
        "Nothing was changed. The file managed these before and does not name them now, so they would be deleted:\n- project team\n- alias quick\n- alias slow\nDelete them with --prune (or --yes), or keep them in the file.\n",
      );
    }
    expect(await sahab.adminJson("/config")).toEqual(before);
    expect((await apply(cloud(), "--dry-run")).stdout).toContain("- project team\n");
    for (const flag of ["--prune", "--yes"]) {
      expect(await apply(cloud(), flag)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("- alias slow\n"),
      });
      expect(await apply(two(), flag)).toMatchObject({ status: 0 });
    }
    expect(Object.keys(await managers())).toContain("model nano");
  }, 30_000);

  test("on a terminal the deletions are shown and asked for", async () => {
    const file = fileOf(cloud());
    const env = sahab.commandEnvironment();
    const no = await runInTerminal(["apply", "-f", file], [["[y/N] ", "n\r"]], { env });
    expect(no.status).toBe(1);
    expect(no.shown).toContain("delete project team, alias quick, alias slow?");
    expect(no.shown).toContain("Nothing was changed.");
    expect(Object.keys(await managers())).toContain("project team");
    const yes = await runInTerminal(["apply", "-f", file], [["[y/N] ", "y\r"]], { env });
    expect(yes.status).toBe(0);
    expect(yes.shown).toContain("3 changes made.");
    expect(Object.keys(await managers())).not.toContain("project team");
  }, 30_000);

  test("what was confirmed is what is done: another plan is refused, with what it would be now", async () => {
    await apply(two());
    const post = (query: string) => sahab.admin(`/apply${query}`, { json: parseYaml(cloud()) as object });
    const refused = await post("");
    expect(refused.status).toBe(409);
    const { error } = (await refused.json()) as { error: { code: string; plan: string; changes: unknown[] } };
    expect(error).toMatchObject({ code: "conflict", changes: [{ name: "team" }, { name: "quick" }, { name: "slow" }] });
    await apply(`${two()}cors: { origins: [] }\n`);
    const other = await post(`?prune=1&plan=${error.plan}`);
    const now = ((await other.json()) as { error: { plan: string; changes: unknown[] } }).error;
    expect([other.status, now.changes.length]).toEqual([409, 4]);
    expect((await post(`?prune=1&plan=${now.plan}`)).status).toBe(200);
  }, 20_000);

  test("two files at once: each change is whole, and the last one's file is what is there", async () => {
    const file = (name: string) => ({ ...(parseYaml(cloud()) as object), projects: [{ name }, { name: `${name}-2` }] });
    const names = ["a", "b", "c", "d"];
    const answers = await Promise.all(names.map((name) => sahab.admin("/apply?prune=1", { json: file(name) })));
    // Each of them either was made, or has found the configuration changing at every try.
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    for (const { status } of answers) expect([200, 409]).toContain(status);
    const projects = Object.keys(await managers()).filter((name) => /^project [a-d](-2)?$/.test(name));
    expect(projects).toHaveLength(2);
    expect(projects[1]).toBe(`${projects[0]}-2`);
    await apply(cloud(), "--prune");
  }, 20_000);

  test("what refers to a thing that goes is told by its name, since the file does not have it", async () => {
    // As the admin API would have stored it.
    await apply(cloud("projects: [{ name: theirs, models: [chat] }]\n"));
    await sahab.kill();
    const database = new Database(join(sahab.dataDir, "sahab.db"));
    database.run("UPDATE resources SET managed_by = 'console' WHERE name = 'theirs'");
    database.close();
    await sahab.start();
    const broken = await apply("providers: []\nmodels: []\n", "--prune");
    expect(broken.status).toBe(1);
    expect(broken.stderr).toContain(
      'project theirs, which the file does not name and which stays: models[0]: "chat" is not among the models (nano)',
    );
    const narrow = await apply(cloud("memory: 64MB\n"));
    expect(narrow.stderr).toMatch(
      /: model nano, which the file does not name and which stays: local: Model nano needs \d+ MB/,
    );
    expect(await apply(cloud())).toMatchObject({ status: 0, stdout: "Nothing to change.\n" });
    expect((await managers())["project theirs"]).toBe("console");
    expect((await apply(cloud("projects: [{ name: theirs, models: [chat] }]\n"))).stdout).toContain(
      "managed_by: console → file",
    );
    await apply(cloud(), "--prune");
  }, 30_000);

  test("what an earlier version has stored is the file's where a file was applied, and pulled otherwise", async () => {
    const forget = async (more = "") => {
      await sahab.kill();
      const database = new Database(join(sahab.dataDir, "sahab.db"));
      database.run("UPDATE resources SET managed_by = NULL");
      if (more !== "") database.run(more);
      database.close();
      await sahab.start();
    };
    await forget();
    expect(await managers()).toMatchObject({ "model chat": "file", "model nano": "file" });
    const refused = await apply(cloud());
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining("- model nano\n") });
    await forget("DELETE FROM resources WHERE name IN ('p', 'chat')");
    expect(await managers()).toEqual({ "model nano": "pull", "project default": null as unknown as string });
    expect(await apply(cloud())).toMatchObject({ status: 0 });
  }, 30_000);

  test("a start with SAHAB_CONFIG deletes nothing and says what would", async () => {
    await apply(two(), "--prune");
    const file = fileOf(cloud());
    await sahab.kill();
    await sahab.start({ SAHAB_CONFIG: file });
    expect((await managers())["project team"]).toBe("file");
    expect(sahab.logs()).toContain(
      `the file no longer names project team, alias quick, alias slow, which it managed before: a start deletes nothing; to delete it, run: sahab apply -f ${file} --prune`,
    );
    await sahab.restart();
    await apply(cloud(), "--prune");
  }, 30_000);
});

describe("where it is wrong", () => {
  test("each problem is a line with its place in the file, also what only the server finds", async () => {
    const text = `providers:
  - name: r
    vendor: compatible
    base_url: "http://127.0.0.1:1/v1"
models:
  - name: qwen2.5:7b
    targets:
      - { provider: q, model: m }
    price:
      currency: USD
      input: lots
      output: 2
  - name: big
    local: { file: big.gguf }
aliases:
  gpt-*: nothing
`;
    const file = fileOf(text);
    const first = await sahab.command(["apply", "-f", file]);
    expect(first).toMatchObject({ status: 1, stdout: "" });
    const lines = first.stderr.trim().split("\n");
    expect(lines).toEqual([
      expect.stringMatching(
        new RegExp(`^${file}:11:7: models\\[0\\]\\.price\\.input: expected a decimal .*; found "lots"`),
      ),
    ]);
    const second = await sahab.command(["apply", "-f", fileOf(text.replace("lots", "3"))]);
    expect(second.stderr.trim().split("\n")).toEqual([
      expect.stringContaining(`${file}:8:11: models[0].targets[0].provider: "q" is not among the providers (r)`),
    ]);
    const fixed = text.replace("lots", "3").replace("provider: q", "provider: r");
    const third = await sahab.command(["apply", "-f", fileOf(fixed)]);
    expect(third.stderr).toStartWith(`${file}:16:3: aliases.gpt-*: "nothing" is not among the models`);
    const fourth = await sahab.command(["apply", "-f", fileOf(fixed.replace("nothing", "big"))]);
    expect(fourth.stderr).toMatch(
      new RegExp(
        `^${file}:14:14: models\\[1\\]\\.local\\.file: there is no file .*big\\.gguf; fetch it with: sahab pull`,
      ),
    );
  }, 20_000);

  test("several at once are all told, in order and in bounds; JSON files, too", async () => {
    const document = { models: Array.from({ length: 60 }, (_, at) => ({ name: `m${at}`, target: [] })) };
    const file = fileOf(JSON.stringify(document, null, 2), "cloud.json");
    const { stderr, status } = await sahab.command(["apply", "-f", file]);
    const lines = stderr.trim().split("\n");
    expect([status, lines.length]).toEqual([1, 51]);
    expect(lines[0]).toStartWith(`${file}:5:7: models[0].target: unknown field`);
    expect(lines[50]).toMatch(/^and \d+ more$/);
    const answer = await sahab.admin("/apply", { json: document });
    const { error } = (await answer.json()) as {
      error: { problems: { path: string; message: string }[]; problems_count: number };
    };
    expect(error.problems[0]).toEqual({ path: "models[0].target", message: expect.stringContaining("unknown field") });
    expect(error.problems).toHaveLength(50);
    expect(error.problems_count).toBeGreaterThanOrEqual(60);
  }, 20_000);

  test.each([
    ["a tab", "models:\n\t- name: a\n", 2, 1, "a tab is used as indentation", "→- name: a"],
    ["wrong indentation", "models:\n  - name: a\n   targets: []\n", 3, 1, "indentation does not fit", "   targets: []"],
    ["a key twice", "models: []\nprojects: []\nmodels: []\n", 3, 1, "there twice", "models: []"],
    ["a colon in a value", "models:\n  - name: this: that\n", 2, 11, "needs quotes", "  - name: this: that"],
    [
      "an open quote",
      'models:\n  - name: "a\nprojects: []\n',
      2,
      11,
      "a quote is opened and not closed",
      '  - name: "a',
    ],
    ["an open bracket", "models: [\nprojects: []\n", 2, 1, "bracket that was opened before", "projects: []"],
    ["a missing space", "models:\n- name:a\n  price: free\n", 2, 3, "the space behind one", "- name:a"],
  ])("%s is told in plain words, with the line", async (_name, text, line, column, words, picture) => {
    const { stderr, status, stdout } = await apply(text);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    const [head, shown, mark] = stderr.split("\n");
    expect(head).toStartWith(`standard input:${line}:${column}: this is not YAML: `);
    expect(head).toContain(words);
    expect(shown).toBe(`  ${line} | ${picture}`);
    expect(mark).toBe(`    | ${" ".repeat(column - 1)}^`);
  });

  test("the line that is shown hides what may be a key", async () => {
    const { stderr } = await apply(
      "providers:\n  - name: p\n    api_key: hunter2: x\n    b: @sk-0123456789abcdef0123456789\n",
    );
    expect(stderr).toContain("api_key: **********");
    expect(stderr).not.toContain("hunter2");
    const other = await apply("a: @sk-0123456789abcdef0123456789\n");
    expect(other.stderr).not.toContain("0123456789");
  });
});

describe("what would fail later", () => {
  test("a model without a price, a small budget, a context that is too long, an empty variable", async () => {
    const text = `
providers:
  - { name: openai, vendor: openai, api_key: "\${APPLY_EMPTY}" }
  - { name: own, vendor: compatible, base_url: "http://127.0.0.1:${vendor.port}/v1/v1/chat/completions" }
models:
  - { name: dear, context: 9000000, targets: [{ provider: openai, model: gpt-5.4 }] }
  - { name: guess, targets: [{ provider: own, model: deepseek-ai/deepseek-chat }] }
  - { name: nano, local: { file: nano.gguf, context: 1000000, slots: 1 } }
projects:
  - { name: poor, budget: { amount: 0.01, period: day } }
`;
    const result = await sahab.command(["apply", "-f", "-", "--dry-run"], { stdin: text, env: { APPLY_EMPTY: " " } });
    expect(result.stderr).toContain(
      "standard input:3:37: providers[0].api_key: environment variable APPLY_EMPTY is empty where the configuration is applied",
    );
    const set = await sahab.command(["apply", "-f", "-", "--dry-run"], { stdin: text, env: { APPLY_EMPTY: "sk-x" } });
    expect(set.status).toBe(0);
    const told = set.stderr;
    expect(told).toMatch(/warning: standard input:7:5: models\[1\]\.price: model guess has no known price at own/);
    expect(told).toMatch(/403 model_not_priced.*price: \{ currency: USD, input: [\d.]+.*price: free/);
    expect(told).toMatch(
      /warning: standard input:6:19: models\[0\]\.context: model dear has 9000000, .* gpt-5\.4 at openai has \d+/,
    );
    expect(told).toMatch(
      /projects\[0\]\.budget: of project poor it is at most 0\.01 USD, and an answer of dear may cost/,
    );
    expect(told).toMatch(/providers\[1\]\.base_url: .*so http:\/\/127\.0\.0\.1:\d+\/v1 is used/);
    expect(told).toContain('models "nano": its context is 1000000 tokens, and it was trained with ');
  }, 20_000);

  test("--probe tries the providers, of a dry run too, and stores nothing", async () => {
    const before = await sahab.adminJson("/config");
    const text = cloud().replace(
      "models:",
      `  - { name: dead, vendor: compatible, base_url: "http://127.0.0.1:9/v1" }\nmodels:`,
    );
    const calls = vendor.calls.length;
    const probed = await apply(text, "--dry-run", "--probe");
    expect(probed.status).toBe(0);
    expect(probed.stdout).toMatch(/provider p: reached \(\d+ ms\)/);
    expect(probed.stderr).toMatch(/warning: provider dead: connection: /);
    expect(vendor.calls.length).toBe(calls);
    expect(await sahab.adminJson("/config")).toEqual(before);
    const json = await apply(text, "--dry-run", "--probe", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      dry_run: true,
      probes: [{ name: "p" }, { name: "dead", status: "failed" }],
    });
  }, 20_000);

  test("values before and after are shown, never a secret's", async () => {
    const text = cloud().replace("input: 1", "input: 1.5").replace("sk-one", "sk-two").replace("/v1", "/other/v1");
    const { stdout } = await apply(text, "--dry-run");
    expect(stdout).toBe(
      [
        "~ provider p (api_key, base_url)",
        "    api_key: changed, and not shown",
        `    base_url: http://127.0.0.1:${vendor.port}/v1 → http://127.0.0.1:${vendor.port}/other/v1`,
        "~ model chat (price)",
        "    price.input: 1 → 1.5",
        "2 changes would be made.",
        "",
      ].join("\n"),
    );
  }, 20_000);
});
