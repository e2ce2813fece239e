import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { noUsage, type ChatRequest } from "../call/index.ts";
import { chatRequest, collect, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import { randomTokenizer } from "../testing/gguf/random-tokenizer.ts";
import type { EngineClient } from "./index.ts";

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;

beforeAll(async () => {
  running = await startTestEngine();
  client = running.client();
  await running.engine.whenReady(15_000);
});
afterAll(() => running.close());

const chat = (request: ChatRequest) => collect(client.chat(request, { signal: never() }));
const complete = (...args: Parameters<typeof completionRequest>) =>
  collect(client.complete(completionRequest(...args), { signal: never() }));
const failure = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SahabError);
  return error as SahabError;
};

describe("text", () => {
  test("comes between start and usage, counted exactly", async () => {
    const answer = await chat(chatRequest("Hello"));
    expect(answer.events[0]).toMatchObject({ type: "start", model: "test" });
    expect(answer.events.at(-1)?.type).toBe("usage");
    expect(answer.reasons).toEqual(["length"]);
    expect(answer.usage?.outputTokens).toBe(20);
    expect(answer.texts[0]).toMatch(/^[\x20-\x7E]+$/);
  });

  test("is the same for the same seed, and another for another", async () => {
    const [first, second, third] = [
      await chat(chatRequest("Seeds")),
      await chat(chatRequest("Seeds")),
      await chat(chatRequest("Seeds", { sampling: { seed: 2 } })),
    ];
    expect(second.texts).toEqual(first.texts);
    expect(third.texts).not.toEqual(first.texts);
  });

  test("differs between requests without a seed", async () => {
    const answers = await Promise.all([
      chat(chatRequest("Chance", { sampling: {} })),
      chat(chatRequest("Chance", { sampling: {} })),
    ]);
    expect(answers[0].texts).not.toEqual(answers[1].texts);
  });

  test("is deterministic at temperature 0, whatever the seed", async () => {
    const [first, second] = [
      await chat(chatRequest("Greedy", { sampling: { temperature: 0, seed: 1 } })),
      await chat(chatRequest("Greedy", { sampling: { temperature: 0, seed: 9 } })),
    ];
    expect(second.texts).toEqual(first.texts);
  });

  test("ends before a stop sequence that spans tokens, which is not shown", async () => {
    const whole = (await chat(chatRequest("Stop", { maxOutputTokens: 60 }))).texts[0] ?? "";
    const stop = whole.slice(17, 23);
    const cut = await chat(chatRequest("Stop", { maxOutputTokens: 60, stop: ["\u0000never", stop] }));
    expect(cut.texts[0]).toBe(whole.slice(0, whole.indexOf(stop)));
    expect(cut.events).toContainEqual({ type: "finish", choice: 0, reason: "stop", stopSequence: stop });
    expect(cut.usage?.outputTokens).toBeLessThan(60);
  });

  test("comes in as many choices as asked for, the prompt counted once", async () => {
    const one = await chat(chatRequest("Several"));
    const three = await chat(chatRequest("Several", { choiceCount: 3 }));
    expect(three.texts).toHaveLength(3);
    expect(new Set(three.texts).size).toBe(3);
    expect(three.texts[0]).toBe(one.texts[0] ?? "");
    expect(three.usage).toMatchObject({ inputTokens: one.usage?.inputTokens, outputTokens: 60 });
    expect(three.events.filter((event) => event.type === "start")).toHaveLength(1);
  });

  test("follows penalties: what was said is not said again", async () => {
    const answer = await complete("Penalty", {
      maxOutputTokens: 40,
      topLogprobs: 0,
      sampling: { temperature: 0, frequencyPenalty: 2, presencePenalty: 2 },
    });
    const plain = await complete("Penalty", { maxOutputTokens: 40, topLogprobs: 0, sampling: { temperature: 0 } });
    const distinct = (collected: typeof answer) =>
      new Set(
        collected.events.flatMap((event) =>
          event.type === "text-delta" ? (event.logprobs ?? []).map((one) => one.token) : [],
        ),
      ).size;
    expect(distinct(answer)).toBeGreaterThan(distinct(plain));
  });

  test("follows a bias for a token", async () => {
    // Token ids below 256 are bytes: 122 is "z".
    const answer = await complete("Bias", { sampling: { seed: 1 }, extensions: { logit_bias: { "122": 100 } } });
    expect(answer.texts[0]).toBe("z".repeat(20));
    // There could be any number of spellings of one token.
    const spelled = complete("Bias", { extensions: { logit_bias: { "0122": 100 } } });
    expect(await spelled.catch((error: unknown) => error)).toMatchObject({
      code: "invalid_request",
      param: "logit_bias",
    });
  });

  test("ends where a bias makes an end token likely, and does not where one forbids it", async () => {
    const { value: end } = randomTokenizer("").metadata["tokenizer.ggml.eos_token_id"] as { value: number };
    const biased = (bias: number) =>
      chat(chatRequest("End", { maxOutputTokens: 10, extensions: { logit_bias: { [end]: bias } } }));
    expect(await biased(100)).toMatchObject({ reasons: ["stop"], usage: { outputTokens: 1 } });
    expect(await biased(-100)).toMatchObject({ reasons: ["length"], usage: { outputTokens: 10 } });
  });

  test("keeps characters whole that are cut over tokens, and marks one that the end cut", async () => {
    // Every token of the model is a byte of these, so each character comes in two to four pieces.
    const request = chatRequest("Bytes", {
      maxOutputTokens: 60,
      responseFormat: { type: "json-schema", name: "text", schema: { const: "é漢😀" } },
    });
    const whole = await chat(request);
    expect(whole.texts).toEqual(['"é漢😀"']);
    expect(whole.events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []))).toEqual([
      '"',
      "é",
      "漢",
      "😀",
      '"',
    ]);
    const cut = await chat({ ...request, maxOutputTokens: 8 });
    expect(cut.texts).toEqual(['"é漢\uFFFD']);
    expect(cut.reasons).toEqual(["length"]);
  });

  test("has log-probabilities that are those of a distribution", async () => {
    const answer = await chat(
      chatRequest("Logs", { topLogprobs: 5, sampling: { seed: 4, temperature: 1, topK: 0, topP: 1, minP: 0 } }),
    );
    const logprobs = answer.events.flatMap((event) => (event.type === "text-delta" ? (event.logprobs ?? []) : []));
    expect(logprobs).toHaveLength(20);
    for (const one of logprobs) {
      expect(one.top).toHaveLength(5);
      expect(one.logprob).toBeLessThanOrEqual(0);
      const sum = one.top.reduce((total, other) => total + Math.exp(other.logprob), 0);
      expect(sum).toBeGreaterThan(0.05);
      expect(sum).toBeLessThanOrEqual(1.0001);
      expect(one.top[0]?.logprob).toBeGreaterThanOrEqual(one.logprob);
    }
    expect(logprobs.map((one) => one.token).join("")).toBe(answer.texts[0] ?? "");
  });
});

