import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { baseAddressOf } from "../vendor/base-address.ts";
import { Provider, vendorNames, vendors } from "../vendor/index.ts";
import { dialects } from "../dialect/registry.ts";
import { runSahab, type AdminRecord, type TestSahab } from "../testing/run-sahab.ts";
import { call, counts, requestId, text, thought } from "../testing/vendors/answers.ts";
import { chineseVendors } from "../testing/vendors/china.ts";
import { anthropicClient, openaiClient, type Client, type Got, type Question } from "../testing/vendors/clients.ts";
import { otherVendors } from "../testing/vendors/elsewhere.ts";
import { largeVendors } from "../testing/vendors/large.ts";
import { startVendor, thinkingIn, vendorKey, type FakeVendor } from "../testing/vendors/start-vendor.ts";
import {
  errorOf,
  isDocumented,
  troubles,
  type Asking,
  type TroubleName,
  type VendorFacts,
} from "../testing/vendors/vendor-facts.ts";

// Vendors with an OpenAI-style API, each as a server that knows what the vendor documents: asked by OpenAI's SDK, and by
// Anthropic's over the vendor's chat API and over its Messages.

const all: readonly VendorFacts[] = [...largeVendors, ...chineseVendors, ...otherVendors];

/** How a program reaches a vendor. */
interface Way {
  title: string;
  client: Client;
  api: "chat" | "messages";
}

const ways: readonly Way[] = [
  { title: "OpenAI", client: openaiClient, api: "chat" },
  { title: "Anthropic", client: anthropicClient, api: "chat" },
  { title: "Messages", client: anthropicClient, api: "messages" },
];

interface Cell {
  facts: VendorFacts;
  way: Way;
  feature: string;
  check(): Promise<void>;
}

const servers = new Map<VendorFacts, FakeVendor>();
const outcomes = new Map<Cell, Error | undefined>();
let sahab: TestSahab;
let key = "";
let records = new Map<string, AdminRecord>();
let reading: Promise<void> | undefined;

const cells: Cell[] = all.flatMap((facts) =>
  ways
    .filter(({ api }) => api === "chat" || facts.messages !== undefined)
    .flatMap((way) => featuresOf(facts, way).map(([feature, check]) => ({ facts, way, feature, check }))),
);
const features = [...new Set(cells.map(({ feature }) => feature))];

beforeAll(async () => {
  for (const facts of all) servers.set(facts, startVendor(facts));
  sahab = await runSahab({
    config: {
      providers: all.map((facts) => ({
        name: facts.vendor,
        vendor: facts.vendor,
        base_url:
          serverOf(facts).url + (facts.base === undefined ? "" : new URL(facts.base).pathname.replace(/\/$/, "")),
        apis: facts.messages === undefined ? ["chat"] : ["chat", "messages"],
        api_key: vendorKey,
      })),
      models: all
        .flatMap((facts) =>
          facts.thinking.flatMap(({ model }, index) =>
            ways
              .map(({ api }) => ({
                name: nameOf(facts, api, index),
                targets: [{ provider: facts.vendor, model, ...(facts.messages !== undefined && { api }) }],
                price: { currency: "USD", input: 1, cached_input: 0.5, output: 3 },
              }))
              .filter((one, at, list) => list.findIndex(({ name }) => name === one.name) === at),
          ),
        )
        .filter(({ name, targets }) => !name.includes("--messages-") || "api" in (targets[0] ?? {})),
      projects: [{ name: "default" }],
    },
  });
  key = (await sahab.createKey()).key;
  const waiting = [...cells];
  const work = async () => {
    for (let cell = waiting.shift(); cell; cell = waiting.shift()) outcomes.set(cell, await outcomeOf(cell));
  };
  await Promise.all(Array.from({ length: 24 }, work));
}, 180_000);

afterAll(async () => {
  await sahab?.close();
  for (const server of servers.values()) await server.stop();
  console.log(drawTable());
});

