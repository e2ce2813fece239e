import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The real program, with two processes that serve, and a real server with documents of models.dev's form, good and hostile.

let sahab: TestSahab;
let server: Bun.Server<undefined>;
/** What the server answers, by path. */
const answers = new Map<string, (request: Request) => Response>();

const model = (input: unknown, output: unknown, more: object = {}) => ({
  name: "M",
  limit: { context: 100_000, output: 1_000 },
  modalities: { input: ["text"], output: ["text"] },
  cost: { input, output },
  ...more,
});
const vendor = (models: object) => ({ id: "openai", name: "OpenAI", models });
const address = (path: string) => `http://127.0.0.1:${server.port}${path}`;

beforeAll(async () => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => answers.get(new URL(request.url).pathname)?.(request) ?? new Response("no", { status: 404 }),
  });
  sahab = await runSahab({
    env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()) },
    config: {
      providers: [{ name: "mine", vendor: "openai", api_key: "sk-of-the-vendor-for-tests" }],
      projects: [{ name: "default" }],
    },
  });
});
afterAll(async () => {
  await sahab?.close();
  await server?.stop(true);
});

async function run(args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sahab.command(args);
  expect([args, status, stderr]).toEqual([args, 0, ""]);
  return stdout;
}
async function fail(args: string[]): Promise<string> {
  const { status, stderr } = await sahab.command(args);
  expect([args, status]).toEqual([args, 1]);
  return stderr;
}
interface Known {
  id: string;
  vendor: string;
  prices: { input: number; output: number }[];
  available: string[];
}
const list = async (name: string) => JSON.parse(await run(["models", "--all", "--vendor", name, "--json"])) as Known[];
const priceOf = async (id: string) => (await list("openai")).find((known) => known.id === id)?.prices[0];
const update = async (path: string, ...more: string[]) =>
  JSON.parse(await run(["catalog", "update", address(path), "--json", ...more])) as {
    changes: { action: string; vendor: string; model: string; details: string[] }[];
  };

test("the catalogue says where it is from, and lists models with what is available here", async () => {
  expect(await run(["catalog"])).toMatch(
    /1\d{3} models of 38 vendors[^]*models\.dev[^]*2026-07-02[^]*As it comes with Sahab/,
  );
  const table = await run(["models", "--all"]);
  expect(table.split("\n").length).toBeGreaterThan(1_600);
  expect(table).toMatch(
    /^openai +gpt-5\.4 +1\.05M +128K +tools thinking .*2\.5 in, 0\.25 cached, 15 out USD \(more for long prompts\) +mine$/m,
  );
  expect(table).toMatch(/^deepseek +deepseek-flash +1M .*0\.3 in, 0\.006 cached, 1\.2 out USD \(× 0\.5 off peak\)$/m);
  expect(table).toMatch(/^nvidia .* unknown$/m);
  expect(table).toMatch(/^zai +glm-4\.7-flash .* free$/m);
  const anthropic = await list("anthropic");
  expect([anthropic.length, anthropic[0]?.available]).toEqual([24, []]);
  const parts = new Set((await list("zhipu")).map((model) => model.vendor));
  expect([...parts].sort()).toEqual(["zai", "zhipuai"]);
  expect(await fail(["models", "--all", "--vendor", "nobody"])).toContain('no vendor "nobody"; it has: alibaba');
  expect(await fail(["models", "--vendor", "openai"])).toContain("--all");
});

