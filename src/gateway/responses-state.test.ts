import { createOpenAI } from "@ai-sdk/openai";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { z } from "zod";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, type FakeVendor, type VendorCall } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { listOf, released, scripts } from "../testing/responses-state-scripts.ts";

// Responses that Sahab keeps, as OpenAI's SDK and the AI SDK use them, over a vendor of OpenAI's chat, one of Responses that is asked to
// keep nothing, and the local model.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let openai: OpenAI;

beforeAll(async () => {
  vendor = startFakeVendor(scripts);
  const price = { currency: "USD", input: 1, output: 2 };
  const provider = (name: string) => (name === "r-compacts" ? "own" : name.startsWith("r-") ? "responses" : "chat");
  sahab = await runSahab({
    config: {
      providers: [
        { name: "chat", vendor: "compatible", base_url: vendor.url },
        { name: "responses", vendor: "compatible", base_url: vendor.url, apis: ["responses"] },
        { name: "own", vendor: "openai", base_url: vendor.url, apis: ["responses"], api_key: "vendor-key" },
      ],
      models: [
        { name: "nano", local: { file: "nano.gguf" } },
        ...Object.keys(scripts).map((name) => ({ name, targets: [{ provider: provider(name), model: name }], price })),
      ],
      projects: [{ name: "default" }, { name: "other" }, { name: "off", stored_answers: false }],
    },
  });
  ({ key } = await sahab.createKey());
  openai = clientOf(key);
});

afterAll(async () => {
  released.resolve();
  await sahab?.close();
  await vendor?.stop();
});

function clientOf(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
}