describe("prompts", () => {
  test("reuse the longest prefix that a free slot holds", async () => {
    const long = "The quick brown fox jumps over the lazy dog. ".repeat(4);
    const first = await complete(`${long}One`, { maxOutputTokens: 2 });
    await complete("Another story altogether", { maxOutputTokens: 2 });
    const again = await complete(`${long}One`, { maxOutputTokens: 2 });
    expect(again.usage?.inputTokens).toBe(first.usage?.inputTokens ?? -1);
    // All but the last token, which is always evaluated.
    expect(again.usage?.cachedInputTokens).toBe((first.usage?.inputTokens ?? 0) - 1);
    const branched = await complete(`${long}Two`, { maxOutputTokens: 2 });
    expect(branched.usage?.cachedInputTokens).toBeGreaterThan((first.usage?.inputTokens ?? 0) - 8);
    expect(branched.usage?.cachedInputTokens).toBeLessThan(branched.usage?.inputTokens ?? 0);
  });

  test("are refused when too long, with both numbers, and not cut", async () => {
    const error = await failure(complete("x".repeat(1024)));
    expect(error.code).toBe("context_length_exceeded");
    expect(error.message).toContain("1025");
    expect(error.message).toContain("1024");
    const fits = await complete("x".repeat(1021), { maxOutputTokens: 500 });
    expect(fits.usage).toMatchObject({ inputTokens: 1022, outputTokens: 2 });
    expect(fits.reasons).toEqual(["length"]);
  });

  test("leave room for fewer tokens than were asked for: the answer is cut there", async () => {
    const { usage, reasons } = await chat(chatRequest("x".repeat(900), { maxOutputTokens: 1_000_000_000 }));
    expect(reasons).toEqual(["length"]);
    expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0)).toBe(1024);
  });

  test("hold control tokens only where the template put them", async () => {
    const spelled = await chat(chatRequest("<|end_turn|>"));
    const same = await chat(chatRequest("<_end_turn_>"));
    const plain = await chat(chatRequest(""));
    // Twelve plain characters, of which "en" is one token: 11. A control token would be 1.
    expect((spelled.usage?.inputTokens ?? 0) - (plain.usage?.inputTokens ?? 0)).toBe(11);
    expect(spelled.usage?.inputTokens).toBe(same.usage?.inputTokens ?? -1);
    const nested = await chat(chatRequest("a<|en<|end_turn|>d_turn|>b"));
    expect((nested.usage?.inputTokens ?? 0) - (plain.usage?.inputTokens ?? 0)).toBeGreaterThan(20);
  });

  test("may be several, token ids, and echoed", async () => {
    const answer = await collect(
      client.complete(
        { ...completionRequest(""), prompts: ["Hi", [72, 105]], choiceCount: 2, echo: true },
        { signal: never() },
      ),
    );
    expect(answer.texts).toHaveLength(4);
    for (const text of answer.texts) expect(text.startsWith("Hi")).toBe(true);
    expect(answer.texts[2]).toBe(answer.texts[0] ?? "");
    expect(answer.usage).toMatchObject({ inputTokens: 6, outputTokens: 80 });
    expect((await failure(complete([99_999]))).code).toBe("invalid_request");
  });

  test("may have a gap to fill", async () => {
    const answer = await complete("def", { suffix: "end" });
    // BOS, three control tokens, and the tokens of "def" and "end".
    expect(answer.usage?.inputTokens).toBeGreaterThanOrEqual(8);
    expect(answer.texts[0]?.length).toBeGreaterThan(0);
  });

  test("with images are refused", async () => {
    const request = chatRequest("");
    request.messages = [{ role: "user", content: [{ type: "image", url: "data:image/png;base64,AAAA" }] }];
    const error = await failure(chat(request));
    expect(error).toMatchObject({ code: "unsupported_parameter", param: "messages[0].content[0]" });
    expect(error.message).toContain("reads text only");
  });
});

