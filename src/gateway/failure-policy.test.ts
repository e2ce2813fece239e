import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import type { ErrorCode } from "../base/errors.ts";
import {
  chat,
  chatChunk,
  chatEvents,
  doneEvent,
  errorAnswer,
  htmlPage,
  startFakeVendor,
  streamOf,
  type FakeVendor,
  type Script,
} from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import {
  bodyChunk,
  eventStreamHead,
  startRudeVendor,
  type RudeScript,
  type RudeVendor,
} from "../testing/rude-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The policy for failures, row by row: what the same target is asked again, whether the next one is, whether the target then
// rests, what the official SDKs hear, and what is recorded. Each row with both clients, streamed and whole.

interface Row {
  /** How the vendor fails; a string names a provider that has no vendor behind it. */
  fails: Script | { rude: RudeScript } | "refused" | "no-name" | "no-tls";
  /** Attempts at the target. */
  attempts: 1 | 2;
  next: boolean;
  rests: boolean;
  status: number;
  code: ErrorCode;
  retryAfter?: string;
  /** Words of the vendor that the caller hears. */
  words?: string;
  only?: "stream" | "whole";
}

const words = ["half ", "an ", "answer"];
const error = (status: number, message: string, more: object = {}, headers?: Record<string, string>): Script => {
  return () => errorAnswer(status, { message, ...more }, headers);
};
const counts = {
  again: { attempts: 2, next: true, rests: true },
  next: { attempts: 1, next: true, rests: true },
} as const;
const hopeless = { attempts: 1, next: false, rests: false } as const;
const operators = { ...counts.next, status: 502 } as const;
const isStream = (text: string) => text.includes('"stream":true');

