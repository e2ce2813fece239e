import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, chatEvents, errorAnswer, startFakeVendor, streamOf, type FakeVendor } from "../testing/fake-vendor.ts";
import { eventually } from "../testing/eventually.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// `sahab requests`: lists, stories and a list that follows, of requests that two vendors serve and refuse.

let busy: FakeVendor;
let good: FakeVendor;
let sahab: TestSahab;
let port: string;
let ids: Record<"failedOver" | "plain" | "tagged" | "refused" | "poor", string>;

const config = () => ({
  providers: [
    { name: "busy", vendor: "compatible", base_url: busy.url, api_key: "sk-busy-secret" },
    { name: "good", vendor: "compatible", base_url: good.url },
  ],
  models: [
    {
      name: "chat",
      targets: [
        { provider: "busy", model: "b", priority: 1 },
        { provider: "good", model: "g", priority: 2 },
      ],
      price: { currency: "USD", input: 1, cached_input: 0.5, output: 2 },
    },
    { name: "plain", targets: [{ provider: "good", model: "g" }], price: "free" },
    { name: "cut", targets: [{ provider: "good", model: "cut" }], price: "free" },
    { name: "broken", targets: [{ provider: "busy", model: "broken" }], price: "free" },
  ],
  aliases: { "gpt-*": "plain" },
  projects: [{ name: "default" }, { name: "team", budget: { amount: 5, period: "month" } }],
});

beforeAll(async () => {
  busy = startFakeVendor({
    b: () => errorAnswer(429, { message: "Slow down, sk-busy-secret", code: "rate_reached" }, { "retry-after": "60" }),
    broken: () => errorAnswer(400, { message: "No such field", code: "bad_field" }),
  });
  good = startFakeVendor({
    g: chat(["Hi", " there"]),
    cut: streamOf(chatEvents(["Hi", " there", " you"]).slice(0, 3), { paceMs: 20 }),
  });
  const probe = Bun.serve({ port: 0, fetch: () => new Response() });
  port = String(probe.port);
  await probe.stop(true);
  sahab = await runSahab({ config: config(), env: { SAHAB_PORT: port } });
  const team = await sahab.createKey({ name: "ci", project: "team" });
  const poor = await sahab.createKey({ name: "poor", budget: { amount: "0", period: "day" } });
  ids = {
    failedOver: await ask("chat", team.key, { stream: true }),
    plain: await ask("plain", team.key),
    tagged: await ask("plain", undefined, { user: "anna" }, { "x-sahab-session": "s-1" }),
    refused: await ask("broken", team.key),
    poor: await ask("chat", poor.key),
  };
});
afterAll(async () => {
  await sahab?.close();
  await Promise.all([busy?.stop(), good?.stop()]);
});

/** The id of a request that has ended. */
async function ask(model: string, key?: string, more: object = {}, headers: Record<string, string> = {}) {
  const body = { model, messages: [{ role: "user", content: "Hi" }], ...more };
  const response = await sahab.call("/v1/chat/completions", body, { headers, ...(key !== undefined && { key }) });
  await response.text();
  return response.headers.get("x-request-id") ?? "";
}

async function requests(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sahab.command(["requests", ...args], { env: { COLUMNS: "200" } });
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: "" });
  return stdout;
}
async function listed(...args: string[]): Promise<string[]> {
  const found = JSON.parse(await requests("--json", ...args)) as { id: string }[];
  const names = Object.entries(ids);
  return found.map(({ id }) => names.find(([, known]) => known === id)?.[0] ?? id);
}