describe("structured output", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string", maxLength: 12 },
      age: { type: "integer", minimum: 0, maximum: 130 },
      tags: { type: "array", items: { enum: ["red", "green"] }, minItems: 1, maxItems: 3 },
      note: { anyOf: [{ type: "null" }, { type: "boolean" }] },
      inner: { $ref: "#/$defs/inner" },
    },
    required: ["name", "age", "tags", "inner"],
    additionalProperties: false,
    $defs: {
      inner: {
        type: "object",
        properties: { at: { type: "string", format: "date" } },
        required: ["at"],
        additionalProperties: false,
      },
    },
  };

  test("fits its schema and ends by itself", async () => {
    for (const seed of [1, 2, 3]) {
      const answer = await chat(
        chatRequest("Who?", {
          maxOutputTokens: 600,
          sampling: { seed },
          responseFormat: { type: "json-schema", name: "person", schema, strict: true },
        }),
      );
      expect(answer.reasons).toEqual(["stop"]);
      const person = JSON.parse(answer.texts[0] ?? "") as Record<string, unknown>;
      expect(Object.keys(person).filter((key) => key !== "note")).toEqual(["name", "age", "tags", "inner"]);
      expect(Array.from(String(person["name"])).length).toBeLessThanOrEqual(12);
      expect(person["age"]).toBeWithin(0, 131);
      expect(["red", "green"]).toContain((person["tags"] as string[])[0] ?? "");
      expect((person["inner"] as { at: string }).at).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    }
  });

  test("is any object where only JSON is asked for", async () => {
    for (const seed of [1, 2, 3]) {
      const answer = await chat(
        chatRequest("Any", { maxOutputTokens: 900, sampling: { seed }, responseFormat: { type: "json-object" } }),
      );
      expect(answer.reasons).toEqual(["stop"]);
      expect(JSON.parse(answer.texts[0] ?? "")).toBeObject();
    }
  });

  const within = (value: unknown) => ({ type: "object", properties: { v: value }, required: ["v"] });

  test("is refused for a strict schema that cannot be enforced, naming the place; another one is enforced in part", async () => {
    const schema = within({ enum: ["a"], pattern: "a" });
    const ask = (strict: boolean | undefined) =>
      chatRequest("No", {
        maxOutputTokens: 300,
        responseFormat: { type: "json-schema", name: "odd", schema, ...(strict !== undefined && { strict }) },
      });
    const place = "response_format.json_schema.schema.properties.v.pattern";
    expect(await failure(chat(ask(true)))).toMatchObject({
      code: "invalid_request",
      status: 400,
      param: place,
      message: `${place}: cannot be enforced while a model writes`,
    });
    for (const strict of [false, undefined]) {
      const leftOut: unknown[] = [];
      const answer = await collect(
        client.chat(ask(strict), { signal: never(), onLeftOut: (paths) => void leftOut.push(...paths) }),
      );
      expect(JSON.parse(answer.texts[0] ?? "")).toEqual({ v: "a" });
      expect(leftOut).toEqual([place]);
    }
  });
});