const rows: Record<string, Row> = {
  "status 500": { fails: error(500, "broken"), ...counts.again, status: 502, code: "upstream_error", words: "broken" },
  "status 503, come back in 1 s": {
    fails: error(503, "busy", {}, { "retry-after": "1" }),
    ...counts.again,
    status: 502,
    code: "upstream_error",
    retryAfter: "1",
  },
  "reset before the answer": {
    fails: { rude: ({ socket }) => socket.destroy() },
    ...counts.again,
    status: 502,
    code: "upstream_closed",
  },
  "reset in the first event, or in the body": {
    fails: {
      rude: ({ socket, text }) => {
        const begun = `${eventStreamHead}${bodyChunk('data: {"id":"x"')}`;
        const whole = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"id":"x"';
        socket.write(isStream(text) ? begun : whole, () => socket.destroy());
      },
    },
    ...counts.again,
    status: 502,
    code: "upstream_closed",
  },
  "rate limit": { fails: error(429, "slow down"), ...counts.again, status: 429, code: "upstream_rate_limited" },
  "rate limit, come back in 1 s": {
    fails: error(429, "slow down", {}, { "retry-after": "1" }),
    ...counts.again,
    status: 429,
    code: "upstream_rate_limited",
    retryAfter: "1",
  },
  "rate limit, come back in a day": {
    fails: error(429, "slow down", {}, { "retry-after": "86400" }),
    ...counts.next,
    status: 429,
    code: "upstream_rate_limited",
    retryAfter: "120",
  },
  refused: { fails: "refused", ...counts.next, status: 502, code: "upstream_unreachable" },
  "no such name": { fails: "no-name", ...counts.next, status: 502, code: "upstream_unreachable" },
  "no TLS": { fails: "no-tls", ...counts.next, status: 502, code: "upstream_unreachable" },
  "no answer in time": {
    fails: () => new Promise(() => undefined),
    ...counts.next,
    status: 504,
    code: "upstream_timeout",
  },
  "signs of life, no text in time": {
    fails: streamOf([": keep-alive\n\n", ...chatEvents([]).slice(0, 1)], { end: "hang" }),
    ...counts.next,
    status: 504,
    code: "upstream_timeout",
  },
  "prompt too long": {
    fails: error(400, "maximum context length is 10 tokens", { code: "context_length_exceeded" }),
    attempts: 1,
    next: true,
    rests: false,
    status: 400,
    code: "context_length_exceeded",
    words: "maximum context length is 10 tokens",
  },
  "content refused": {
    fails: error(400, "we do not say that", { code: "content_policy_violation" }),
    ...hopeless,
    status: 400,
    code: "content_filter",
    words: "we do not say that",
  },
  "no such model": {
    fails: error(404, "The model x does not exist", { code: "model_not_found" }),
    ...operators,
    code: "upstream_model_not_found",
  },
  "key refused": { fails: error(401, "bad key"), ...operators, code: "upstream_authentication" },
  "no money": { fails: error(402, "pay"), ...operators, code: "upstream_authentication" },
  "no permission": { fails: error(403, "no"), ...operators, code: "upstream_authentication" },
  "a bad parameter": {
    fails: error(400, "temperature is too hot", { param: "temperature" }),
    ...hopeless,
    status: 400,
    code: "upstream_rejected",
    words: "temperature is too hot",
  },
  unprocessable: {
    fails: error(422, "top_p is odd"),
    ...hopeless,
    status: 422,
    code: "upstream_rejected",
    words: "top_p is odd",
  },
  "a wrong key, told with 400": {
    fails: error(400, "API key not valid."),
    ...operators,
    code: "upstream_authentication",
  },
  "a path that is not there": {
    fails: () => Response.json({ detail: "Not Found" }, { status: 404 }),
    ...operators,
    code: "upstream_model_not_found",
  },
  "content refused with 403": {
    fails: error(403, "Content violates usage guidelines. Team: t-1"),
    ...hopeless,
    status: 400,
    code: "content_filter",
  },
  "no choices in a 200": {
    fails: () => Response.json({ id: "x", object: "chat.completion", choices: [] }),
    ...counts.next,
    status: 502,
    code: "upstream_invalid_response",
  },
  "an end without a beginning": {
    fails: streamOf([doneEvent]),
    ...counts.again,
    status: 502,
    code: "stream_interrupted",
    only: "stream",
  },
  "a web page": { fails: htmlPage(200), ...counts.next, status: 502, code: "upstream_invalid_response" },
  "an event that is not JSON": {
    fails: streamOf(["data: {nope\n\n", ...chatEvents(words), doneEvent]),
    ...counts.next,
    status: 502,
    code: "upstream_invalid_response",
    only: "stream",
  },
};

/** What breaks a stream after text was shown. */
const breaks: Record<string, { rest: (send: (text: string) => void, close: () => void) => void; code: ErrorCode }> = {
  "then reset": { rest: (_, close) => close(), code: "stream_interrupted" },
  "then an end without an end": { rest: (send) => send("0\r\n\r\n"), code: "stream_interrupted" },
  "an event that is no JSON": {
    rest: (send) => send(bodyChunk("data: {nope\n\n")),
    code: "upstream_invalid_response",
  },
  "then an error event": {
    rest: (send) => send(bodyChunk('data: {"error":{"message":"lost","type":"server_error"}}\n\n')),
    code: "upstream_error",
  },
  "then silence": { rest: () => undefined, code: "upstream_timeout" },
};

type Client = "chat" | "messages";
type Mode = "stream" | "whole";
const clients: Client[] = ["chat", "messages"];
const modes: Mode[] = ["stream", "whole"];

let vendor: FakeVendor;
let rude: RudeVendor;
let sahab: TestSahab;
let openai: OpenAI;
let anthropic: Anthropic;
/** Resolved when the probe of a rest's end may be answered. */
const probeEnds = Promise.withResolvers<void>();
const primaryCalls = (model: string) =>
  vendor.callsFor(model).length + rude.calls.filter((call) => call.model === model).length;

/** A target of its own for each test, since it rests. */
const nameOf = (row: string, client: Client, mode: Mode, kind: "alone" | "spare") =>
  `${row.replaceAll(/[^a-z0-9]+/gi, "-")}/${client}/${mode}/${kind}`;