test("an update is shown, made, used by all processes at once, and taken back", async () => {
  const models = {
    "gpt-5.4": model(3, 15, { cost: { input: 3, output: 15, cache_read: 0.3 } }),
    "gpt-9": model(1, 2),
    "gpt-5": model(0, 0),
  };
  answers.set("/api.json", () => Response.json({ openai: vendor(models), nobody: vendor({ x: model(1, 1) }) }));
  const shown = await update("/api.json", "--dry-run");
  expect(await priceOf("gpt-9")).toBeUndefined();
  const made = await update("/api.json");
  expect(made.changes).toEqual(shown.changes);
  const acts = (id: string) => made.changes.filter((change) => change.model === id).map(({ action }) => action);
  expect(acts("gpt-9")).toEqual(["add"]);
  // Of a vendor's models that are not listed any more there is one line, before the news.
  const table = await run(["catalog", "reset"]).then(() => run(["catalog", "update", address("/api.json")]));
  expect(table).toMatch(/^CHANGE[^\n]*\n(?:not listed any more, stays [^\n]*\n)+changed /);
  expect(table.match(/^not listed any more, stays +openai\/.*$/gm)).toEqual([
    expect.stringMatching(/openai\/\* +\d\d models: .* more$/) as never,
  ]);
  expect(table).toMatch(/^changed +openai\/gpt-5\.4 +context \d+ → 100000, output limit \d+ → 1000, takes text/m);
  expect(acts("gpt-5.4")).toContain("price");
  expect(acts("gpt-5")).toContain("kept");
  expect(made.changes.some(({ vendor: part, model: id }) => part === "anthropic" && id === "*")).toBe(true);
  // Each call may reach another of the two processes.
  for (let i = 0; i < 10; i++) {
    const response = await sahab.admin("/catalog", { headers: { connection: "close" } });
    expect(await response.json()).toMatchObject({ updated: true, fault: null, source: address("/api.json") });
  }
  expect(await priceOf("gpt-5.4")).toMatchObject({
    input: 3,
    cached_input: 0.3,
    batch: 0.5,
    tiers: [{ above: 272_000 }],
  });
  expect(await priceOf("gpt-5")).toMatchObject({ input: 1.25, output: 10 });
  expect((await list("anthropic")).length).toBe(24);
  expect(await run(["catalog", "update", address("/api.json")])).toContain("Nothing to change");
  await sahab.restart();
  expect(await priceOf("gpt-9")).toMatchObject({ input: 1, output: 2 });
  expect(await run(["catalog", "reset"])).toContain("comes with Sahab");
  expect(await priceOf("gpt-9")).toBeUndefined();
  expect(await run(["catalog", "reset"])).toContain("no update");
});

test("doctor judges prices by the catalogue that the server uses", async () => {
  const doubts = async () => {
    const findings = JSON.parse((await sahab.command(["doctor", "--json"])).stdout) as Record<string, string>[];
    return findings.flatMap(({ check, detail }) => (check === "configuration" ? [detail] : []));
  };
  const providers = [{ name: "mine", vendor: "openai", catalog: true }];
  const models = [{ name: "next", targets: [{ provider: "mine", model: "gpt-9" }] }];
  const config = { providers, models, aliases: { "gpt-10": "next" }, projects: [{ name: "default" }] };
  await sahab.apply(config);
  const before = await doubts();
  expect(before).toEqual([expect.stringContaining("model next has no known price at mine")]);
  const known = { "gpt-9": model(1, 2), "gpt-10": model(1, 2) };
  answers.set("/known.json", () => Response.json({ openai: vendor(known) }));
  await update("/known.json");
  expect(await doubts()).toEqual([expect.stringContaining("aliases.gpt-10: takes the name of a model of mine")]);
  await run(["catalog", "reset"]);
  expect(await doubts()).toEqual(before);
  await sahab.apply({ providers: [{ name: "mine", vendor: "openai" }], projects: [{ name: "default" }] });
});

test("an absurd price is held back and shown, and taken over where its model is named", async () => {
  answers.set("/cheap.json", () =>
    Response.json({ openai: vendor({ "gpt-5.4": model(0.0025, 0.015), "gpt-5.5": model(5_000, 30_000) }) }),
  );
  const text = await run(["catalog", "update", address("/cheap.json")]);
  expect(text).toMatch(/HELD BACK +openai\/gpt-5\.4 +input 2\.5 → 0\.0025 \(more than 10 times less\)/);
  expect(text).toContain("--accept VENDOR/MODEL");
  expect(await priceOf("gpt-5.4")).toMatchObject({ input: 2.5, output: 15 });
  expect(await priceOf("gpt-5.5")).toMatchObject({ input: 5, output: 30 });
  // The last one is a model of the catalogue that the document does not have.
  for (const typo of ["openai/gpt-54", "gpt-5.4", "openai/", "xai/gpt-5.4", "openai/gpt-5"])
    expect(await fail(["catalog", "update", address("/cheap.json"), "--accept", "openai/gpt-5.5", typo])).toContain(
      `the document has no ${typo}; held back are: openai/gpt-5.4 (`,
    );
  await update("/cheap.json", "--accept", "openai/gpt-5.4");
  expect(await priceOf("gpt-5.4")).toMatchObject({ input: 0.0025, output: 0.015 });
  expect(await priceOf("gpt-5.5")).toMatchObject({ input: 5, output: 30 });
  await run(["catalog", "reset"]);
});

