import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import {
  Attempt,
  commonPlaces,
  type AnswerEvent,
  type Answer,
  type Batch,
  type ChatRequest,
  type NeutralRequest,
  type Operation,
  type OutgoingCall,
  type Upstream,
} from "../call/index.ts";
import { BodyThread, openLarge } from "../dialect/aside/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { chatRequest, completionRequest, never, startTestEngine } from "../testing/engine.ts";
import { createEngineUpstream, type EngineClient } from "./index.ts";

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;
let upstream: Upstream;

beforeAll(async () => {
  running = await startTestEngine();
  client = running.client();
  upstream = createEngineUpstream(client);
  await running.engine.whenReady(15_000);
});
afterAll(() => running.close());

function callOf(decoded: NeutralRequest): OutgoingCall {
  return {
    operation: decoded.operation,
    dialect: "openai-chat",
    stream: true,
    choiceCount: 1,
    promptBytes: 0,
    rewrite: () => {
      throw new Error("an engine takes no bytes");
    },
    decode: () => decoded,
  };
}

const beginAttempt = () => new Attempt({ provider: "local", model: "test" });
const gone = () => new SahabError("client_closed_request", "The client has gone");

async function open(decoded: NeutralRequest, attempt = beginAttempt()): Promise<Answer> {
  return await upstream.open(callOf(decoded), attempt);
}

const openChat = (request: ChatRequest, attempt?: Attempt) => open({ operation: "chat", request }, attempt);

async function readAll(answer: Answer): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let batch = await answer.read(); batch; batch = await answer.read()) batches.push(batch);
  return batches;
}

const eventsOf = (batches: readonly Batch[]): AnswerEvent[] => batches.flatMap((batch) => [...batch.events()]);

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function untilIdle(): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await client.status({ signal: never() })).slotsBusy === 0) return;
    await Bun.sleep(10);
  }
  throw new Error("a slot was still busy after 2 s");
}