test("the newest come first, and each filter leaves what it says", async () => {
  expect(await listed()).toEqual(["poor", "refused", "tagged", "plain", "failedOver"]);
  const cases: [string[], string[]][] = [
    [
      ["--key", "ci"],
      ["refused", "plain", "failedOver"],
    ],
    [["--project", "team", "--model", "chat"], ["failedOver"]],
    [
      ["--provider", "good"],
      ["tagged", "plain", "failedOver"],
    ],
    [["--provider", ""], ["poor"]],
    [
      ["--status", "200", "--limit", "2"],
      ["tagged", "plain"],
    ],
    [
      ["--status", "4xx"],
      ["poor", "refused"],
    ],
    [["--status", "error", "--key", "poor"], ["poor"]],
    [["--user", "anna"], ["tagged"]],
    [["--tag", "session=s-1"], ["tagged"]],
    [["--since", "1h", "--until", "2030-01-01", "--status", "402"], ["poor"]],
  ];
  const found = await Promise.all(cases.map(([args]) => listed(...args)));
  expect(found).toEqual(cases.map(([, expected]) => expected));
});

test("the table names keys, fits the terminal and says what has no room", async () => {
  const wide = await requests();
  expect(wide).toMatch(/UTC +ID +KEY +MODEL +PROVIDER +STATUS +TOKENS +COST +TOOK/);
  expect(wide).toMatch(new RegExp(`${ids.failedOver} +ci +chat +good \\(2\\) +200 +100\\+20 +0\\.00012 USD`));
  expect(wide).toMatch(/\(admin\) +plain/);
  expect(wide).toMatch(/ 402 budget_exceeded /);
  const { stdout } = await sahab.command(["requests"], { env: { COLUMNS: "80" } });
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).toContain(`${ids.failedOver.slice(0, 18)}…`);
  expect(stdout).toMatch(/No room for PROVIDER/);
});

test("an empty list says why, and a wrong filter what is allowed", async () => {
  const says = async (args: string[], told: RegExp) =>
    expect([args, await requests(...args)]).toEqual([args, expect.stringMatching(told) as never]);
  const noKey = /^There is no key "cj"; there are: ci, poor; did you mean ci\?\n$/;
  const noProvider = /^There is no provider "goood"; there are: busy, good, local; did you mean good\?/;
  for (const [args, told] of [
    [["--key", "cj"], noKey],
    [["--key", "cj", "--json"], noKey],
    [["tail", "--key", "cj"], noKey],
    [["--provider", "goood"], noProvider],
  ] as const) {
    const { status, stdout, stderr } = await sahab.command(["requests", ...args]);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: expect.stringMatching(told) as never });
  }
  await says(
    ["--status", "5xx", "--project", "team"],
    /^No requests with status 5xx of project team in this time\.\n$/,
  );
  await says(
    ["--until", "2020-01-01", "--key", "ci"],
    /^No requests of key ci in this time\. The last such request came at 20\d\d-/,
  );
  await says(
    ["--since", "1h", "--model", "plane"],
    /in this time; did you mean plain\? There was none at any other time\.\n$/,
  );
  const wrong: [string[], RegExp][] = [
    [["--status", "sometimes"], /Allowed: a status such as 200, a class such as 4xx, or error/],
    [["--since", "soon"], /Allowed: a span before now such as 1h/],
    [["--limit", "0"], /Allowed: 1 to 10000/],
  ];
  for (const [args, told] of wrong) {
    const { status, stderr } = await sahab.command(["requests", ...args]);
    expect([status, stderr]).toEqual([2, expect.stringMatching(told) as never]);
  }
  const answers: [string, RegExp][] = [
    ["status=sometimes", /status: expected a status such as 200, a class such as 4xx, or `error`/],
    ["staus=4xx", /staus: there is no such filter; allowed are limit, cursor, .*; did you mean status\?/],
    ["ended_since=now", /ended_since/],
    ["tag:NAME=x", /tag:NAME: expected/],
  ];
  for (const [query, told] of answers) {
    const response = await sahab.admin(`/requests?${query}`);
    expect([query, response.status, await response.text()]).toEqual([query, 400, expect.stringMatching(told) as never]);
  }
  const usage = await sahab.admin("/usage?projct=team");
  expect([usage.status, await usage.text()]).toEqual([400, expect.stringContaining("did you mean project?") as never]);
});