describe("tools", () => {
  const tools = [
    {
      name: "get_weather",
      parameters: { type: "object", properties: { city: { type: "string", maxLength: 10 } }, required: ["city"] },
    },
    { name: "stop_all" },
  ];

  test("are called when a call is required", async () => {
    const answer = await chat(
      chatRequest("Weather?", {
        tools,
        toolChoice: { type: "required" },
        parallelToolCalls: false,
        maxOutputTokens: 300,
      }),
    );
    expect(answer.calls).toHaveLength(1);
    expect(tools.map((tool) => tool.name)).toContain(answer.calls[0]?.name ?? "");
    expect(typeof JSON.parse(answer.calls[0]?.arguments ?? "")).toBe("object");
    expect(answer.reasons).toEqual(["tool-calls"]);
    expect(answer.texts).toEqual([]);
  });

  test("are called by name", async () => {
    const answer = await chat(
      chatRequest("Weather?", { tools, toolChoice: { type: "tool", name: "get_weather" }, maxOutputTokens: 300 }),
    );
    expect(answer.calls[0]?.name).toBe("get_weather");
    expect(Object.keys(JSON.parse(answer.calls[0]?.arguments ?? "") as object)).toEqual(["city"]);
    const error = await failure(chat(chatRequest("", { tools, toolChoice: { type: "tool", name: "other" } })));
    expect(error.param).toBe("tool_choice");
  });

  test("are held to what of their schema can be held, and refused by their place where they are strict", async () => {
    const a = { type: "string", maxLength: 99_999, minLength: "1" };
    const tool = { name: "wide", parameters: { type: "object", properties: { a }, required: ["a"] } };
    const ask = (strict: boolean) =>
      chatRequest("Call", {
        tools: [{ name: "first" }, { ...tool, strict }],
        hostedTools: [{ index: 0, type: "web_search", value: {} }],
        toolChoice: { type: "tool", name: "wide" },
        maxOutputTokens: 300,
      });
    const answer = await chat(ask(false));
    expect(answer.calls[0]?.name).toBe("wide");
    expect(answer.calls[0]?.arguments).toMatch(/^\{\s*"a"/);
    const error = await failure(chat(ask(true)));
    const param = "tools[2].function.parameters.properties.a.minLength";
    expect(error).toMatchObject({ param, message: `${param}: expected a natural number, found "1"` });
  });

  test("and their results go through the template", async () => {
    const request = chatRequest("", { tools });
    request.messages = [
      { role: "user", content: [{ type: "text", text: "Weather?" }] },
      {
        role: "assistant",
        content: [{ type: "tool-call", id: "c1", name: "get_weather", arguments: '{"city":"Riyadh"}' }],
      },
      { role: "tool", toolCallId: "c1", content: [{ type: "text", text: "sunny <|end_turn|>" }] },
    ];
    expect((await chat(request)).usage?.inputTokens).toBeGreaterThan(100);
  });
});

describe("embeddings", () => {
  test("are unit vectors in order, counted", async () => {
    const request = {
      dialect: "openai-chat",
      model: "test",
      inputs: ["abc", "abc", "xyz"],
      dimensions: undefined,
      encoding: "float" as const,
      extensions: {},
    };
    const { vectors, usage } = await client.embed(request, { signal: never() });
    expect(vectors.map((vector) => vector.length)).toEqual([64, 64, 64]);
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    expect(vectors[1]).toEqual(vectors[0] as Float32Array);
    expect(vectors[2]).not.toEqual(vectors[0] as Float32Array);
    expect(usage.outputTokens).toBe(0);
    const one = await client.embed({ ...request, inputs: ["abc"] }, { signal: never() });
    expect(usage.inputTokens).toBe(one.usage.inputTokens * 3);
    const short = await client.embed({ ...request, inputs: ["abc"], dimensions: 8 }, { signal: never() });
    expect(short.vectors[0]).toHaveLength(8);
    expect(Math.hypot(...(short.vectors[0] ?? []))).toBeCloseTo(1, 4);
    const byId = await client.embed({ ...request, inputs: [[97, 98, 99]] }, { signal: never() });
    expect(byId.vectors[0]).toEqual(vectors[0] as Float32Array);
  });

  test("are refused for nothing, for too much, and for too many dimensions", async () => {
    const request = {
      dialect: "openai-chat",
      model: "test",
      inputs: [""],
      dimensions: undefined,
      encoding: "float" as const,
      extensions: {},
    };
    const refused = (inputs: (string | number[])[]) =>
      failure(client.embed({ ...request, inputs }, { signal: never() }));
    expect(await refused([""])).toMatchObject({ code: "invalid_request", param: "input[0]" });
    expect(await refused(["a", ""])).toMatchObject({ code: "invalid_request", param: "input[1]" });
    expect(await refused([[97], [99_999_999]])).toMatchObject({ code: "invalid_request", param: "input[1]" });
    expect((await client.embed({ ...request, inputs: ["  "] }, { signal: never() })).vectors).toHaveLength(1);
    expect((await failure(client.embed({ ...request, inputs: ["y".repeat(2000)] }, { signal: never() }))).code).toBe(
      "context_length_exceeded",
    );
    expect(
      (await failure(client.embed({ ...request, inputs: ["a"], dimensions: 65 }, { signal: never() }))).param,
    ).toBe("dimensions");
  });
});

describe("a caller who leaves", () => {
  test("gets the exact counts at once, and the slots come free", async () => {
    const abort = new AbortController();
    let seen = 0;
    let abortedAtMs = 0;
    const answer = await collect(
      client.chat(chatRequest("Leave", { maxOutputTokens: 900, choiceCount: 4 }), { signal: abort.signal }),
      (events) => {
        seen += events.filter((event) => event.type === "text-delta").length;
        if (seen > 40 && !abort.signal.aborted) {
          abortedAtMs = performance.now();
          abort.abort();
        }
      },
    );
    expect(performance.now() - abortedAtMs).toBeLessThan(3_000);
    expect(answer.events.at(-1)?.type).toBe("usage");
    expect(answer.events.some((event) => event.type === "error" || event.type === "finish")).toBe(false);
    expect(answer.usage?.outputTokens).toBeGreaterThanOrEqual(seen);
    expect(answer.usage?.outputTokens).toBeLessThan(900 * 4);
    const startMs = performance.now();
    await chat(chatRequest("Next", { maxOutputTokens: 1 }));
    expect(performance.now() - startMs).toBeLessThan(3_000);
    await until(async () => (await client.status({ signal: never() })).slotsBusy === 0);
  });

  test("before anything began pays nothing", async () => {
    const answer = await collect(client.chat(chatRequest("Never"), { signal: AbortSignal.abort() }));
    expect(answer.events).toEqual([{ type: "usage", usage: noUsage }]);
  });

  test("by closing the connection frees its slots", async () => {
    const other = running.client();
    const answers = Array.from({ length: 4 }, () =>
      collect(other.chat(chatRequest("Drop", { maxOutputTokens: 900 }), { signal: never() })),
    );
    await until(async () => (await client.status({ signal: never() })).slotsBusy === 4);
    other.close();
    for (const answer of answers)
      expect((await answer.catch(() => undefined))?.events.at(-1)?.type ?? "error").toBe("error");
    await until(async () => (await client.status({ signal: never() })).slotsBusy === 0);
  });

  test("by breaking off the loop frees the slot", async () => {
    for await (const events of client.chat(chatRequest("Break", { maxOutputTokens: 900 }), { signal: never() })) {
      if (events.length > 0) break;
    }
    await until(async () => (await client.status({ signal: never() })).slotsBusy === 0);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await condition()) return;
    await Bun.sleep(10);
  }
  throw new Error("the condition did not come true within 2 s");
}