describe("a chat", () => {
  test("comes in batches, of which only the last is the end", async () => {
    const attempt = beginAttempt();
    const answer = await openChat(chatRequest("Hello"), attempt);
    expect(answer.isRaw).toBe(false);
    const batches = await readAll(answer);
    expect(batches.map((batch) => batch.facts.isEnd)).toEqual(batches.map((_, index) => index === batches.length - 1));
    expect(batches.length).toBeGreaterThan(2);
    const events = eventsOf(batches);
    expect(events[0]).toMatchObject({ type: "start", model: "test" });
    expect(events.filter((event) => event.type === "finish")).toEqual([
      { type: "finish", choice: 0, reason: "length" },
    ]);
    for (const batch of batches) attempt.note(batch.facts);
    expect(attempt.usage).toMatchObject({ outputTokens: 20, cacheWriteTokens: 0 });
    expect(attempt.textBytes).toBeGreaterThan(0);
    expect(attempt.sentMs).not.toBeNull();
    expect(attempt.deadlineMs).toBe(Number.POSITIVE_INFINITY);
    expect(await answer.read()).toBeUndefined();
  });

  test("that the engine refuses is refused by open", async () => {
    const attempt = beginAttempt();
    expect(await failure(openChat(chatRequest("x".repeat(2_000)), attempt))).toMatchObject({
      code: "context_length_exceeded",
    });
    expect(attempt.sentMs).not.toBeNull();
  });

  test("leaves out hosted tools and names them", async () => {
    const attempt = beginAttempt();
    const hostedTools = ["web_search_20250305", "code_execution", "code_execution"].map((type, index) => ({
      index,
      type,
      value: { type },
    }));
    await readAll(await openChat(chatRequest("Search", { hostedTools }), attempt));
    expect(attempt.dropped).toEqual(["tools[0]", "tools[1]", "tools[2]"]);
  });

  test("leaves out what only vendors know, and names it", async () => {
    const dropped = async (request: ChatRequest) => {
      const attempt = beginAttempt();
      await readAll(await openChat(request, attempt));
      return attempt.dropped.toSorted();
    };
    const text = { type: "text", text: "Hi", cache: { type: "ephemeral" }, extensions: { odd: 1 } } as const;
    const messages = [{ role: "user", content: [text], extensions: { prefix: true } }] as const;
    const request = { ...chatRequest("Hi"), messages: structuredClone(messages) as unknown as ChatRequest["messages"] };
    const extensions = { metadata: { user_id: "u" }, logit_bias: {} };
    const common = ["messages[].content[].cache_control", "messages[].content[].odd", "messages[].prefix", "metadata"];
    expect(await dropped({ ...request, extensions })).toEqual(common);
    expect(await dropped({ ...request, dialect: "anthropic-messages", extensions })).toEqual(
      [...common, "logit_bias"].toSorted(),
    );
  });

  test("names what it leaves out as other upstreams do", async () => {
    const origin = "anthropic-messages";
    const attempt = beginAttempt();
    const inContent = "messages[].content[].";
    const request = chatRequest("Hi", {
      dialect: origin,
      places: {
        ...commonPlaces,
        reasoning: `${inContent}thinking`,
        toolCall: inContent,
        toolResult: inContent,
        formatName: undefined,
      },
      messages: [
        { role: "user", content: [{ type: "text", text: "Hi" }] },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "hm", signature: { value: "s", origin } },
            { type: "reasoning", text: "", signature: { value: "d", origin, isRedacted: true } },
            { type: "tool-call", id: "t", name: "f", arguments: "{}", cache: {}, extensions: { caller: 1 } },
          ],
        },
        {
          role: "tool",
          toolCallId: "t",
          isError: true,
          content: [{ type: "text", text: "no" }],
          extensions: { toolset_name: "n", odd: null },
        },
      ],
      tools: [{ name: "f", cache: {}, extensions: { defer_loading: true, input_examples: null } }],
      reasoning: { enabled: true, budgetTokens: 2000 },
      extensions: { thinking: { type: "adaptive" }, metadata: null, output_config: { task_budget: 5 } },
    });
    await readAll(await openChat(request, attempt));
    const expected = [
      "messages[].content[].cache_control",
      "messages[].content[].caller",
      "messages[].content[].data",
      "messages[].content[].is_error",
      "messages[].content[].signature",
      "messages[].content[].toolset_name",
      "output_config.task_budget",
      "thinking.budget_tokens",
      "thinking.type",
      "tools[].cache_control",
      "tools[].defer_loading",
    ];
    expect(attempt.dropped.toSorted()).toEqual(expected);
    const { dropped } = openaiChat.encodeRequest({ operation: "chat", request }, { model: "m", quirks: {} });
    expect(dropped.toSorted()).toEqual(expected);
  });

  test("that forces a tool which only a vendor has is left to another upstream", async () => {
    const hostedTools = [{ index: 0, type: "web_search", value: { name: "search" } }];
    for (const toolChoice of [{ type: "required" }, { type: "tool", name: "search" }] as const)
      expect(await failure(openChat(chatRequest("Hi", { hostedTools, toolChoice })))).toMatchObject({
        code: "unsupported_parameter",
        param: "tool_choice",
      });
  });

  test("whose attempt is ended gives its exact counts, then the reason", async () => {
    const attempt = beginAttempt();
    const answer = await openChat(chatRequest("Leave", { maxOutputTokens: 900 }), attempt);
    let tokens = 0;
    while (tokens < 10) {
      const batch = await answer.read();
      tokens += batch?.events().filter((event) => event.type === "text-delta").length ?? 0;
    }
    const reason = gone();
    attempt.cancel(reason);
    const rest: Batch[] = [];
    const error = await failure(
      (async () => {
        for (let batch = await answer.read(); batch; batch = await answer.read()) rest.push(batch);
      })(),
    );
    expect(error).toBe(reason);
    expect(rest.some((batch) => batch.facts.isEnd)).toBe(false);
    const usage = rest.at(-1)?.facts.usage;
    expect(usage?.outputTokens).toBeWithin(tokens, 900);
    expect(usage?.inputTokens).toBeGreaterThan(5);
    await untilIdle();
  });

  test("whose attempt is ended while it is opened gives its counts, too", async () => {
    const attempt = beginAttempt();
    // A prompt of several pieces; the abort comes while the first is evaluated.
    const opening = openChat(chatRequest("word ".repeat(190)), attempt);
    while (attempt.sentMs === null) await Bun.sleep(0);
    await Bun.sleep(2);
    const reason = gone();
    attempt.cancel(reason);
    const answer = await opening;
    const rest: Batch[] = [];
    expect(
      await failure(
        (async () => {
          for (let batch = await answer.read(); batch; batch = await answer.read()) rest.push(batch);
        })(),
      ),
    ).toBe(reason);
    expect(rest.at(-1)?.facts.usage).toBeDefined();
    await untilIdle();
  });

  test("whose attempt has ended is not sent", async () => {
    const attempt = beginAttempt();
    const reason = gone();
    attempt.cancel(reason);
    expect(await failure(openChat(chatRequest("Never"), attempt))).toBe(reason);
    expect(attempt.sentMs).toBeNull();
  });

  test("that is cancelled stops, also while a read waits", async () => {
    const answer = await openChat(chatRequest("Cancel", { maxOutputTokens: 900 }));
    await answer.read();
    const reading = answer.read();
    answer.cancel();
    await reading;
    expect(await answer.read()).toBeUndefined();
    await untilIdle();
    const unread = await openChat(chatRequest("Cancel", { maxOutputTokens: 900 }));
    unread.cancel();
    expect(await unread.read()).toBeUndefined();
    await untilIdle();
  });
});

