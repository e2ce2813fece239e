import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { meaningOf, type Meaning } from "../testing/meaning.ts";
import {
  isError,
  recordingFiles,
  recordingKinds,
  recordingsOf,
  type Recording,
  type RecordingKind,
} from "../testing/recordings.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { readAnswer, send } from "../testing/wire/ask.ts";
import type { Asked } from "../testing/wire/asked.ts";
import type { Kit } from "../testing/wire/kit.ts";
import type { Said } from "../testing/wire/said.ts";
import { spokenKits } from "../testing/wire/start-wire.ts";

// Answers that vendors really sent, replayed by a real server through the running program: into the dialect that they are in
// byte for byte, and into every other one by what they say, whole and streamed. What is compared with is read from the
// recording, and what clients get is read as their SDKs do; neither reader shares code with Sahab.

interface Replay extends Recording {
  kind: RecordingKind;
  /** The model's name here and at the vendor. */
  model: string;
}

const kitOf: Record<RecordingKind, string> = {
  chat: "openai-chat",
  messages: "anthropic-messages",
  responses: "openai-responses",
  google: "gemini",
};
const ownKit = (kind: RecordingKind) => spokenKits.find(({ name }) => name === kitOf[kind]);
/** Those whose dialect Sahab speaks. */
const kinds = recordingKinds.filter((kind) => ownKit(kind) !== undefined);

const replays: Replay[] = kinds.flatMap((kind) =>
  [...recordingsOf(kind), ...excerptsOf(kind)].map((recording, index) => ({
    ...recording,
    kind,
    model: `${kind}-${index}`,
  })),
);

/** Bodies of errors, which come with a status of their own. */
const errors = kinds.flatMap((kind) =>
  recordingFiles(kind)
    .filter((path) => path.endsWith(".json"))
    .map((path) => readFileSync(path, "utf8"))
    .filter(isError)
    .map((text, index) => ({ kind, text, status: statusOf(text), model: `${kind}-error-${index}` })),
);

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let replayed = 0;

const price = { currency: "USD", input: 1, cached_input: 0.5, cache_write: 2, output: 3 };