beforeAll(async () => {
  const scripts: Record<string, Script> = { good: chat(["all ", "well"]) };
  const rudeScripts: Record<string, RudeScript> = {};
  const models: object[] = [];
  const price = { currency: "USD", input: 1, output: 2 };
  const add = (row: string, client: Client, mode: Mode, fails: Row["fails"]) => {
    for (const kind of ["alone", "spare"] as const) {
      const name = nameOf(row, client, mode, kind);
      let provider = "fake";
      if (typeof fails === "string") provider = fails;
      else if (typeof fails === "function") scripts[name] = fails;
      else {
        provider = "rude";
        rudeScripts[name] = fails.rude;
      }
      const spare = { provider: "spare", model: "good", priority: 2 };
      models.push({ name, targets: [{ provider, model: name }, ...(kind === "spare" ? [spare] : [])], price });
    }
  };
  for (const client of clients) {
    for (const [row, { fails, only }] of Object.entries(rows))
      for (const mode of modes) if (!only || only === mode) add(row, client, mode, fails);
    for (const [name, { rest }] of Object.entries(breaks))
      add(name, client, "stream", {
        rude: ({ socket }) => {
          socket.write(eventStreamHead + bodyChunk(chatEvents(words).slice(0, 3).join("")));
          setTimeout(
            () =>
              rest(
                (text) => socket.write(text),
                () => socket.destroy(),
              ),
            60,
          );
        },
      });
  }
  let firstCalls = 0;
  scripts["probed"] = async (call) => {
    if (++firstCalls <= 2) return errorAnswer(429, { message: "slow down" }, { "retry-after": "1" });
    // Until the others have been answered, however slowly they come.
    await probeEnds.promise;
    return chat(["well ", "again"])(call);
  };
  scripts["too-long-too"] = error(400, "the second refusal", { code: "context_length_exceeded" });
  // A model that thinks in silence, and says now and then how many tokens that has taken.
  const thinking = Array.from({ length: 3_000 }, (_, index) =>
    chatChunk(null, { usage: { prompt_tokens: 7, completion_tokens: index } }),
  );
  scripts["thinks-then-answers"] = streamOf([...thinking, ...chatEvents(words), doneEvent]);
  scripts["thinks-then-fails"] = streamOf([...thinking, 'data: {"error":{"message":"lost"}}\n\n']);
  scripts["hot"] = error(400, "too hot");
  const target = (provider: string, model: string, priority: number) => ({ provider, model, priority });
  models.push(
    { name: "probed", targets: [target("fake", "probed", 1), target("spare", "good", 2)], price },
    {
      name: "both-too-long",
      targets: [
        target("fake", nameOf("prompt too long", "chat", "whole", "alone"), 1),
        target("spare", "too-long-too", 2),
      ],
      price,
    },
    ...["thinks-then-answers", "thinks-then-fails"].map((name) => ({
      name,
      targets: [target("fake", name, 1), target("spare", "good", 2)],
      price,
    })),
    {
      name: "masked",
      targets: [target("refused", "masked", 1), target("spare", "hot", 2)],
      price,
    },
  );
  vendor = startFakeVendor(scripts);
  rude = await startRudeVendor(rudeScripts);
  const provider = (name: string, base_url: string) => ({
    name,
    vendor: "compatible",
    base_url,
    timeouts: { connect_ms: 1_000, first_text_ms: 700, idle_ms: 500, whole_ms: 700 },
  });
  sahab = await runSahab({
    config: {
      providers: [
        provider("fake", vendor.url),
        provider("rude", rude.url),
        provider("spare", vendor.url),
        provider("refused", `http://127.0.0.1:${await findFreePort()}/v1`),
        provider("no-name", "http://no-such-host.invalid/v1"),
        provider("no-tls", vendor.url.replace("http:", "https:")),
      ],
      models,
      projects: [{ name: "default" }],
    },
  });
  const { key } = await sahab.createKey();
  openai = new OpenAI({ baseURL: `${sahab.address}/v1`, apiKey: key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: sahab.address, apiKey: key, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  rude?.stop();
  await vendor?.stop();
});

interface Heard {
  text: string;
  provider: string | null;
  requestId: string;
  /** What the SDK threw. */
  failure:
    | {
        status: number | undefined;
        code: unknown;
        message: string;
        retryAfter: string | null;
        provider: string | null;
      }
    | undefined;
}

/** Asks with the official SDK; what it throws, at once or in the middle of the loop, is in `failure`. */
async function ask(client: Client, model: string, mode: Mode): Promise<Heard> {
  const heard: Heard = { text: "", provider: null, requestId: "", failure: undefined };
  const note = ({ headers }: Response) => {
    heard.provider = headers.get("x-sahab-provider");
    heard.requestId = headers.get("x-request-id") ?? "";
  };
  try {
    if (client === "chat") {
      const { data, response } = await openai.chat.completions
        .create({ model, messages: [{ role: "user", content: "Hi" }], stream: mode === "stream" })
        .withResponse();
      note(response);
      if ("choices" in data) heard.text = data.choices[0]?.message.content ?? "";
      else for await (const chunk of data) heard.text += chunk.choices[0]?.delta.content ?? "";
    } else {
      const { data, response } = await anthropic.messages
        .create({ model, max_tokens: 9, messages: [{ role: "user", content: "Hi" }], stream: mode === "stream" })
        .withResponse();
      note(response);
      if ("content" in data)
        heard.text = data.content.map((block) => (block.type === "text" ? block.text : "")).join("");
      else
        for await (const event of data)
          if (event.type === "content_block_delta" && event.delta.type === "text_delta") heard.text += event.delta.text;
    }
  } catch (thrown) {
    const { status, error: body, headers, message } = thrown as InstanceType<typeof OpenAI.APIError>;
    const inner = body as {
      code?: unknown;
      message?: string;
      error?: { code?: unknown; message?: string };
      request_id?: string;
    };
    heard.requestId ||= headers?.get("x-request-id") ?? "";
    heard.failure = {
      status,
      code: inner?.error?.code ?? inner?.code ?? null,
      message: inner?.error?.message ?? inner?.message ?? message,
      retryAfter: headers?.get("retry-after") ?? null,
      provider: headers?.get("x-sahab-provider") ?? null,
    };
  }
  return heard;
}

const outcomesOf = async (requestId: string) => {
  const record = await sahab.record(requestId);
  return { record, outcomes: record.attempt_list.map(({ outcome }) => outcome) };
};

/** A prompt that may have been read is estimated; a refusal, or a call that was never answered, costs nothing. */
const isBilled = (row: Row) => row.code === "upstream_timeout";

function expectFailure(row: Row, client: Client, { failure, text }: Heard): void {
  expect(text).toBe("");
  expect(failure?.status).toBe(row.status);
  // A vendor's own body, as clients of the same dialect get it, has the vendor's own code.
  const isPassed = client === "chat" && [400, 404, 413, 422, 429].includes(row.status);
  if (!isPassed) expect(failure?.code).toBe(row.code);
  if (row.words !== undefined) expect(failure?.message).toContain(row.words);
  expect(failure?.retryAfter).toBe(row.retryAfter ?? null);
}

describe("a failure before anything was shown", () => {
  for (const [name, row] of Object.entries(rows))
    for (const client of clients)
      for (const mode of modes) {
        if (row.only && row.only !== mode) continue;
        test.concurrent(`${name}: ${client}, ${mode}, alone`, async () => {
          const model = nameOf(name, client, mode, "alone");
          const heard = await ask(client, model, mode);
          expectFailure(row, client, heard);
          const { record, outcomes } = await outcomesOf(heard.requestId);
          expect(outcomes).toEqual(Array.from({ length: row.attempts }, () => row.code));
          expect(record).toMatchObject({ outcome: row.code, status: row.status, estimated: isBilled(row) });
          expect(record.cost === "0").toBe(!isBilled(row));
          if (typeof row.fails !== "string") expect(primaryCalls(model)).toBe(row.attempts);
        });

        test.concurrent(`${name}: ${client}, ${mode}, with another target`, async () => {
          const model = nameOf(name, client, mode, "spare");
          const heard = await ask(client, model, mode);
          const failures = Array.from({ length: row.attempts }, () => row.code);
          const { record, outcomes } = await outcomesOf(heard.requestId);
          if (row.next) {
            expect(heard).toMatchObject({ text: "all well", provider: "spare", failure: undefined });
            expect(outcomes).toEqual([...failures, "ok"]);
            expect(record).toMatchObject({ outcome: "ok", provider: "spare", estimated: isBilled(row) });
            // The request costs what its attempts cost.
            const sum = record.attempt_list.reduce((cost, attempt) => cost + Number(attempt.cost), 0);
            expect(Number(record.cost)).toBeCloseTo(sum, 9);
          } else {
            expectFailure(row, client, heard);
            expect(outcomes).toEqual(failures);
          }
          // The health of the target shows in where the next request goes first.
          const after = await outcomesOf((await ask(client, model, mode)).requestId);
          expect(after.outcomes).toEqual([...(row.rests ? [] : failures), ...(row.next ? ["ok"] : [])]);
        });
      }
});

describe("a stream breaks after text was shown", () => {
  for (const [name, { code }] of Object.entries(breaks))
    for (const client of clients)
      test.concurrent(`${name}: ${client}`, async () => {
        for (const kind of ["alone", "spare"] as const) {
          const model = nameOf(name, client, "stream", kind);
          const heard = await ask(client, model, "stream");
          expect(heard.text).toBe("half an ");
          expect(heard.failure?.code).toBe(code);
          const { record, outcomes } = await outcomesOf(heard.requestId);
          expect(outcomes).toEqual([code]);
          expect(record).toMatchObject({ outcome: code, estimated: true });
          expect(record.tokens.output).toBe(2);
          expect(Number(record.cost)).toBeGreaterThan(0);
          if (kind === "alone") continue;
          expect(await ask(client, model, "stream")).toMatchObject({ text: "all well", provider: "spare" });
        }
      });
});

test("the end of a rest is one attempt, not a herd", async () => {
  const first = await ask("chat", "probed", "whole");
  expect(first).toMatchObject({ provider: "spare", text: "all well" });
  expect(primaryCalls("probed")).toBe(2);
  await Bun.sleep(1_100);
  let others = 0;
  const asking = async () => {
    const answer = await ask("chat", "probed", "whole");
    if (answer.provider === "spare" && ++others === 19) probeEnds.resolve();
    return answer;
  };
  const all = await Promise.all(Array.from({ length: 20 }, asking));
  expect(all.filter(({ provider }) => provider === "fake")).toHaveLength(1);
  expect(all.filter(({ provider }) => provider === "spare")).toHaveLength(19);
  expect(primaryCalls("probed")).toBe(3);
  expect(await ask("chat", "probed", "whole")).toMatchObject({ provider: "fake", text: "well again" });
});

test("thousands of signs of life before the first text commit to nothing", async () => {
  expect(await ask("chat", "thinks-then-answers", "stream")).toMatchObject({
    text: "half an answer",
    provider: "fake",
  });
  expect(await ask("chat", "thinks-then-fails", "stream")).toMatchObject({ text: "all well", provider: "spare" });
});

test("of several refusals the first one is told", async () => {
  for (const [model, message, provider] of [
    ["both-too-long", "maximum context length is 10 tokens", "fake"],
    ["masked", "cannot be reached", "refused"],
  ] as const) {
    const { failure, requestId } = await ask("chat", model, "whole");
    expect(failure?.message).toContain(message);
    expect(failure?.provider).toBe(provider);
    expect(await sahab.record(requestId)).toMatchObject({ attempts: 2, provider });
  }
});