test("the story of a request tells each attempt, what the vendor said, and how the cost came about", async () => {
  const story = await requests("show", ids.failedOver.slice(0, -3));
  expect(story).toStartWith(`${ids.failedOver}: answered with status 200\n`);
  for (const part of [
    /\nWho: +key ci \(key_\w+\) of project team\n/,
    /\nAsked for: +model chat: chat as a stream, in the form openai-chat\n/,
    /\nAnswered: +g at good, at attempt 2\n/,
    /\nFirst token: +after [\d.]+ m?s\n/,
    /\nTokens: +100 in \(40 from a cache\), 20 out \(5 of reasoning\)\n/,
    /\nCost: +0\.00012 USD\n/,
    /\nBudget: +0\.00012 USD were counted; now project team has 4\.99988 USD left \(month\)\n/,
    /\nAttempt 1: busy, model b\n  began after [\d.]+ m?s and took [\d.]+ m?s\n  failed: its rate limit was reached \(upstream_rate_limited\)\. It answered with status 429 and the code rate_reached\.\n  Then the next target was tried, [\d.]+ m?s later\.\n/,
    /\nAttempt 2: good, model g\n.*\n  answered; its first text came after [\d.]+ m?s\n  cost: 60 input at 1 a million \+ 40 cached input at 0\.5 a million \+ 15 output at 2 a million \+ 5 reasoning at 2 a million = 0\.00012 USD\n/,
  ])
    expect(story).toMatch(part);
  expect(story).not.toContain("sk-busy-secret");
  const json = JSON.parse(await requests("show", ids.failedOver, "--json")) as object;
  expect(json).toMatchObject({
    id: ids.failedOver,
    key_name: "ci",
    attempt_list: [
      { vendor_status: 429, vendor_code: "rate_reached" },
      { vendor_status: null, vendor_code: null },
    ],
    refusal: null,
  });
});

test("what was not tried elsewhere, and what no provider was asked for, is told as well", async () => {
  const refused = await requests("show", ids.refused);
  expect(refused).toStartWith(`${ids.refused}: failed with status 400 (upstream_rejected)\n`);
  expect(refused).toMatch(/It answered with status 400 and the code bad_field\.\n  Others would have done no better/);
  expect(await requests("show", ids.tagged)).toMatch(/user anna\n[^]*Tags: +.*session=s-1[^]*since it is free/);
  const cut = await requests("show", await ask("cut", undefined, { stream: true }));
  expect(cut).toMatch(
    /: failed with status 502 \(stream_interrupted\)\n[^]*Answered: +nobody, after 1 attempt\n[^]*failed: the answer broke off \(stream_interrupted\)\. It had begun; its first text came after [\d.]+ m?s\.\n  The client had a part of the answer by then/,
  );
  // Refusals are noted in the store within a second.
  const poor = await eventually("the refusal's words", async () => {
    const text = await requests("show", ids.poor);
    return text.includes("budget of") || text.includes("left") ? text : undefined;
  });
  expect(poor).toMatch(/: failed with status 402 \(budget_exceeded\): .*\n[^]*No attempt: it ended before/);
});

test("a beginning that several have lists them; one that none has says why", async () => {
  const many = await sahab.command(["requests", "show", "req_"]);
  expect(many.status).toBe(1);
  expect(many.stderr).toMatch(
    /^id: more than 5 requests have ids that begin with "req_"; give more of it: (req_\w+(, )?){5} /,
  );
  const none = await sahab.command(["requests", "show", "req_none"]);
  expect([none.status, none.stderr]).toEqual([
    1,
    expect.stringMatching(/no request "req_none".*sahab requests/) as never,
  ]);
  expect((await sahab.admin(`/requests/${"x".repeat(200)}`)).status).toBe(400);
  expect(await requests("show", `${ids.plain.slice(0, -1)}…`)).toStartWith(ids.plain);
});

