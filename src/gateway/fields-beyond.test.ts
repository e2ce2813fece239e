import { afterAll, beforeAll, expect, test } from "bun:test";
import Anthropic, { BadRequestError as AnthropicBadRequest } from "@anthropic-ai/sdk";
import OpenAI, { BadRequestError } from "openai";
import { messages as messagesAnswer } from "../testing/fake-anthropic.ts";
import { chat, startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Somebody with the key of one project, in front of whatever may be behind: another gateway, an engine of one's own, a vendor.

const script: Script = (call) => (call.path.endsWith("/messages") ? messagesAnswer(["Hi"]) : chat(["Hi"]))(call);
const names = ["plain", "plain-messages", "listed", "spare"];

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor(Object.fromEntries(names.map((name) => [name, script])));
  const base_url = `http://127.0.0.1:${vendor.port}`;
  const pass_fields = ["service_tier", "chat_template_kwargs", "tools.mcp", "tools.file_search"];
  const price = { currency: "USD", input: 1, output: 1 };
  sahab = await runSahab({
    config: {
      providers: [
        { name: "plain", vendor: "compatible", base_url },
        { name: "plain-messages", vendor: "anthropic", base_url, api_key: "k" },
        { name: "listed", vendor: "compatible", base_url, pass_fields, apis: ["chat", "messages"] },
      ],
      models: [
        ...["plain", "plain-messages", "listed"].map((name) => ({
          name,
          targets: [{ provider: name, model: name }],
          price,
        })),
        {
          name: "either",
          targets: [
            { provider: "plain", model: "plain", priority: 1 },
            { provider: "listed", model: "spare", priority: 2 },
          ],
          price,
        },
      ],
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const beyond = {
  models: ["dear"],
  fallbacks: ["dear"],
  api_base: "http://169.254.169.254",
  api_key: "stolen",
  extra_body: { api_base: "http://x" },
  mock_response: "free",
  aws_region_name: "us-east-1",
  chat_template: "{{ x }}",
  chat_template_kwargs: { chat_template: "{{ x }}" },
  priority: -100,
  custom_logit_processor: "code",
  service_tier: "priority",
  store: true,
};
const harmless = { guided_json: { type: "object" }, x_unknown: [1.5e300], user: "u" };
const openai = () => new OpenAI({ apiKey: sahab.adminKey, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
const anthropic = () => new Anthropic({ apiKey: sahab.adminKey, baseURL: sahab.address, maxRetries: 0 });
const lastBody = (model: string) => vendor.callsFor(model).at(-1)?.body ?? {};
const messages = [{ role: "user" as const, content: "hi" }];

test.each([false, true])("OpenAI's SDK sends them in vain, and reads which they were (stream %p)", async (stream) => {
  const body = { model: "plain", messages, stream, ...beyond, ...harmless };
  const { data, response } = await openai()
    .chat.completions.create(body as OpenAI.ChatCompletionCreateParams)
    .withResponse();
  if (Symbol.asyncIterator in data) await Array.fromAsync(data);
  expect(Object.keys(beyond).filter((name) => name in lastBody("plain"))).toEqual([]);
  expect(lastBody("plain")).toMatchObject(harmless);
  expect(response.headers.get("x-sahab-dropped")?.split(",").sort()).toEqual(Object.keys(beyond).sort());
});

test.each([false, true])("Anthropic's SDK likewise (stream %p)", async (stream) => {
  const own = { speed: "fast", inference_geo: "us", container: "c_1", mcp_servers: [{ type: "url", url: "http://x" }] };
  const kept = { metadata: { user_id: "u" }, context_management: { edits: [] } };
  const body = { model: "plain-messages", max_tokens: 5, messages, stream, ...own, ...kept };
  const { data, response } = await anthropic()
    .messages.create(body as unknown as Anthropic.MessageCreateParams)
    .withResponse();
  if (Symbol.asyncIterator in data) await Array.fromAsync(data);
  expect(Object.keys(own).filter((name) => name in lastBody("plain-messages"))).toEqual([]);
  expect(lastBody("plain-messages")).toMatchObject(kept);
  expect(response.headers.get("x-sahab-dropped")?.split(",").sort()).toEqual(Object.keys(own).sort());
});

test("translated requests carry none of them", async () => {
  const { response } = await openai()
    .chat.completions.create({ model: "plain-messages", messages, ...beyond } as OpenAI.ChatCompletionCreateParams)
    .withResponse();
  expect(Object.keys(beyond).filter((name) => name in lastBody("plain-messages"))).toEqual([]);
  expect(response.headers.get("x-sahab-dropped")?.split(",").sort()).toEqual(Object.keys(beyond).sort());
});

test("a provider that lists some gets those, and no others", async () => {
  const { response } = await openai()
    .chat.completions.create({ model: "listed", messages, ...beyond } as OpenAI.ChatCompletionCreateParams)
    .withResponse();
  const { service_tier, chat_template_kwargs, ...others } = beyond;
  expect(lastBody("listed")).toMatchObject({ service_tier, chat_template_kwargs });
  expect(response.headers.get("x-sahab-dropped")?.split(",").sort()).toEqual(Object.keys(others).sort());
});

test("a tool that the vendor would run is refused by name, unless another target may run it", async () => {
  const mcp = { type: "mcp", server_label: "s", server_url: "http://169.254.169.254/" };
  const search = { type: "file_search", vector_store_ids: ["vs_1"] };
  const ask = (model: string, tool: object) =>
    openai().chat.completions.create({ model, messages, tools: [tool as OpenAI.ChatCompletionTool] });
  const refused = await ask("plain", mcp).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(BadRequestError);
  expect(refused).toMatchObject({ code: "unsupported_parameter", param: "tools[0]" });
  expect((refused as Error).message).toContain('"mcp"');
  const toolset = { type: "mcp_toolset", mcp_server_name: "s" } as unknown as Anthropic.Tool;
  const inMessages = { model: "plain-messages", max_tokens: 5, messages, tools: [toolset] };
  expect(
    await anthropic()
      .messages.create(inMessages)
      .catch((error: unknown) => error),
  ).toBeInstanceOf(AnthropicBadRequest);
  await anthropic().messages.create({ ...inMessages, model: "listed" });
  expect(lastBody("listed")["tools"]).toEqual([toolset]);
  await ask("either", search);
  expect(lastBody("spare")["tools"]).toEqual([search]);
});

test("legacy completions and embeddings are kept within their model, too", async () => {
  for (const [path, body] of [
    ["/v1/completions", { prompt: "a" }],
    ["/v1/embeddings", { input: "a" }],
  ] as const) {
    const response = await sahab.call(path, { model: "plain", ...body, fallbacks: ["dear"], prompt_embeds: "AAAA" });
    await response.text();
    expect(lastBody("plain")).toEqual({ model: "plain", ...body });
    expect(response.headers.get("x-sahab-dropped")).toBe("fallbacks,prompt_embeds");
  }
});