/** What was thrown. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const created = (model: string, stream: boolean, fields: object = {}): Promise<OpenAI.Responses.Response> => {
  const asked = { model, input: "Hi", ...fields };
  return stream ? openai.responses.stream(asked).finalResponse() : openai.responses.create(asked);
};

describe("a kept response", () => {
  for (const model of ["text", "r-text", "nano"])
    for (const stream of [false, true])
      test(`of ${model}, ${stream ? "streamed" : "whole"}: retrieved, gone on from, listed, deleted`, async () => {
        const first = await created(model, stream, { max_output_tokens: 16 });
        expect(first).toMatchObject({ store: true });
        const again = await openai.responses.retrieve(first.id);
        expect(again.output).toEqual(first.output.map((item) => expect.objectContaining(plainItem(item))));
        expect(again).toMatchObject({ id: first.id, status: first.status, store: true, usage: first.usage });

        const second = await created(model, stream, {
          input: [{ role: "user", content: "And?" }],
          previous_response_id: first.id,
          max_output_tokens: 16,
        });
        expect(second.previous_response_id).toBe(first.id);
        if (model !== "nano") {
          expect(second.output_text).toBe("answer 3");
          expect(listOf(vendor.callsFor(model).at(-1) as VendorCall)).toMatchObject([
            { role: "user", content: "Hi" },
            { role: "assistant" },
            { role: "user", content: "And?" },
          ]);
          expect(vendor.callsFor(model).at(-1)?.body["previous_response_id"]).toBeUndefined();
        }
        const items = [];
        for await (const item of openai.responses.inputItems.list(second.id)) items.push(item);
        expect(items).toMatchObject([
          { type: "message", role: "user", status: "completed", content: [{ type: "input_text", text: "And?" }] },
        ]);

        await openai.responses.delete(first.id);
        const gone = await failure(openai.responses.retrieve(first.id));
        expect(gone).toBeInstanceOf(NotFoundError);
        expect((gone as NotFoundError).message).toContain(`Response with id '${first.id}' not found.`);
        const cut = await failure(created(model, false, { previous_response_id: second.id }));
        expect(cut).toBeInstanceOf(BadRequestError);
      });

  /** As the SDK's stream helper adds to it what it has parsed. */
  function plainItem(item: OpenAI.Responses.ResponseOutputItem): object {
    return { id: item.id, type: item.type };
  }

  test("goes on with calls, their results and what was thought, at a vendor that keeps nothing", async () => {
    const tools: OpenAI.Responses.FunctionTool[] = [
      { type: "function", name: "weather", strict: false, parameters: { type: "object", properties: {} } },
    ];
    for (const model of ["tools", "r-tools"])
      for (const stream of [false, true]) {
        const first = await created(model, stream, { tools });
        expect(first.output.map(({ type }) => type)).toEqual(["reasoning", "function_call"]);
        const input = [{ type: "function_call_output", call_id: "call_1", output: "40" }];
        const second = await created(model, stream, { tools, input, previous_response_id: first.id });
        expect(second.output_text).toBe("It is hot.");
        const sent = listOf(vendor.callsFor(model).at(-1) as VendorCall);
        if (model === "tools")
          expect(sent).toMatchObject([
            { role: "user", content: "Hi" },
            { role: "assistant", reasoning_content: "Hm.", tool_calls: [{ id: "call_1" }] },
            { role: "tool", tool_call_id: "call_1", content: "40" },
          ]);
        else
          expect(sent).toMatchObject([
            { role: "user", content: "Hi" },
            { type: "reasoning", encrypted_content: "c2VhbGVk" },
            { type: "function_call", call_id: "call_1", name: "weather" },
            { type: "function_call_output", call_id: "call_1", output: "40" },
          ]);
      }
  });

  test("goes on at a vendor of Responses without what another vendor's model thought", async () => {
    const first = await created("tools", false);
    await created("r-text", false, { previous_response_id: first.id });
    expect(listOf(vendor.callsFor("r-text").at(-1) as VendorCall).map(({ type }) => type)).toEqual([
      undefined,
      "function_call",
      undefined,
    ]);
  });

  test("is there after a restart, and for its own project only", async () => {
    const first = await created("text", true);
    const other = clientOf((await sahab.createKey({ project: "other" })).key);
    await sahab.restart("SIGKILL");
    openai = clientOf(key);
    other.baseURL = openai.baseURL;
    const second = await created("text", true, { previous_response_id: first.id });
    expect(second.output_text).toBe("answer 3");
    const acts = [
      other.responses.retrieve(first.id),
      other.responses.delete(first.id),
      other.responses.cancel(first.id),
      other.responses.inputItems.list(first.id),
    ];
    for (const failed of await Promise.all(acts.map(failure)))
      expect(failed).toMatchObject({ status: 404, code: "not_found" });
    expect(
      await failure(other.responses.create({ model: "text", input: "Hi", previous_response_id: first.id })),
    ).toMatchObject({ status: 400, code: "previous_response_not_found", param: "previous_response_id" });
    expect((await openai.responses.retrieve(second.id)).previous_response_id).toBe(first.id);
  });

  test("stays where a vendor gives its id again; who got that answer is told that it is not kept", async () => {
    const count = async () => {
      const text = await (await fetch(`${sahab.address}/metrics`)).text();
      return Number(/sahab_answers_not_kept_total\{code="conflict"\} (\d+)/.exec(text)?.[1]);
    };
    expect(await count()).toBe(0);
    const first = await openai.responses.create({ model: "r-same", input: "First" });
    expect(first).toMatchObject({ id: "resp_same", store: true });
    const asked = { model: "r-same", input: "Second" };
    const { data, response } = await openai.responses.create(asked).withResponse();
    expect(data).toMatchObject({ id: "resp_same", store: false, output_text: "Same." });
    expect(response.headers.get("x-sahab-dropped")).toContain("store");
    await created("r-same", true, asked);
    expect(await count()).toBe(2);
    const items = await openai.responses.inputItems.list("resp_same");
    expect(items.data).toMatchObject([{ content: [{ text: "First" }] }]);
    // Another project's is another answer.
    const other = clientOf((await sahab.createKey({ project: "other" })).key);
    expect(await other.responses.create(asked)).toMatchObject({ store: true });
  });

  test("of a model that a key may not call is not there for that key", async () => {
    const first = await created("text", false);
    const limited = clientOf((await sahab.createKey({ models: ["nano"] })).key);
    const acts = [
      limited.responses.retrieve(first.id),
      limited.responses.delete(first.id),
      limited.responses.create({ model: "nano", input: "Hi", previous_response_id: first.id }),
    ];
    for (const failed of await Promise.all(acts.map(failure)))
      expect(failed).toMatchObject({ code: expect.stringMatching(/not_found/) });
    expect((await openai.responses.retrieve(first.id)).id).toBe(first.id);
  });

  test("is not there where the client, or its project, wants none, and the answer says so", async () => {
    const off = clientOf((await sahab.createKey({ project: "off" })).key);
    const asked = { model: "text", input: "Hi" };
    for (const [client, response] of [
      [openai, await openai.responses.create({ ...asked, store: false })],
      [off, await off.responses.create(asked)],
    ] as const) {
      expect(response).toMatchObject({ store: false });
      expect(await failure(client.responses.retrieve(response.id))).toBeInstanceOf(NotFoundError);
    }
    const refused = await failure(off.responses.create({ ...asked, background: true }));
    expect(refused).toMatchObject({ status: 400, code: "unsupported_operation" });
  });

  test("is told as a stream again, whole or after an event", async () => {
    for (const model of ["tools", "r-tools", "text", "r-text"]) {
      const first = await created(model, false);
      const events: OpenAI.Responses.ResponseStreamEvent[] = [];
      for await (const event of await openai.responses.retrieve(first.id, { stream: true })) events.push(event);
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, at) => at));
      expect(events[0]?.type).toBe("response.created");
      const last = events.at(-1);
      expect(last?.type === "response.completed" && last.response.output).toEqual(first.output);
      const rest: OpenAI.Responses.ResponseStreamEvent[] = [];
      for await (const event of await openai.responses.retrieve(first.id, { stream: true, starting_after: 1 }))
        rest.push(event);
      expect(rest).toEqual(events.slice(2));
      // The SDK's own accumulator takes it.
      const final = await openai.responses.stream({ response_id: first.id }).finalResponse();
      expect(final.output_text).toBe(first.output_text);
    }
  });

  test("shows its input in pages", async () => {
    const input = Array.from({ length: 5 }, (_, at) => ({ role: "user" as const, content: `line ${at}` }));
    const { id } = await created("text", false, { input });
    const texts = async (query: object) => {
      const found: string[] = [];
      for await (const item of openai.responses.inputItems.list(id, query))
        found.push(((item as OpenAI.Responses.ResponseInputMessageItem).content[0] as { text: string }).text);
      return found;
    };
    const all = input.map(({ content }) => content);
    expect(await texts({ order: "asc", limit: 2 })).toEqual(all);
    expect(await texts({ limit: 2 })).toEqual(all.toReversed());
    const page = await openai.responses.inputItems.list(id, { order: "asc", limit: 2 });
    expect(page.has_more).toBeTrue();
    for (const query of [{ order: "up" }, { limit: 0 }, { limit: 101 }, { after: "msg_none" }])
      expect(await failure(openai.responses.inputItems.list(id, query as object))).toMatchObject({ status: 400 });
  });

  test("may be of a large request, as may what goes on from it", async () => {
    const input = "x".repeat(1_200_000);
    for (const model of ["text", "r-text"]) {
      const first = await created(model, true, { input });
      const { id } = await openai.responses.create({
        model,
        input: [
          { role: "user", content: input },
          ...first.output.map((item) => ({ type: "item_reference" as const, id: item.id ?? "" })),
        ],
        previous_response_id: first.id,
        background: true,
      });
      const done = await eventually("the answer", async () => {
        const response = await openai.responses.retrieve(id);
        return response.status === "queued" || response.status === "in_progress" ? undefined : response;
      });
      expect(done).toMatchObject({ status: "completed", output_text: "answer 4", previous_response_id: first.id });
      expect(vendor.callsFor(model).at(-1)?.text).not.toContain("item_reference");
    }
  });

  test("counts the tokens of what it goes on from", async () => {
    const first = await created("text", false, { input: "x".repeat(4_000) });
    const counted = await openai.responses.inputTokens.count({
      model: "text",
      input: "And?",
      previous_response_id: first.id,
    });
    expect(counted.input_tokens).toBeGreaterThan(500);
    const alone = await openai.responses.inputTokens.count({ model: "text", previous_response_id: first.id });
    expect(alone.input_tokens).toBeGreaterThan(500);
  });

  test("may be gone on from without new input", async () => {
    const first = await created("text", false, { input: "Go on until the end" });
    const second = await openai.responses.create({ model: "text", previous_response_id: first.id });
    expect(listOf(vendor.callsFor("text").at(-1) as VendorCall)).toMatchObject([
      { role: "user", content: "Go on until the end" },
      { role: "assistant" },
    ]);
    expect((await openai.responses.inputItems.list(second.id)).data).toEqual([]);
    const third = await openai.responses.create({ model: "text", input: "And?", previous_response_id: second.id });
    const answers = ["answer 1", "answer 2"].map((text) => ({ type: "text", text }));
    // Both answers are one turn of the model's.
    expect(listOf(vendor.callsFor("text").at(-1) as VendorCall)).toMatchObject([
      { role: "user", content: "Go on until the end" },
      { role: "assistant", content: answers },
      { role: "user", content: "And?" },
    ]);
    expect(third.previous_response_id).toBe(second.id);
  });
});