for (const facts of all) {
  describe(facts.vendor, () => {
    test("its addresses are those of its documents", () => {
      const vendor = vendors[facts.vendor];
      const given =
        facts.base !== undefined
          ? { base_url: facts.base }
          : vendor.baseUrl === undefined
            ? { base_url: "http://127.0.0.1:8000" }
            : {};
      expect(addressOf(facts, "chat", given)).toBe(facts.chat);
      if (facts.messages !== undefined) {
        expect(addressOf(facts, "messages", given)).toBe(facts.messages);
        for (const copied of [facts.chat, facts.messages].map((one) =>
          one.replace(/\/(?:chat\/completions|messages)$/, ""),
        )) {
          expect(addressOf(facts, "chat", { base_url: copied })).toBe(facts.chat);
          expect(addressOf(facts, "messages", { base_url: copied })).toBe(facts.messages);
        }
      }
      for (const [region, address] of Object.entries(facts.regions ?? {}))
        expect(addressOf(facts, "chat", { region })).toBe(address);
    });

    for (const cell of cells.filter((one) => one.facts === facts)) {
      test(`${cell.way.title}: ${cell.feature}`, () => {
        expect(outcomes.has(cell)).toBe(true);
        const problem = outcomes.get(cell);
        if (problem) throw problem;
      });
    }
  });
}

describe("what a client of the same format sends becomes what the vendor takes", () => {
  const post = async (vendor: string, body: object): Promise<Record<string, unknown>> => {
    const facts = all.find((one) => one.vendor === vendor);
    if (!facts) throw new Error(`no vendor ${vendor}`);
    const words = `field seed of ${vendor}, ${JSON.stringify(body)}`;
    const message = { model: nameOf(facts, "chat", 0), messages: [{ role: "user", content: words }], ...body };
    const response = await sahab.call("/v1/chat/completions", message, { key });
    expect({ status: response.status, body: response.ok ? "" : await response.text() }).toEqual({
      status: 200,
      body: "",
    });
    const { messages: _, model: __, ...asked } = serverOf(facts).askedBy(words) ?? {};
    return asked;
  };

  test.each<[string, object, Record<string, unknown>]>([
    ["mistral", { seed: 7, max_completion_tokens: 9 }, { random_seed: 7, max_tokens: 9 }],
    ["mistral", { max_tokens: 8, max_completion_tokens: 9 }, { max_tokens: 8 }],
    ["nvidia", { stream_options: { include_usage: true } }, {}],
    ["minimax", {}, { reasoning_split: true }],
    ["minimax", { reasoning_split: false }, { reasoning_split: false }],
    [
      "siliconflow",
      { enable_thinking: false, reasoning_effort: "high" },
      { enable_thinking: false, reasoning_effort: "high" },
    ],
    ["siliconflow", { reasoning_effort: "low" }, { enable_thinking: true, thinking_budget: 2048 }],
    ["fireworks", { reasoning_effort: null }, { reasoning_effort: null }],
  ])("%s: %j", async (vendor, sent, expected) => {
    expect(await post(vendor, sent)).toEqual(expected);
  });
});

test("each vendor is one small file", () => {
  const folder = join(import.meta.dir, "../vendor");
  const texts = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ name, text: readFileSync(join(folder, name), "utf8") }))
    .filter(({ text }) => text.includes(": Vendor = {"));
  expect(texts.length).toBeGreaterThan(30);
  for (const { name, text } of texts)
    expect({ name, isSmall: text.split("\n").length <= 100 }).toEqual({ name, isSmall: true });
});

test("every vendor with an API of this style has facts", () => {
  // Vectors and ranking are all that it has.
  const known = new Set(["jina", ...all.map(({ vendor }) => vendor)]);
  expect(vendorNames.filter((name) => !known.has(name))).toEqual([]);
});

function nameOf({ vendor }: VendorFacts, api: string, index: number): string {
  return `${vendor}--${api}-${index}`;
}

function serverOf(facts: VendorFacts): FakeVendor {
  const server = servers.get(facts);
  if (!server) throw new Error(`no server of ${facts.vendor}`);
  return server;
}

function addressOf(facts: VendorFacts, api: string, given: { base_url?: string; region?: string }): string | undefined {
  expect(baseAddressOf(vendors[facts.vendor], given, {})).toBeDefined();
  const provider = new Provider({ name: "one", vendor: facts.vendor, apis: [api], ...given }, dialects);
  const dialect = provider.dialectFor(api === "chat" ? "openai-chat" : "anthropic-messages", undefined, "some-model");
  return provider.endpoint(dialect, "chat", { model: "some-model", stream: false })?.url.href;
}