test("a large request is answered as a small one is, and its texts are not made here", async () => {
  const thread = new BodyThread({ log: { error: () => undefined } });
  const ask = async (operation: Operation, fields: object, padding: string) => {
    // White space makes a body large, and says nothing to the model.
    const body = Buffer.from(JSON.stringify({ model: "test", ...fields }) + padding);
    const owner = { caller: { project: "one", keyId: "key" }, cancelled: undefined };
    const incoming = { operation, path: "/", headers: new Headers(), body };
    const call =
      padding === "" ? openaiChat.open(incoming) : await openLarge({ thread, dialect: openaiChat }, incoming, owner);
    const attempt = beginAttempt();
    const answer = await upstream.open(padding === "" ? call : bound(call), attempt);
    return { events: eventsOf(await readAll(answer)), dropped: attempt.dropped };
  };
  const messages = [{ role: "user", content: "云 and more", x: 1 }];
  const cases = [
    ["chat", { messages, max_tokens: 5, seed: 3, user: "u" }],
    ["completion", { prompt: "云 and more", max_tokens: 5, seed: 3, user: "u" }],
    ["embedding", { input: ["云 and more", "b"], user: "u" }],
  ] as const;
  for (const [operation, fields] of cases) {
    const small = await ask(operation, fields, "");
    const large = await ask(operation, fields, " ".repeat(300_000));
    const withoutStart = ({ events, dropped }: typeof small) => ({
      events: events.filter(({ type }) => type !== "start" && type !== "usage"),
      dropped,
    });
    expect(withoutStart(large)).toEqual(withoutStart(small));
    expect(large.dropped).toContain("user");
  }
  thread.close();

  function bound(call: OutgoingCall): OutgoingCall {
    const { operation, dialect, stream, choiceCount, promptBytes, aside } = call;
    return { operation, dialect, stream, choiceCount, promptBytes, aside, rewrite: refuse, decode: refuse };
  }
  function refuse(): never {
    throw new Error("a large request is not decoded here");
  }
});

test("a completion is answered", async () => {
  const answer = await open({ operation: "completion", request: completionRequest("Once", { maxOutputTokens: 5 }) });
  const batches = await readAll(answer);
  expect(batches.at(-1)?.facts.isEnd).toBe(true);
  expect(eventsOf(batches).find((event) => event.type === "usage")).toMatchObject({ usage: { outputTokens: 5 } });
});

