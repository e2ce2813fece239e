import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { meaningOf, type Meaning } from "../testing/meaning.ts";
import { recordingsOf, type Recording, type RecordingKind } from "../testing/recordings.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Answers that vendors really sent, replayed by a real server through the running program: into the dialect that they are in
// byte for byte, and into the other one by what they say, whole and streamed.

interface Replay extends Recording {
  kind: RecordingKind;
  /** The model's name here and at the vendor. */
  model: string;
}

const kinds: RecordingKind[] = ["chat", "messages", "responses"];
/** Listed here once more, so that a file which is not replayed is found. */
const folder = join(import.meta.dir, "../../../shared/recordings");
const foldersOf: Record<RecordingKind, string[]> = {
  chat: ["openai/chat", "deepseek/chat", "alibaba", "moonshotai", "groq", "mistral", "openai-compatible/chat"],
  messages: ["anthropic"],
  responses: ["openai/responses", "xai/responses", "open-responses/responses"],
};

const replays: Replay[] = kinds.flatMap((kind) =>
  [...recordingsOf(kind), ...excerptsOf(kind)].map((recording, index) => ({
    ...recording,
    kind,
    model: `${kind}-${index}`,
  })),
);

/** Bodies of errors, which come with a status of their own. */
const errors = kinds.flatMap((kind) =>
  filesOf(kind)
    .filter((path) => path.endsWith(".json"))
    .map((path) => readFileSync(path, "utf8"))
    .filter((text) => Boolean((JSON.parse(text) as { error?: unknown }).error))
    .map((text, index) => ({ kind, text, model: `${kind}-error-${index}` })),
);

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let replayed = 0;

const price = { currency: "USD", input: 1, cached_input: 0.5, cache_write: 2, output: 3 };

