import Anthropic, { BadRequestError } from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The official SDK of Anthropic, unmodified, against the running program with its built-in model.

let sahab: TestSahab;
let anthropic: Anthropic;

const client = (apiKey: string, path = "") =>
  new Anthropic({ apiKey, baseURL: sahab.address + path, maxRetries: 0, timeout: 30_000 });

beforeAll(async () => {
  sahab = await runSahab({
    config: { models: [{ name: "nano", local: { file: "nano.gguf" } }], projects: [{ name: "default" }] },
  });
  anthropic = client((await sahab.createKey()).key);
});

afterAll(() => sahab?.close());

const messages: Anthropic.MessageParam[] = [{ role: "user", content: "Say something about clouds." }];
const weather: Anthropic.Tool = {
  name: "weather",
  description: "Tells the weather",
  input_schema: {
    type: "object",
    properties: { city: { enum: ["Riyadh", "Jeddah"] }, days: { type: "integer" } },
    required: ["city", "days"],
    additionalProperties: false,
  },
};

const textOf = (message: Anthropic.Message) =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

/** The prompt, wherever it was read from. */
const promptTokens = ({ usage }: Anthropic.Message) =>
  usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);

describe("the built-in model", () => {
  const request = { model: "nano", max_tokens: 24, temperature: 0, messages };

  test("whole and streamed say the same, under both addresses", async () => {
    const { data: whole, response } = await anthropic.messages.create(request).withResponse();
    expect(whole).toMatchObject({ type: "message", role: "assistant", model: "nano" });
    expect(textOf(whole).length).toBeGreaterThan(5);
    expect(whole.usage).toMatchObject({ cost: "0", cost_currency: "USD" });
    expect(whole.usage.output_tokens).toBeGreaterThan(1);
    expect(whole.usage.output_tokens).toBeLessThanOrEqual(24);
    expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({
      provider: "local",
      model: "nano",
      dialect: "anthropic-messages",
      operation: "chat",
      outcome: "ok",
      estimated: false,
      tokens: { input: promptTokens(whole), output: whole.usage.output_tokens },
    });
    for (const one of [anthropic, client(anthropic.apiKey ?? "", "/anthropic")]) {
      let streamed = "";
      const usages: unknown[] = [];
      const stream = one.messages
        .stream(request)
        .on("text", (text) => {
          streamed += text;
        })
        .on("streamEvent", (event) => {
          if (event.type === "message_delta") usages.push(event.usage);
        });
      const final = await stream.finalMessage();
      expect(streamed).toBe(textOf(whole));
      expect(textOf(final)).toBe(textOf(whole));
      expect(final.stop_reason).toBe(whole.stop_reason);
      expect(final.usage.output_tokens).toBe(whole.usage.output_tokens);
      // The SDK's accumulator keeps only fields that it knows.
      expect(usages).toMatchObject([{ cost: "0", output_tokens: whole.usage.output_tokens }]);
    }
  });

  test("a bound on its tokens and a stop sequence end it, and it says which", async () => {
    const bounded = await anthropic.messages.create({ ...request, max_tokens: 3 });
    expect(bounded.stop_reason).toBe("max_tokens");
    expect(bounded.usage.output_tokens).toBe(3);
    const text = textOf(await anthropic.messages.create(request));
    const stop = text.slice(6, 10);
    const before = text.slice(0, text.indexOf(stop));
    const stopped = await anthropic.messages.create({ ...request, stop_sequences: ["never said", stop] });
    expect(textOf(stopped)).toBe(before);
    expect(stopped).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: stop });
    const streamed = await anthropic.messages.stream({ ...request, stop_sequences: [stop] }).finalMessage();
    expect(textOf(streamed)).toBe(before);
    expect(streamed).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: stop });
  });

  test("a forced tool is called with arguments that fit its schema, and takes its result", async () => {
    const forced = { ...request, max_tokens: 200, tools: [weather], tool_choice: { type: "any" as const } };
    const whole = await anthropic.messages.create(forced);
    const streamed = await anthropic.messages.stream(forced).finalMessage();
    for (const message of [whole, streamed]) {
      expect(message.stop_reason).toBe("tool_use");
      const call = message.content.find((block) => block.type === "tool_use");
      const input = call?.input as { city: string; days: number };
      expect(call?.name).toBe("weather");
      expect(["Riyadh", "Jeddah"]).toContain(input.city);
      expect(input.days).toBeInteger();
      expect(Object.keys(input).toSorted()).toEqual(["city", "days"]);
    }
    const call = whole.content.find((block) => block.type === "tool_use");
    const next = await anthropic.messages.create({
      ...request,
      tools: [weather],
      tool_choice: { type: "none" },
      messages: [
        ...messages,
        { role: "assistant", content: whole.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: "It rains." }] },
      ],
    });
    expect(next.content.every((block) => block.type === "text")).toBe(true);
    expect(promptTokens(next)).toBeGreaterThan(promptTokens(await anthropic.messages.create(request)) + 10);
  });

  test("count_tokens counts what the same request is billed for", async () => {
    const long = {
      ...request,
      system: "Answer in one word.",
      messages: [{ role: "user" as const, content: "A cloud, a desert and 云. ".repeat(20) }],
      tools: [weather],
      tool_choice: { type: "none" as const },
    };
    const { max_tokens: _, temperature: __, ...prompt } = long;
    const { input_tokens: counted } = await anthropic.messages.countTokens(prompt);
    expect(counted).toBeGreaterThan(100);
    expect(promptTokens(await anthropic.messages.create(long))).toBe(counted);
    const short = await anthropic.messages.countTokens({ ...prompt, system: "" });
    expect(short.input_tokens).toBeLessThan(counted);
    const [record] = await sahab.records();
    expect(record).toMatchObject({
      operation: "token-count",
      outcome: "ok",
      cost: "0",
      tokens: { input: 0, output: 0 },
    });
  });

  test("a prompt that is too long is refused by name", async () => {
    const error = (await anthropic.messages
      .create({ ...request, messages: [{ role: "user", content: "cloud rain sun ".repeat(8_000) }] })
      .catch((thrown: unknown) => thrown)) as BadRequestError;
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error.error).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", code: "context_length_exceeded" },
    });
  });
});