test("a token count is that of the same chat's usage", async () => {
  const request = chatRequest("How many? <|end_turn|>", {
    maxOutputTokens: 1,
    tools: [{ name: "count", parameters: { type: "object", properties: { of: { type: "string" } } } }],
    hostedTools: [{ index: 0, type: "web_search", value: {} }],
  });
  const attempt = beginAttempt();
  const batches = await readAll(await open({ operation: "token-count", request }, attempt));
  const usage = eventsOf(await readAll(await openChat(request))).find((event) => event.type === "usage")?.usage;
  expect(eventsOf(batches)).toEqual([{ type: "token-count", inputTokens: usage?.inputTokens ?? -1 }]);
  expect(batches.map((batch) => batch.facts.isEnd)).toEqual([true]);
  expect(attempt.dropped).toEqual(["tools[0]"]);
  expect(attempt.sentMs).not.toBeNull();
});

describe("embeddings", () => {
  const request = {
    dialect: "openai-chat",
    model: "test",
    inputs: ["abc", "xyz"],
    dimensions: undefined,
    encoding: "float" as const,
    extensions: {},
  };

  test("are one batch of vectors and usage", async () => {
    const batches = await readAll(await open({ operation: "embedding", request }));
    expect(batches).toHaveLength(1);
    expect(batches[0]?.facts).toMatchObject({ isEnd: true, usage: { outputTokens: 0 } });
    const [vectors] = eventsOf(batches);
    expect(vectors).toMatchObject({ type: "vectors", model: "test" });
    expect(vectors?.type === "vectors" && vectors.vectors.map((vector) => vector.length)).toEqual([64, 64]);
  });

  test("whose attempt is ended count what has been evaluated until then", async () => {
    const many = { ...request, inputs: Array.from({ length: 500 }, (_, at) => `a text of some length, number ${at}`) };
    const [whole] = await readAll(await open({ operation: "embedding", request: many }));
    const all = whole?.facts.usage?.inputTokens ?? 0;
    const attempt = beginAttempt();
    const opening = failure(open({ operation: "embedding", request: many }, attempt));
    const before = (await client.status({ signal: never() })).promptTokensEvaluated;
    while ((await client.status({ signal: never() })).promptTokensEvaluated === before) await Bun.sleep(1);
    const reason = gone();
    attempt.cancel(reason);
    expect(await opening).toBe(reason);
    expect(attempt.isCounted).toBe(true);
    expect(attempt.usage?.inputTokens).toBeWithin(1, all);
  });

  test("that are refused reject open; those whose attempt has ended, with its reason", async () => {
    expect(await failure(open({ operation: "embedding", request: { ...request, inputs: [] } }))).toMatchObject({
      code: "invalid_request",
    });
    const attempt = beginAttempt();
    const reason = gone();
    attempt.cancel(reason);
    expect(await failure(open({ operation: "embedding", request }, attempt))).toBe(reason);
  });
});

test("an engine that crashes is a failure of the batch once events have come, and of open before", async () => {
  const other = await startTestEngine({ slots: 1 });
  try {
    const local = createEngineUpstream(other.client());
    const ask = (attempt: Attempt) =>
      local.open(callOf({ operation: "chat", request: chatRequest("Crash", { maxOutputTokens: 900 }) }), attempt);
    // Sent while the engine loads: it waits, and is then answered.
    const attempt = beginAttempt();
    const answer = await ask(attempt);
    expect(attempt.sentMs).toBeGreaterThan(attempt.startedMs);
    const second = failure(ask(beginAttempt()));
    await Bun.sleep(10);
    process.kill((await other.engine.status()).pid ?? 0, "SIGKILL");
    const batches = await readAll(answer);
    expect(batches.at(-1)?.facts).toMatchObject({ isEnd: false, failure: { code: "engine_crashed" } });
    expect(await second).toMatchObject({ code: "engine_crashed" });
    await other.engine.stop({ graceMs: 0 });
    const unavailable = createEngineUpstream(other.client());
    const waiting = beginAttempt();
    setTimeout(() => waiting.cancel(gone()), 50);
    const neverSent = unavailable.open(callOf({ operation: "chat", request: chatRequest("Hi") }), waiting);
    expect(await failure(neverSent)).toBe(waiting.reason as Error);
    expect(waiting.sentMs).toBeNull();
  } finally {
    await other.close();
  }
});