test.each([
  [7, "a number"],
  [true, "a boolean"],
  [{ a: 1 }, "an object"],
  [null, "nothing"],
  [undefined, "nothing"],
])("an input that is %j is called what it is", async (input, type) => {
  const error = await failure(openai.responses.create({ model: "text", input: input as unknown as string }));
  expect((error as BadRequestError).message).toContain(`expected a string or an array of items, found ${type}`);
});

test.each(["r-counts-404", "r-counts-405"])("a vendor without a count costs no refusal: %s", async (model) => {
  const counted = await openai.responses.inputTokens.count({ model, input: "x".repeat(400) });
  expect(counted.input_tokens).toBeGreaterThan(50);
});

describe("in the background", () => {
  const ended = (id: string) =>
    eventually(`the end of ${id}`, async () => {
      const response = await openai.responses.retrieve(id);
      return response.status === "queued" || response.status === "in_progress" ? undefined : response;
    });

  for (const model of ["text", "r-text", "nano"])
    test(`an answer of ${model} is promised, polled and gone on from`, async () => {
      const asked = { model, input: "Hi", max_output_tokens: 16 };
      const promised = await openai.responses.create({ ...asked, background: true, metadata: { a: "b" } });
      expect(promised).toMatchObject({
        object: "response",
        background: true,
        store: true,
        metadata: { a: "b" },
        output: [],
      });
      expect(["queued", "in_progress"]).toContain(promised.status ?? "");
      const done = await ended(promised.id);
      expect(["completed", "incomplete"]).toContain(done.status ?? "");
      expect(done).toMatchObject({ id: promised.id, background: true, store: true, error: null });
      expect(done.output_text).not.toBe("");
      if (model !== "nano") {
        const { body } = vendor.callsFor(model).at(-1) as VendorCall;
        expect([body["background"], body["stream"]].map(Boolean)).toEqual([false, false]);
        if (model === "r-text") expect(body["store"]).toBeFalse();
      }
      const next = await openai.responses.create({ ...asked, previous_response_id: promised.id });
      expect(next.previous_response_id).toBe(promised.id);
      expect((await openai.responses.cancel(promised.id)).status).toBe(done.status);
    });

  test("one that goes on from another, and one that fails", async () => {
    const first = await created("text", false);
    const { id } = await openai.responses.create({
      model: "text",
      input: "And?",
      background: true,
      previous_response_id: first.id,
    });
    expect(await ended(id)).toMatchObject({ previous_response_id: first.id, output_text: "answer 3" });
    const refused = await openai.responses.create({ model: "refuses", input: "Hi", background: true });
    expect(await ended(refused.id)).toMatchObject({
      status: "failed",
      output: [],
      error: { code: "upstream_rejected", message: expect.stringContaining("too odd") },
    });
  });

  test("one that is cancelled, while it waits at the vendor", async () => {
    const { id } = await openai.responses.create({ model: "hangs", input: "Hi", background: true });
    const sent = await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("hangs").at(-1)));
    expect((await openai.responses.retrieve(id)).status).toBe("in_progress");
    expect(await openai.responses.cancel(id)).toMatchObject({ id, status: "cancelled", background: true });
    await eventually("the vendor's call is ended", () => Promise.resolve(sent.abortedMs));
    expect((await openai.responses.retrieve(id)).status).toBe("cancelled");
    expect((await openai.responses.cancel(id)).status).toBe("cancelled");
    const whole = await created("text", false);
    const error = await failure(openai.responses.cancel(whole.id));
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as BadRequestError).message).toContain("Cannot cancel a synchronous response.");
  });

  test("one that was being made when Sahab crashed has failed", async () => {
    const before = vendor.callsFor("hangs").length;
    const { id } = await openai.responses.create({ model: "hangs", input: "Hi", background: true });
    await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("hangs")[before]));
    await sahab.restart("SIGKILL");
    openai = clientOf(key);
    const failed = await openai.responses.retrieve(id);
    expect(failed).toMatchObject({ id, status: "failed", background: true, error: { code: "server_error" } });
    const types: string[] = [];
    for await (const event of await openai.responses.retrieve(id, { stream: true })) types.push(event.type);
    expect(types).toEqual(["response.created", "response.queued", "response.in_progress", "response.failed"]);
  });

  test("as a stream, which shows that it waits and then what came", async () => {
    const types: string[] = [];
    let id = "";
    const asked = { model: "text", input: "Hi", background: true };
    for await (const event of await openai.responses.create({ ...asked, stream: true })) {
      types.push(event.type);
      if (event.type === "response.created") ({ id } = event.response);
      if (event.type === "response.completed") expect(event.response.output_text ?? "").toBe("");
    }
    expect(types.slice(0, 2)).toEqual(["response.created", "response.queued"]);
    expect(types.at(-1)).toBe("response.completed");
    expect((await openai.responses.retrieve(id)).output_text).toBe("answer 1");
  });

  test("none without being kept", async () => {
    const error = await failure(
      openai.responses.create({ model: "text", input: "Hi", background: true, store: false }),
    );
    expect(error).toMatchObject({ status: 400, param: "background" });
  });
});

