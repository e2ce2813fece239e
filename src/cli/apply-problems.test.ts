import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openApplyWorld, type ApplyWorld } from "../testing/apply-world.ts";
import { readCloudFile } from "./cloud-file.ts";
import { CommandError } from "./command-error.ts";

let world: ApplyWorld;
let { sahab, vendor, cloud, apply, fileOf } = {} as ApplyWorld;

beforeAll(async () => {
  world = await openApplyWorld();
  ({ sahab, vendor, cloud, apply, fileOf } = world);
  expect(await apply(cloud())).toMatchObject({ status: 0 });
});

afterAll(() => world?.close());

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
      expect.stringContaining(`${file}:8:11: models[0].targets[0].provider: "q" is not among the providers (r)`),
      expect.stringContaining(`${file}:16:3: aliases.gpt-*: "nothing" is not among the models`),
    ]);
    const second = await sahab.command(["apply", "-f", fileOf(text.replace("lots", "3"))]);
    expect(second.stderr.trim().split("\n")).toEqual([
      expect.stringContaining(`${file}:8:11: models[0].targets[0].provider: "q" is not among the providers (r)`),
      expect.stringContaining(`${file}:16:3: aliases.gpt-*: "nothing" is not among the models`),
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
  });

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
  });

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
    const file = fileOf(text);
    const told = await readCloudFile(file, {}).then(
      () => "",
      (error: unknown) => (error instanceof CommandError ? error.message : String(error)),
    );
    const [head, shown, mark] = told.split("\n");
    expect(head).toStartWith(`${file}:${line}:${column}: this is not YAML: `);
    expect(head).toContain(words);
    expect(shown).toBe(`  ${line} | ${picture}`);
    expect(mark).toBe(`    | ${" ".repeat(column - 1)}^`);
  });

  test.each([
    ["UTF-16", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("models: []\n", "utf16le")]), ": ", "UTF-16"],
    ["GBK", Buffer.from("# 1\nprojects: [{ name: default }] # \xcd\xc5\xb6\xd3\n", "latin1"), ":2:1: ", "not in UTF-8"],
  ])("a file in %s is told to be saved as UTF-8", async (_encoding, bytes, place, words) => {
    const file = fileOf(bytes);
    const { status, stderr } = await sahab.command(["apply", "-f", file]);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining(words) });
    expect(stderr).toStartWith(`${file}${place}this is not YAML: it is `);
    expect(stderr.trim()).toEndWith("save it as UTF-8");
  });

  test("of two files none is taken", async () => {
    const [one, other] = [fileOf(cloud()), fileOf("models: []", "other.yaml")];
    const { status, stderr } = await sahab.command(["apply", "-f", one, "-f", other, "--prune"]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining("Allowed: one file") });
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
  });

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
  });

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
  });
});