async function outcomeOf(cell: Cell): Promise<Error | undefined> {
  try {
    await cell.check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function featuresOf(facts: VendorFacts, way: Way): [string, () => Promise<void>][] {
  const ask = (words: string, more: Partial<Question> = {}, index = 0): Promise<Got> =>
    way.client.ask(
      { address: sahab.address, key },
      { model: nameOf(facts, way.api, index), words: `${way.title} ${words}`, stream: false, ...more },
    );
  const bothForms = async (check: (stream: boolean) => Promise<void>): Promise<void> => {
    await check(false);
    await check(true);
  };
  return [
    ["text", async () => checkAnswer(await ask("text"), {})],
    ["stream", async () => checkAnswer(await ask("stream", { stream: true }), {})],
    [
      "tools",
      () =>
        bothForms(async (stream) => {
          const got = await ask(`tool ${stream}`, { stream, hasTool: true });
          checkAnswer(got, { called: call });
        }),
    ],
    ["foreign history", async () => checkAnswer(await ask("history", { history: historyFor(facts, way) }), {})],
    [
      "reasoning",
      () =>
        bothForms(async (stream) => {
          const got = await ask(`think ${stream}`, { stream });
          checkAnswer(got, way.api === "chat" && facts.reasoning === "hidden" ? {} : { thought });
        }),
    ],
    ["usage", () => bothForms(async (stream) => checkRecord(facts, way, await ask(`count ${stream}`, { stream })))],
    ["thinking", () => checkThinking(facts, way, ask)],
    ["cut stream", async () => checkBroken(await ask("cut", { stream: true }))],
    ["error in a stream", async () => checkBroken(await ask("broken", { stream: true }))],
    ...troubles.map((trouble): [string, () => Promise<void>] => [
      trouble,
      () =>
        bothForms(async (stream) => {
          const got = await ask(`trouble: ${trouble}`, { stream });
          await checkTrouble(facts, way, trouble, got);
        }),
    ]),
  ];
}

/** A turn that another model had: without its thoughts, and with an id of its own, where bytes do not pass as they are. */
function historyFor({ callIds }: VendorFacts, { client }: Way): string {
  return callIds && client.name === "openai" ? "aB3dE6gH9" : "toolu_01AbCdEf-GhIjKl_MnOpQrStUvWx";
}

function checkAnswer(got: Got, expected: { thought?: string; called?: Got["called"] }): void {
  expect({ error: got.error, text: got.text }).toEqual({ error: undefined, text });
  if (expected.thought !== undefined) expect(got.thought.trim()).toBe(expected.thought);
  if (expected.called !== undefined) expect(got.called).toEqual(expected.called);
  expect(got.usage).toEqual({ input: counts.input, cached: counts.cached, output: counts.output });
  expect(got.vendorRequestId).toBe(requestId);
}

async function checkRecord(facts: VendorFacts, way: Way, got: Got): Promise<void> {
  expect(got.error).toBeUndefined();
  const record = await recordOf(got.requestId);
  expect(record).toMatchObject({
    tokens: { input: counts.input, cached_input: counts.cached, output: counts.output },
    estimated: false,
    // 56 at 1, 64 at 0.5 and 30 at 3 dollars for a million.
    cost: "0.000178",
  });
  if (facts.cost && way.api === "chat")
    expect(record.attempt_list[0]?.vendor_cost).toEqual({ amount: facts.cost.dollars, currency: "USD" });
}

async function checkThinking(
  facts: VendorFacts,
  { client, api }: Way,
  ask: (words: string, more?: Partial<Question>, index?: number) => Promise<Got>,
): Promise<void> {
  // Messages say it in their own words, which pass.
  if (api === "messages") return;
  for (const [index, fields] of facts.thinking.entries()) {
    for (const asking of client.name === "openai" ? (["high", "off"] as const) : (["budget", "off"] as const)) {
      const expected = fields[asking satisfies Asking];
      if (!expected) continue;
      const words = `${client.name} ${asking} ${index}`;
      const got = await ask(words, { thinking: asking }, index);
      expect({ model: fields.model, error: got.error }).toEqual({ model: fields.model, error: undefined });
      const title = ways.find((way) => way.client === client && way.api === api)?.title;
      const asked = serverOf(facts).askedBy(`${title} ${words}`);
      expect({ model: asked?.["model"], asking, ...thinkingIn(asked) }).toEqual({
        model: fields.model,
        asking,
        ...expected,
      });
    }
  }
}

/** What came is no whole answer, and says so. */
function checkBroken({ error, text: came }: Got): void {
  expect(error).toBeDefined();
  expect(came.length).toBeLessThan(text.length);
}

/** What the record says of each trouble. */
const outcomeOfTrouble: Record<TroubleName, string> = {
  key: "upstream_authentication",
  money: "upstream_authentication",
  rate: "upstream_rate_limited",
  overloaded: "upstream_error",
  parameter: "upstream_rejected",
  model: "upstream_model_not_found",
  context: "context_length_exceeded",
  content: "content_filter",
};
const passedStatuses = new Set([400, 404, 413, 422, 429, 529]);

async function checkTrouble(facts: VendorFacts, way: Way, trouble: TroubleName, got: Got): Promise<void> {
  const { status } = errorOf(facts, way.api, trouble);
  const isOwn = way.client.name === (way.api === "chat" ? "openai" : "anthropic");
  const outcome = outcomeOfTrouble[trouble];
  const isOperators = outcome === "upstream_authentication" || outcome === "upstream_model_not_found";
  const record = await recordOf(got.requestId);
  expect({ outcome: record.outcome, hasSecret: got.error?.message.includes(vendorKey) }).toEqual({
    outcome,
    hasSecret: false,
  });
  expect(got.error?.status).toBe(
    isOwn && !isOperators && passedStatuses.has(status) ? status : ownStatus(trouble, status),
  );
  // In the words, or by the code, at which programs make a conversation shorter.
  if (trouble === "context")
    expect(`${got.error?.code} ${got.error?.message}`).toMatch(
      way.client.name === "anthropic"
        ? /prompt is too long|exceed context limit/i
        : /context_length_exceeded|maximum context length is \d+ tokens|exceeds the context window/,
    );
  if (way.client.name === "anthropic" && !isOwn) expect(got.error?.type).toMatch(/^\w+_error$|^request_too_large$/);
}

function ownStatus(trouble: TroubleName, status: number): number {
  if (trouble === "rate") return 429;
  if (!["parameter", "context", "content"].includes(trouble)) return 502;
  return status >= 400 && status < 500 && ![401, 402, 403].includes(status) ? status : 400;
}

/** All are read at once and for all who wait, since they are many. */
async function recordOf(id: string): Promise<AdminRecord> {
  for (let tries = 0; tries < 50 && !records.has(id); tries++) await (reading ??= readRecords());
  const record = records.get(id);
  if (!record) throw new Error(`no record of ${id || "a request without an id"}`);
  return record;
}

async function readRecords(): Promise<void> {
  await Bun.sleep(300);
  records = new Map((await sahab.records()).map((record) => [record.id, record]));
  reading = undefined;
}

/** A line per vendor and way, a mark per feature. */
function drawTable(): string {
  const width = 28;
  const rows = all.flatMap((facts) =>
    ways.flatMap((way) => {
      const own = cells.filter((cell) => cell.facts === facts && cell.way === way);
      if (own.length === 0) return [];
      const marks = features.map((feature) =>
        markOf(own.find((cell) => cell.feature === feature)).padEnd(feature.length + 1),
      );
      return [`${facts.vendor} ← ${way.title}`.padEnd(width) + marks.join("")];
    }),
  );
  const heads = " ".repeat(width) + features.map((feature) => `${feature} `).join("");
  return [heads, ...rows, "✓ as the vendor documents it, o in the format's own shape, ✗ red"].join("\n");
}

function markOf(cell: Cell | undefined): string {
  if (!cell) return "–";
  if (!outcomes.has(cell)) return "?";
  if (outcomes.get(cell)) return "✗";
  const trouble = troubles.find((name) => name === cell.feature);
  return trouble && !isDocumented(cell.facts, cell.way.api, trouble) ? "o" : "✓";
}