describe("the AI SDK, which counts on what is kept", () => {
  const provider = () => createOpenAI({ apiKey: key, baseURL: `${sahab.address}/v1` });

  for (const model of ["tools", "r-tools"])
    for (const name of [model, `${model} as a model that reasons`])
      test(`tools over two steps, and a second turn: ${name}`, async () => {
        const isReasoning = name !== model;
        const options = isReasoning ? { providerOptions: { openai: { forceReasoning: true } } } : {};
        const weather = tool({
          inputSchema: z.object({ city: z.string().optional() }),
          execute: () => Promise.resolve("40"),
        });
        const tools = { tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0, ...options };
        const whole = await generateText({ model: provider()(model), prompt: "Hi", ...tools });
        expect(whole.text).toBe("It is hot.");
        const first = streamText({ model: provider()(model), prompt: "Hi", ...tools });
        expect(await first.text).toBe("It is hot.");
        const said = await first.responseMessages;
        const second = await generateText({
          model: provider()(model),
          messages: [{ role: "user", content: "Hi" }, ...said, { role: "user", content: "Thanks" }],
          ...tools,
        });
        expect(second.text).toBe("It is hot.");
        const sent = listOf(vendor.callsFor(model).at(-1) as VendorCall);
        expect(JSON.stringify(sent)).not.toContain("item_reference");
        if (model === "tools")
          expect(sent).toMatchObject([
            { role: "user" },
            { role: "assistant", reasoning_content: "Hm.", tool_calls: [{ id: "call_1" }] },
            { role: "tool" },
            { role: "assistant", content: "It is hot." },
            { role: "user" },
          ]);
        else
          expect(sent.map(({ type, role }) => type ?? role)).toEqual([
            "user",
            "reasoning",
            "function_call",
            "function_call_output",
            isReasoning ? "assistant" : "message",
            "user",
          ]);
      });

  test("an item that nobody kept is told by its id", async () => {
    const input = [{ type: "item_reference" as const, id: "msg_none" }];
    const error = await failure(openai.responses.create({ model: "text", input }));
    expect(error).toMatchObject({ status: 400, param: "input[0].id" });
    expect((error as Error).message).toContain("Item with id 'msg_none' not found.");
  });
});