beforeAll(async () => {
  const answers: [string, Script][] = [
    ...replays.map((replay): [string, Script] => [replay.model, answerOf(replay)]),
    ...errors.map(({ model, text, status }): [string, Script] => [
      model,
      () => new Response(text, { status, headers: { "content-type": "application/json" } }),
    ]),
  ];
  vendor = startFakeVendor(Object.fromEntries(answers));
  sahab = await runSahab({
    config: {
      providers: kinds.map((kind) => ({
        name: kind,
        vendor: kind === "messages" ? "anthropic" : "compatible",
        base_url: `http://127.0.0.1:${vendor.port}`,
        apis: [ownKit(kind)?.api],
      })),
      models: [...replays, ...errors].map(({ model, kind }) => ({
        name: model,
        targets: [{ provider: kind, model }],
        price,
      })),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
}, 60_000);

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

for (const kind of kinds) {
  describe(kind, () => {
    for (const replay of replays.filter((one) => one.kind === kind)) {
      test(`${replay.name}${replay.stream ? ", streamed" : ""}`, async () => {
        replayed++;
        const forms = spokenKits.flatMap((client) => [false, true].map((stream) => ({ client, stream })));
        if (replay.isBroken === true) {
          for (const { client, stream } of forms) await checkBroken(replay, client, stream);
          return;
        }
        const expected = meaningOf(kind, replay.stream, Buffer.from(replay.bytes).toString("utf8"));
        await checkBytes(replay);
        for (const { client, stream } of forms) await checkMeaning(replay, expected, client, stream);
      }, 20_000);
    }

    for (const { model, text, status } of errors.filter((one) => one.kind === kind)) {
      test(`an error: ${text.slice(0, 80).replaceAll(/\s+/g, " ")}`, async () => {
        replayed++;
        for (const client of spokenKits) {
          const answer = await send(client, askFor(model, false), { address: sahab.address, key });
          const { error } = readAnswer(client, askFor(model, false), answer);
          expect(answer.status).toBe(status);
          if (client === ownKit(kind)) expect(answer.text).toBe(text);
          // What a vendor says of its own limits is the operator's to know.
          else if (status === 400) expect(error?.message).toContain(messageOf(text));
        }
      }, 20_000);
    }
  });
}

const files = kinds.flatMap(recordingFiles).length;
const excerpts = kinds.flatMap(excerptsOf).length;

test(`${files} recordings and ${excerpts} excerpts were replayed: every file there is`, () => {
  expect(replayed).toBeGreaterThan(0);
  expect(replayed).toBe(files + excerpts);
  if (existsSync(join(import.meta.dir, "../../../shared/recordings"))) expect(files).toBeGreaterThan(50);
});

/** The client's own dialect, in the form that the vendor answers in: the vendor's bytes, apart from what is documented. */
async function checkBytes(replay: Replay): Promise<void> {
  const client = ownKit(replay.kind) as Kit;
  const sent = firstAnswer(replay, Buffer.from(replay.bytes).toString("utf8"));
  const got = await send(client, askFor(replay.model, replay.stream), { address: sahab.address, key });
  expect(withoutCost(got.text)).toBe(sent);
  if (replay.kind !== "chat" || !replay.stream) return;
  // A client that did not ask for usage does not get the event that only Sahab asked for.
  const { model } = replay;
  const body = { model, stream: true, messages: [{ role: "user", content: "Hello" }] };
  const plain = await (await sahab.call("/v1/chat/completions", body, { key })).text();
  const kept = sent.split("\n\n").filter((event) => !/"choices": ?\[\]/.test(event) || !/"usage": ?\{/.test(event));
  expect(withoutCost(plain)).toBe(kept.join("\n\n"));
}

async function checkMeaning(replay: Replay, expected: Meaning, client: Kit, stream: boolean): Promise<void> {
  const asked = askFor(replay.model, stream);
  const answer = await send(client, asked, { address: sahab.address, key });
  expect({ status: answer.status, text: answer.status === 200 ? "" : answer.text }).toEqual({ status: 200, text: "" });
  const said = saidOf(expected);
  // Vendors' own bytes may have what no SDK minds and no document has.
  const isRaw = client === ownKit(replay.kind) && stream === replay.stream;
  const raw = isRaw ? meaningOf(replay.kind, stream, answer.text) : undefined;
  if (raw) expect(raw.signatures).toEqual(expected.signatures);
  const got = raw ? { said: saidOf(raw), cost: raw.cost } : readAnswer(client, asked, answer);
  // Gemini's calls have no ids: Sahab makes some.
  const calls = said.calls.map((call) => ({ ...call, id: call.id === "" ? (expect.any(String) as string) : call.id }));
  expect({ client: client.api, stream, ...got.said }).toEqual({ client: client.api, stream, ...said, calls });
  const isCounted = said.usage.input + said.usage.output > 0;
  // A response always has counts: those of 0 are not believed where there is an answer.
  if (!isCounted && replay.kind !== "responses") expect(got.cost).toBeUndefined();
  if (isCounted) expect(Number(got.cost)).toBeCloseTo(costOf(expected), 12);
  const record = await sahab.record(answer.headers.get("x-request-id"));
  expect(record).toMatchObject({ outcome: "ok", status: 200, estimated: !isCounted, stream });
  if (isCounted) {
    const { input, cached, written, output, reasoning } = expected.usage;
    expect(record.tokens).toEqual({ input, cached_input: cached, cache_write: written, output, reasoning });
    expect(Number(record.cost)).toBeCloseTo(costOf(expected), 12);
  }
}

/** What no client can read never passes for a whole answer. */
async function checkBroken(replay: Replay, client: Kit, stream: boolean): Promise<void> {
  const asked = askFor(replay.model, stream);
  const got = readAnswer(client, asked, await send(client, asked, { address: sahab.address, key }));
  expect({ isWhole: got.isWhole, hasError: got.error !== undefined }).toEqual({ isWhole: false, hasError: true });
}

function saidOf({ text, reasoning, calls, stop, usage }: Meaning): Said {
  const { written: _, ...counts } = usage;
  return { text, reasoning, calls, stop, usage: counts };
}

function costOf({ usage: { input, cached, written, output } }: Meaning): number {
  const fresh = input - cached - written;
  return (
    (fresh * price.input + cached * price.cached_input + written * price.cache_write + output * price.output) / 1e6
  );
}

function askFor(model: string, stream: boolean): Asked {
  const turns: Asked["turns"] = [{ role: "user", parts: [{ type: "text", text: "Hello" }] }];
  return { model, stream, turns, tools: [], stop: [], maxTokens: 4_096 };
}

function answerOf({ stream, bytes }: Recording): Script {
  if (stream) return streamOf([bytes], { splitAt: 1_000 });
  return () =>
    new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/json; charset=utf-8" } });
}

/** Google says it in the body. */
function statusOf(text: string): number {
  const { code } = (JSON.parse(text) as { error: { code?: unknown } }).error;
  return typeof code === "number" ? code : 400;
}

function messageOf(text: string): string {
  return (JSON.parse(text) as { error: { message: string } }).error.message;
}

/**
 * Some recordings hold several messages, one behind the other: an answer ends with its first `message_stop`. Others lack the
 * blank line after the last event.
 */
function firstAnswer({ kind, stream }: Replay, text: string): string {
  if (!stream || kind === "responses" || kind === "google") return text;
  if (kind === "chat") return `${text.trimEnd()}\n\n`;
  const end = text.indexOf('"type":"message_stop"');
  return text.slice(0, text.indexOf("\n\n", end) + 2);
}

/** The fields that the last usage object gained. */
function withoutCost(text: string): string {
  return text.replaceAll(/,"cost":"[0-9.]+","cost_currency":"USD"/g, "");
}

/** Small answers of our own, so that something is replayed where the recordings are missing. */
function excerptsOf(kind: RecordingKind): Recording[] {
  const excerpt = (name: string, stream: boolean, text: string) => ({ name, stream, bytes: Buffer.from(text) });
  if (kind === "chat") {
    const head = '"id":"c1","object":"chat.completion.chunk","created":1,"model":"m"';
    const chunk = (choice: string, rest = "") => `data: {${head},"choices":[${choice}]${rest}}\n\n`;
    const usage = '"usage":{"prompt_tokens":9,"completion_tokens":7,"total_tokens":16}';
    return [
      excerpt(
        "excerpt: a call of a tool",
        true,
        chunk('{"index":0,"delta":{"role":"assistant","content":"Let me ","reasoning_content":"Hm."}}') +
          chunk('{"index":0,"delta":{"content":"look."}}') +
          chunk(
            '{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":"{\\"a\\":"}}]}}',
          ) +
          chunk('{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"[1,2]}"}}]}}') +
          chunk('{"index":0,"delta":{},"finish_reason":"tool_calls"}') +
          chunk("", `,${usage}`) +
          "data: [DONE]\n\n",
      ),
      excerpt(
        "excerpt: a text",
        false,
        `{"id":"c2","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi 云"},"finish_reason":"length"}],${usage}}`,
      ),
    ];
  }
  if (kind === "responses") return [excerpt("excerpt: a thought and a call", true, responsesExcerpt())];
  if (kind === "google") {
    const event = (candidate: string, usage: string) =>
      `data: {"candidates":[${candidate}],"usageMetadata":{${usage}},"modelVersion":"m","responseId":"r"}\r\n\r\n`;
    return [
      excerpt(
        "excerpt: a thought, a text and a call whose arguments come in pieces",
        true,
        event('{"content":{"role":"model","parts":[{"text":"Hm.","thought":true}]}}', '"promptTokenCount":9') +
          event('{"content":{"role":"model","parts":[{"text":"Let me look."}]}}', '"promptTokenCount":9') +
          event(
            '{"content":{"role":"model","parts":[{"functionCall":{"name":"f","willContinue":true},"thoughtSignature":"c2ln"}]}}',
            '"trafficType":"ON_DEMAND"',
          ) +
          event(
            '{"content":{"role":"model","parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a[0]","numberValue":1}],"willContinue":true}}]}}',
            '"trafficType":"ON_DEMAND"',
          ) +
          event(
            '{"content":{"role":"model","parts":[{"functionCall":{}}]},"finishReason":"STOP"}',
            '"promptTokenCount":9,"candidatesTokenCount":5,"thoughtsTokenCount":2,"totalTokenCount":16',
          ),
      ),
    ];
  }
  return [
    excerpt(
      "excerpt: a thought, a text and a call",
      false,
      '{"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":"c2ln"},{"type":"text","text":"Hi"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":[1,2]}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":7}}',
    ),
  ];
}

function responsesExcerpt(): string {
  const response =
    '"id":"resp_1","object":"response","created_at":1,"model":"m","error":null,"incomplete_details":null';
  const thought = '{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]}';
  const call = '"id":"fc_1","type":"function_call","call_id":"call_1","name":"f"';
  const usage =
    '{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":16}';
  const output = `[${thought},{${call},"arguments":"{\\"a\\":[1]}","status":"completed"}]`;
  const events: [type: string, fields: string][] = [
    ["created", `"response":{${response},"status":"in_progress","output":[]}`],
    ["output_item.added", '"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]}'],
    [
      "reasoning_summary_part.added",
      '"item_id":"rs_1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}',
    ],
    ["reasoning_summary_text.delta", '"item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Hm."'],
    ["output_item.done", `"output_index":0,"item":${thought}`],
    ["output_item.added", `"output_index":1,"item":{${call},"arguments":"","status":"in_progress"}`],
    // LM Studio sends no deltas of arguments.
    ["function_call_arguments.done", '"item_id":"fc_1","output_index":1,"arguments":"{\\"a\\":[1]}"'],
    ["output_item.done", `"output_index":1,"item":{${call},"arguments":"{\\"a\\":[1]}","status":"completed"}`],
    ["completed", `"response":{${response},"status":"completed","output":${output},"usage":${usage}}`],
  ];
  return events
    .map(
      ([type, fields], index) =>
        `event: response.${type}\ndata: {"type":"response.${type}","sequence_number":${index},${fields}}\n\n`,
    )
    .join("");
}