beforeAll(async () => {
  const answers: [string, Script][] = [
    ...replays.map((replay): [string, Script] => [replay.model, answerOf(replay)]),
    ...errors.map(({ model, text }): [string, Script] => [
      model,
      () => new Response(text, { status: 400, headers: { "content-type": "application/json" } }),
    ]),
  ];
  vendor = startFakeVendor(Object.fromEntries(answers));
  sahab = await runSahab({
    config: {
      providers: [
        { name: "chat", vendor: "compatible", base_url: vendor.url },
        { name: "messages", vendor: "anthropic", base_url: `http://127.0.0.1:${vendor.port}` },
        { name: "responses", vendor: "compatible", base_url: vendor.url, apis: ["responses"] },
      ],
      models: [...replays, ...errors].map(({ model, kind }) => ({
        name: model,
        targets: [{ provider: kind, model }],
        price,
      })),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
}, 30_000);

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

for (const kind of kinds) {
  describe(kind, () => {
    for (const replay of replays.filter((one) => one.kind === kind)) {
      test(`${replay.name}${replay.stream ? ", streamed" : ""}`, async () => {
        replayed++;
        if (replay.isBroken) {
          for (const client of kinds) for (const stream of [false, true]) await checkRefused(replay, client, stream);
          return;
        }
        await checkBytes(replay);
        for (const client of kinds) for (const stream of [false, true]) await checkMeaning(replay, client, stream);
      }, 10_000);
    }

    for (const { model, text } of errors.filter((one) => one.kind === kind)) {
      test(`an error: ${text.slice(0, 80).replaceAll(/\s+/g, " ")}`, async () => {
        replayed++;
        const same = await ask(kind, model, false);
        expect([same.status, await same.text()]).toEqual([400, text]);
        const { message } = (JSON.parse(text) as { error: { message: string } }).error;
        for (const client of kinds.filter((one) => one !== kind)) {
          const other = await ask(client, model, false);
          expect(other.status).toBe(400);
          expect(((await other.json()) as { error: { message: string } }).error.message).toContain(message);
        }
      }, 10_000);
    }
  });
}

const files = kinds.flatMap(filesOf).length;
const excerpts = kinds.flatMap(excerptsOf).length;

test(`${files} recordings and ${excerpts} excerpts were replayed: every file there is`, () => {
  expect(replayed).toBeGreaterThan(0);
  expect(replayed).toBe(files + excerpts);
  if (existsSync(folder)) expect(files).toBeGreaterThan(50);
});

/** The client's own dialect, in the form that the vendor answers in: the vendor's bytes, apart from what is documented. */
async function checkBytes(replay: Replay): Promise<void> {
  const sent = firstAnswer(replay, Buffer.from(replay.bytes).toString("utf8"));
  const got = await (await ask(replay.kind, replay.model, replay.stream)).text();
  expect(withoutCost(got)).toBe(sent);
  if (replay.kind !== "chat" || !replay.stream) return;
  // A client that did not ask for usage does not get the event that only Sahab asked for.
  const plain = await (await ask("chat", replay.model, true, {})).text();
  const kept = sent.split("\n\n").filter((event) => !/"choices": ?\[\]/.test(event) || !/"usage": ?\{/.test(event));
  expect(withoutCost(plain)).toBe(kept.join("\n\n"));
}

/** What can't be read never looks whole to anybody. */
async function checkRefused(replay: Replay, client: RecordingKind, stream: boolean): Promise<void> {
  const response = await ask(client, replay.model, stream);
  const { code } = ((await response.json()) as { error: { code: string } }).error;
  expect([response.status, code]).toEqual([502, "upstream_invalid_response"]);
}

async function checkMeaning(replay: Replay, client: RecordingKind, stream: boolean): Promise<void> {
  const expected = meaningOf(replay.kind, replay.stream, Buffer.from(replay.bytes).toString("utf8"));
  const response = await ask(client, replay.model, stream);
  const text = await response.text();
  expect({ status: response.status, text: response.status === 200 ? "" : text }).toEqual({ status: 200, text: "" });
  const { cost, signatures, ...meaning } = meaningOf(client, stream, text);
  const { cost: _, signatures: proofs, ...said } = expected;
  expect(meaning).toEqual(said);
  // A proof is worth something in its own dialect only.
  if (client === replay.kind) expect(signatures).toEqual(proofs);
  const isCounted = said.usage.input + said.usage.output > 0;
  // A count of 0 is said, too, but is not believed where there is an answer.
  if (replay.kind === "responses" && !isCounted) expect(Number(cost)).toBeGreaterThan(0);
  else expect(cost === undefined).toBe(!isCounted);
  if (isCounted) expect(Number(cost)).toBeCloseTo(costOf(expected), 12);
  const record = await sahab.record(response.headers.get("x-request-id"));
  expect(record).toMatchObject({ outcome: "ok", status: 200, estimated: !isCounted, stream });
  if (isCounted) {
    const { input, cached, written, output, reasoning } = said.usage;
    expect(record.tokens).toEqual({ input, cached_input: cached, cache_write: written, output, reasoning });
    expect(Number(record.cost)).toBeCloseTo(costOf(expected), 12);
  }
}

function costOf({ usage: { input, cached, written, output } }: Meaning): number {
  const fresh = input - cached - written;
  return (
    (fresh * price.input + cached * price.cached_input + written * price.cache_write + output * price.output) / 1e6
  );
}

function ask(client: RecordingKind, model: string, stream: boolean, options: object = { include_usage: true }) {
  if (client === "responses") return sahab.call("/v1/responses", { model, input: "Hello", stream }, { key });
  const body = { model, max_tokens: 4_096, messages: [{ role: "user", content: "Hello" }], stream };
  return client === "messages"
    ? sahab.call("/v1/messages", body, { key })
    : sahab.call("/v1/chat/completions", { ...body, ...(stream && { stream_options: options }) }, { key });
}

function answerOf({ stream, bytes }: Recording): Script {
  if (stream) return streamOf([bytes], { splitAt: 1_000 });
  return () =>
    new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/json; charset=utf-8" } });
}

/**
 * Some recordings hold several messages, one behind the other: an answer ends with its first `message_stop`. Others lack the
 * blank line after the last event.
 */
function firstAnswer({ kind, stream }: Replay, text: string): string {
  if (!stream) return text;
  if (kind === "chat") return `${text.trimEnd()}\n\n`;
  if (kind === "responses") return text;
  const end = text.indexOf('"type":"message_stop"');
  return text.slice(0, text.indexOf("\n\n", end) + 2);
}

/** The fields that the last usage object gained. */
function withoutCost(text: string): string {
  return text.replaceAll(/,"cost":"[0-9.]+","cost_currency":"USD"/g, "");
}

function filesOf(kind: RecordingKind): string[] {
  return foldersOf[kind]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(path, entry.name)),
    );
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
  if (kind === "responses") {
    const usage =
      '{"input_tokens":9,"input_tokens_details":{"cached_tokens":2},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":16}';
    const reasoning = `{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"c2ln"}`;
    const message = `{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"Hi 云"}]}`;
    const call = `{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"f","arguments":"{\\"a\\":[1,2]}"}`;
    const head = '"id":"resp_1","object":"response","created_at":1,"model":"m","error":null';
    const whole = (status: string, output: string) =>
      `{${head},"status":"${status}","incomplete_details":null,"output":[${output}],"usage":${usage}}`;
    let count = 0;
    const event = (type: string, fields: string) =>
      `event: ${type}\ndata: {"type":"${type}","sequence_number":${count++},${fields}}\n\n`;
    const item = (place: number, json: string) =>
      event("response.output_item.added", `"output_index":${place},"item":${json}`) +
      event("response.output_item.done", `"output_index":${place},"item":${json}`);
    return [
      excerpt("excerpt: a thought, a text and a call", false, whole("completed", `${reasoning},${message},${call}`)),
      excerpt(
        "excerpt: a thought, a text and a call",
        true,
        event("response.created", `"response":{${head},"status":"in_progress","output":[]}`) +
          event("response.output_item.added", `"output_index":0,"item":${reasoning.replace("Hm.", "")}`) +
          event("response.reasoning_summary_text.delta", '"output_index":0,"summary_index":0,"delta":"Hm."') +
          event("response.output_item.done", `"output_index":0,"item":${reasoning}`) +
          event("response.output_item.added", `"output_index":1,"item":${message.replace("Hi 云", "")}`) +
          event("response.output_text.delta", '"item_id":"msg_1","output_index":1,"content_index":0,"delta":"Hi "') +
          event("response.output_text.delta", '"item_id":"msg_1","output_index":1,"content_index":0,"delta":"云"') +
          event("response.output_item.done", `"output_index":1,"item":${message}`) +
          item(2, call) +
          event("response.completed", `"response":${whole("completed", `${reasoning},${message},${call}`)}`),
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