describe("a conversation that is made shorter", () => {
  const input = [
    { type: "message" as const, role: "user" as const, content: [{ type: "input_text" as const, text: "Patch it" }] },
    { type: "function_call" as const, call_id: "c1", name: "exec", arguments: "{}" },
    { type: "function_call_output" as const, call_id: "c1", output: "done" },
  ];

  for (const model of ["summary", "r-summary"])
    test(`by ${model}: the user's words and a summary, which go back as input`, async () => {
      const compacted = await openai.responses.compact({ model, instructions: "You are Codex", input });
      expect(compacted).toMatchObject({
        object: "response.compaction",
        output: [
          { type: "message", role: "user", content: [{ type: "input_text", text: "Patch it" }] },
          { type: "message", role: "user", content: [{ type: "input_text" }] },
        ],
        usage: { input_tokens: 100, output_tokens: 20 },
      });
      expect(JSON.stringify(compacted.output[1])).toContain("They want a patch");
      const asked = listOf(vendor.callsFor(model).at(-1) as VendorCall);
      expect(JSON.stringify(asked.at(-1))).toContain("Write a summary");
      await openai.responses.create({ model: "text", input: compacted.output as OpenAI.Responses.ResponseInput });
      expect(listOf(vendor.callsFor("text").at(-1) as VendorCall)).toHaveLength(2);
    });

  test("by a vendor that does it itself, whose answer passes with its cost", async () => {
    const compacted = await openai.responses.compact({ model: "r-compacts", input });
    expect(compacted).toMatchObject({
      id: "resp_c",
      output: [{ type: "compaction", encrypted_content: "c2VjcmV0" }],
      usage: { input_tokens: 50, cost: "0.00009" },
    });
    expect(vendor.callsFor("r-compacts").at(-1)?.path).toBe("/v1/responses/compact");
  });

  test("of a kept response", async () => {
    const first = await created("text", false, { input: "Remember this" });
    for (const input of [[], null, undefined]) {
      const asked = { model: "summary", previous_response_id: first.id, ...(input !== undefined && { input }) };
      const compacted = await openai.responses.compact(asked);
      expect(JSON.stringify(compacted.output[0])).toContain("Remember this");
    }
  });
});
