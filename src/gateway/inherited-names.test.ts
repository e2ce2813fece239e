import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { parseSecretSources } from "../base/secret-sources.ts";
import { resolveVariables } from "../config/index.ts";
import { costOf, type Price } from "../ledger/index.ts";
import { parsePrice } from "../ledger/price/parse-price.ts";
import { noUsage } from "../call/index.ts";
import { baseAddressOf, vendors } from "../vendor/index.ts";
import { chatChunk, doneEvent, startFakeVendor, streamOf, vendorUsage, wholeChat } from "../testing/fake-vendor.ts";
import type { FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Words of vendors, clients and files that are also names of what every object inherits. None of them is in any table, so that
// each must fare as any other word that nobody knows.

const words = ["constructor", "toString", "__proto__", "hasOwnProperty"];

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const user = { role: "user", content: "Hi" };

beforeAll(async () => {
  vendor = startFakeVendor({
    tier: ({ body, ...call }) => {
      const service_tier = body["user"];
      if (body["stream"] !== true) return wholeChat("Hi", { service_tier })({ body, ...call });
      return streamOf([
        chatChunk({ role: "assistant", content: "Hi" }, { service_tier }),
        chatChunk({}, { service_tier }, "stop"),
        chatChunk(null, { usage: vendorUsage, service_tier }),
        doneEvent,
      ])({ body, ...call });
    },
    effort: wholeChat("Hi"),
    coded: async (call) => {
      const answer = await wholeChat("Hi")(call);
      answer.headers.set("content-encoding", String(call.body["user"]));
      return answer;
    },
  });
  const price = { currency: "USD", input: 1, output: 2, service_tiers: { flex: { factor: 0.5 } } };
  const targets = (provider: string, model: string) => ({ targets: [{ provider, model }], price });
  const effortVendors = ["deepseek", "ollama", "fireworks"] as const;
  sahab = await runSahab({
    config: {
      providers: ["compatible", ...effortVendors].map((name) => ({
        name: `the-${name}`,
        vendor: name,
        base_url: vendor.url,
        api_key: "k",
        apis: ["chat"],
      })),
      models: [
        { name: "tier", ...targets("the-compatible", "tier") },
        { name: "coded", ...targets("the-compatible", "coded") },
        ...effortVendors.map((name) => ({ name, ...targets(`the-${name}`, "effort") })),
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

async function ask(path: string, body: object) {
  const response = await sahab.call(path, body, { key });
  const id = response.headers.get("x-request-id") ?? "";
  return { status: response.status, text: await response.text(), id };
}

describe.each(words)("%s", (word) => {
  test.each([false, true])(
    "as the tier that served, stream %p: the usual price, and the record is kept",
    async (stream) => {
      const { status, text, id } = await ask("/v1/chat/completions", {
        model: "tier",
        user: word,
        stream,
        messages: [user],
      });
      expect([status, text]).toEqual([200, expect.stringContaining("Hi")]);
      expect(await sahab.record(id)).toMatchObject({ status: 200, outcome: "ok", cost: "0.00014" });
    },
  );

  test.each(["deepseek", "ollama", "fireworks"])(
    "as an effort at %s: sent as the word that it is, or named",
    async (model) => {
      for (const [path, body] of [
        ["/v1/chat/completions", { reasoning_effort: word }],
        ["/v1/responses", { input: "Hi", reasoning: { effort: word } }],
        ["/v1/messages", { max_tokens: 9, output_config: { effort: word } }],
      ] as const) {
        const before = vendor.calls.length;
        const { status } = await ask(path, { model, messages: [user], ...body });
        const sent = vendor.calls.slice(before).map((call) => call.body["reasoning_effort"]);
        // A refusal of the word is as good; another value in its place is not.
        expect(sent.every((value) => value === undefined || value === word)).toBe(true);
        expect([200, 400]).toContain(status);
      }
    },
  );

  test("as a content coding of an answer: refused as one that is not known", async () => {
    const { status, id } = await ask("/v1/chat/completions", { model: "coded", user: word, messages: [user] });
    expect(status).toBe(502);
    expect(await sahab.record(id)).toMatchObject({ outcome: "upstream_invalid_response" });
  });

  test("as a model's name: not found, in every dialect", async () => {
    for (const path of ["/v1/chat/completions", "/v1/messages"])
      expect(await ask(path, { model: word, max_tokens: 9, messages: [user] })).toMatchObject({ status: 404 });
    expect((await ask(`/v1beta/models/${word}:generateContent`, { contents: [] })).status).not.toBe(500);
  });

  test("in a file or the environment: a variable, a region or a fee that is not there", () => {
    expect(resolveVariables(`\${${word}}`, process.env)).toBe(`\${${word}}`);
    const read = (name: string) => (name === "SAHAB_SECRET_ENV" ? word : undefined);
    expect(() => parseSecretSources(read, {}, { folders: [], dataDir: "/nowhere" })).not.toThrow();
    expect(baseAddressOf(vendors.siliconflow, { region: word }, {})).toBe(vendors.siliconflow.baseUrl ?? "");
    const price: Price = parsePrice({ currency: "USD", input: 1, output: 1, fees: { [word.toLowerCase()]: 1 } });
    expect(costOf({ ...noUsage, inputTokens: 1_000_000, counts: {} }, price, { timeMs: 0 })).toBe(1_000_000_000n);
  });
});