test("tail shows what has ended and each that ends, waits for a server that is away, and ends with Ctrl-C", async () => {
  const tail = (...args: string[]) => {
    const child = Bun.spawn([process.execPath, sahabProgram, "requests", "tail", ...args], {
      env: cleanEnvironment(sahab.commandEnvironment()),
      stdout: "pipe",
      stderr: "pipe",
    });
    const shown = { out: "", err: "" };
    const collect = async (stream: ReadableStream<Uint8Array>, to: "out" | "err") => {
      for await (const chunk of stream) shown[to] += new TextDecoder().decode(chunk);
    };
    const read = Promise.all([collect(child.stdout, "out"), collect(child.stderr, "err")]);
    return { child, shown, read };
  };
  const all = tail("-n", "2");
  const errors = tail("--status", "error", "--limit", "1", "--json");
  await eventually("a head and the last two", () => all.shown.out.split("\n").length >= 4);
  expect(all.shown.out).toContain(ids.poor);
  await eventually("the last error", () => errors.shown.out.endsWith("\n"));
  const [fine, bad] = [await ask("plain"), await ask("broken")];
  await eventually("a request that ends", () => all.shown.out.includes(bad));
  expect(all.shown.out.trim().split("\n")).toHaveLength(5);
  expect(all.shown.out.indexOf(fine)).toBeLessThan(all.shown.out.indexOf(bad));
  await sahab.kill("SIGKILL");
  await eventually("the wait is told", () => all.shown.err.includes("waiting for it"));
  await sahab.start();
  const later = await ask("broken");
  await eventually("a request after the restart", () => all.shown.out.includes(later));
  await eventually("the same in the other", () => errors.shown.out.includes(later));
  expect(all.shown.err.trim().split("\n").at(-1)).toBe("It answers again.");
  for (const id of [fine, bad, later]) expect(all.shown.out.split(id)).toHaveLength(2);
  for (const { child, read } of [all, errors]) {
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    await read;
  }
  const [, ...lines] = errors.shown.out.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([bad, later]);
});

test("a reader of tail that leaves ends it, and a wrong filter fails at once", async () => {
  const child = Bun.spawn(["sh", "-c", '"$@" | head -n 2', "sh", process.execPath, sahabProgram, "requests", "tail"], {
    env: cleanEnvironment(sahab.commandEnvironment()),
    stdout: "pipe",
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  await eventually("two lines", async () => (await new Response(child.stdout).text()).split("\n").length === 3);
  for (let tries = 0; tries < 3; tries++) await ask("plain");
  expect(await child.exited).toBe(0);
  clearTimeout(timer);
  const { status, stderr } = await sahab.command(["requests", "tail", "--key", "x".repeat(200)]);
  expect([status, stderr]).toEqual([1, expect.stringContaining("key: ") as never]);
});

test("what a client asked for by another name than the model's is told with what it led to, and no key in its place is", async () => {
  const [alias, unknown, key] = [
    await ask("gpt-4o"),
    await ask("claude-9"),
    await ask("sk-ant-api03-abcdefghijklmnop"),
  ];
  const table = await requests();
  expect(table).toMatch(new RegExp(`${alias} +\\(admin\\) +gpt-4o → plain +good `));
  expect(table).toMatch(new RegExp(`${unknown} +\\(admin\\) +claude-9 → \\(unknown\\) +\\(none\\) `));
  expect(table).toMatch(new RegExp(`${key} +\\(admin\\) +\\[key\\] → \\(unknown\\) `));
  expect(await requests("show", alias)).toMatch(/\nAsked for: +model gpt-4o → plain: chat, in the form openai-chat\n/);
  const json = JSON.parse(await requests("show", ids.plain, "--json")) as object;
  expect(json).toMatchObject({ model: "plain", asked_model: "" });
  const models = await sahab.command(["models"]);
  expect(models.stdout).toMatch(/\ngpt-\* +alias +plain/);
});
