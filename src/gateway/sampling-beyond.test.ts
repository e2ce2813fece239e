import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI from "openai";
import { errorAnswer, startFakeVendor, wholeChat, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Ways to choose words that OpenAI's API lacks: servers in its style either document them, or may refuse the request for them.

const strict: Script = (call) =>
  "top_k" in call.body ? errorAnswer(400, { message: "property 'top_k' is unsupported" }) : wholeChat("Peace")(call);
const lenient = wholeChat("Peace");
const takers = ["vllm", "together", "openrouter", "let-through"];
const others = ["compatible", "groq", "mistral"];

let vendor: FakeVendor;
let sahab: TestSahab;
let apiKey: string;

beforeAll(async () => {
  vendor = startFakeVendor({
    ...Object.fromEntries(takers.map((name) => [name, lenient])),
    ...Object.fromEntries(others.map((name) => [name, strict])),
  });
  const names = [...takers, ...others];
  sahab = await runSahab({
    config: {
      providers: names.map((name) => ({
        name,
        vendor: name === "let-through" ? "compatible" : name,
        base_url: vendor.url,
        api_key: "sk-of-the-vendor",
        apis: ["chat"],
        ...(name === "let-through" && { pass_fields: ["top_k"] }),
      })),
      models: names.map((name) => ({ name, targets: [{ provider: name, model: name }], price: "free" })),
      projects: [{ name: "default" }],
    },
  });
  apiKey = (await sahab.createKey()).key;
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const messages = [{ role: "user" as const, content: "Hi" }];
const sentTo = (name: string) => vendor.callsFor(name).at(-1)?.body;

test.each([...takers, ...others])("a top_k of Anthropic's and Google's SDKs at %s", async (model) => {
  const isTaken = takers.includes(model);
  const anthropic = new Anthropic({ baseURL: sahab.address, apiKey, maxRetries: 0 });
  // Newer SDKs have no type for it, and older ones send it.
  const asked = { model, max_tokens: 9, messages, top_k: 40 };
  const { data, response } = await anthropic.messages.create(asked).withResponse();
  expect(data.content).toMatchObject([{ text: "Peace" }]);
  expect([sentTo(model)?.["top_k"], response.headers.get("x-sahab-dropped")]).toEqual(
    isTaken ? [40, null] : [undefined, "top_k"],
  );
  const google = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: sahab.address } });
  const answer = await google.models.generateContent({ model, contents: "Hi", config: { topK: 64 } });
  expect(answer.text).toBe("Peace");
  expect(sentTo(model)?.["top_k"]).toBe(isTaken ? 64 : undefined);
  const dropped = answer.sdkHttpResponse?.headers?.["x-sahab-dropped"];
  expect(dropped).toBe(isTaken ? undefined : "generationConfig.topK");
});

test("a client of the vendor's own dialect is told by the vendor", async () => {
  const openai = new OpenAI({ baseURL: `${sahab.address}/v1`, apiKey, maxRetries: 0 });
  const asked = { messages, top_k: 40, min_p: 0.1 };
  await openai.chat.completions.create({ ...asked, model: "vllm" });
  expect(sentTo("vllm")).toMatchObject({ top_k: 40, min_p: 0.1 });
  const refusal = await openai.chat.completions.create({ ...asked, model: "compatible" }).catch(String);
  expect(refusal).toContain("property 'top_k' is unsupported");
});