test("what a hostile document says never becomes a price", async () => {
  const prices: [unknown, unknown][] = [
    [-1, -1],
    [-5, 3],
    ["1", "2"],
    [null, 2],
    [0, 0],
    [0, 5],
    [1e300, 1],
    [[1], {}],
  ];
  const hostile = Object.fromEntries(prices.map(([input, output], index) => [`evil-${index}`, model(input, output)]));
  const text = JSON.stringify({
    openai: vendor({ ...hostile, "gpt-5.4": model(-2.5, -15), "\u001b[31mred": model(1, 1) }),
  });
  answers.set(
    "/evil.json",
    () =>
      new Response(text.replace('"evil-0"', '"__proto__":{"cost":{"input":0,"output":0}},"constructor":{},"evil-0"')),
  );
  const printed = await run(["catalog", "update", address("/evil.json")]);
  expect(printed).not.toContain("\u001b");
  expect(printed).toMatch(/price stays +openai\/gpt-5\.4 +the source's price is not credible: input -2\.5, output -15/);
  const openai = await list("openai");
  expect(openai.filter(({ id }) => id.startsWith("evil")).map(({ prices: found }) => found.length)).toEqual(
    prices.map(() => 0),
  );
  expect(openai.find(({ id }) => id === "gpt-5.4")?.prices[0]).toMatchObject({ input: 2.5, output: 15 });
  expect(openai.some(({ id }) => id === "__proto__" || id === "constructor" || id.includes("red"))).toBe(false);
  await run(["catalog", "reset"]);
});

test("what is no document is refused, and changes nothing", async () => {
  answers.set("/html", () => new Response("<html>"));
  answers.set("/empty", () => new Response(""));
  answers.set("/list", () => Response.json([1, 2]));
  answers.set("/strings", () => Response.json({ openai: "gpt", anthropic: { models: "all" } }));
  answers.set("/strangers", () => Response.json({ nobody: vendor({ m: model(1, 1) }) }));
  answers.set("/error", () => new Response("{}", { status: 500 }));
  answers.set("/cut", () => new Response('{"openai":{"models":{'));
  answers.set("/inside", () => Response.redirect("http://169.254.169.254/latest/meta-data"));
  answers.set("/huge", () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x20);
    return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(chunk) }));
  });
  for (const [path, told] of [
    ["/html", "is not JSON"],
    ["/empty", "is not JSON"],
    ["/cut", "is not JSON"],
    ["/list", "no vendor with models"],
    ["/strings", "no vendor with models"],
    ["/strangers", "no vendor with models"],
    ["/error", "the server answered 500"],
    ["/missing", "the server answered 404"],
    ["/inside", "not a public address"],
    ["/huge", "larger than 33554432 bytes"],
  ] as const)
    expect([path, await fail(["catalog", "update", address(path)])]).toEqual([
      path,
      expect.stringContaining(told) as never,
    ]);
  expect(await fail(["catalog", "update", "http://example.com/api.json?key=secret"])).toMatch(
    /use https(?![^]*secret)/,
  );
  expect(await fail(["catalog", "update", "ftp://example.com/api.json"])).toContain("an https address or a file");
  expect(await fail(["catalog", "update", join(sahab.dataDir, "none.json")])).toContain("ENOENT");
  expect(await fail(["catalog", "update", sahab.dataDir])).toContain("no file");
  expect(await run(["catalog"])).toContain("As it comes with Sahab");
});

test("a file will do, and a damaged update is told and not used", async () => {
  const document = join(sahab.dataDir, "document.json");
  writeFileSync(document, JSON.stringify({ openai: vendor({ "gpt-9": model(1, 2) }) }));
  await run(["catalog", "update", document]);
  expect(await priceOf("gpt-9")).toMatchObject({ input: 1 });
  const file = join(sahab.dataDir, "catalog.json");
  const kept = readFileSync(file, "utf8");
  writeFileSync(file, kept.slice(0, -10));
  await eventually("the damage", async () => (await run(["catalog"])).includes("is damaged"));
  // The other process sees it a moment later.
  await eventually("its end in both", async () => (await priceOf("gpt-9")) === undefined);
  await sahab.logged("is damaged");
  // The next update begins with what comes with Sahab.
  await run(["catalog", "update", document]);
  expect(await run(["catalog"])).not.toContain("damaged");
  expect(await priceOf("gpt-9")).toMatchObject({ input: 1 });
});

test("a catalogue does not grow for ever", async () => {
  const names = (round: number) =>
    Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`${"m".repeat(200)}-${round}-${index}`, model(1, 2)]),
    );
  const grow = (round: number) =>
    sahab.admin("/catalog/update", {
      json: Object.fromEntries(["openai", "xai"].map((part) => [part, vendor(names(round))])),
    });
  let status = 200;
  for (let round = 0; round < 8 && status === 200; round++) {
    const response = await grow(round);
    status = response.status;
    // What is not read keeps the server from stopping.
    const text = await response.text();
    if (status !== 200) expect(text).toContain("at most 8388608 are allowed");
  }
  expect(status).toBe(400);
  expect(await run(["catalog"])).not.toContain("warning");
  await run(["catalog", "reset"]);
});
