import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { callStream, framed, piecesStream, textStream, wholeAnswer } from "../dialect/gemini/fixtures.ts";
import { startFakeVendor, streamOf, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { meaningOf } from "../testing/meaning.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Answers that Google really sent, replayed by a real server through the running program: to its own clients byte for byte, to
// others by what they say, whole and streamed. Recordings beside the checkout are replayed where they are.

interface Replay {
  name: string;
  stream: boolean;
  bytes: Buffer;
}

const folder = join(import.meta.dir, "../../../shared/recordings/google");
const files = existsSync(folder) ? readdirSync(folder).toSorted() : [];
const excerpts: Replay[] = [
  { name: "excerpt: a text", stream: true, bytes: framed(textStream) },
  { name: "excerpt: a call", stream: true, bytes: framed(callStream) },
  { name: "excerpt: calls in pieces", stream: true, bytes: framed(piecesStream) },
  { name: "excerpt: whole", stream: false, bytes: Buffer.from(wholeAnswer) },
];
const replays = [...files.flatMap(readFile), ...excerpts];
const errors = files.length - (replays.length - excerpts.length);

function readFile(name: string): Replay[] {
  const text = readFileSync(join(folder, name), "utf8");
  if (name.endsWith(".chunks.txt")) return [{ name, stream: true, bytes: framed(text) }];
  return (JSON.parse(text) as { error?: unknown }).error ? [] : [{ name, stream: false, bytes: Buffer.from(text) }];
}

type Json = Record<string, unknown>;

interface Said {
  text: string;
  reasoning: string;
  calls: { id?: string; name: string; arguments: unknown }[];
  signatures: string[];
  stop: string;
  usage: Json;
}

/** Reads an answer the plain way: it shares no code with Sahab's own readers. */
function readPlainly(chunks: Json[]): Said {
  const said: Said = { text: "", reasoning: "", calls: [], signatures: [], stop: "none", usage: {} };
  let open: { paths: Map<string, unknown>; call: Said["calls"][number] } | undefined;
  for (const chunk of chunks) {
    if (chunk["error"]) throw new Error(`an error in the place of an answer: ${JSON.stringify(chunk)}`);
    const [candidate] = chunk["candidates"] as { content?: { parts?: Json[] }; finishReason?: string }[];
    for (const part of candidate?.content?.parts ?? []) {
      const { text, thought, thoughtSignature } = part as Record<string, string | undefined>;
      if (thoughtSignature) said.signatures.push(thoughtSignature);
      if (thought) said.reasoning += text ?? "";
      else said.text += text ?? "";
      const call = part["functionCall"] as
        | { id?: string; name?: string; args?: Json; partialArgs?: Json[] }
        | undefined;
      if (call?.name) {
        open = {
          paths: new Map(),
          call: { name: call.name, arguments: call.args ?? {}, ...(call.id && { id: call.id }) },
        };
        said.calls.push(open.call);
      }
      for (const piece of call?.partialArgs ?? []) {
        const path = String(piece["jsonPath"]);
        const before = open?.paths.get(path);
        const value = piece["stringValue"] ?? piece["numberValue"] ?? piece["boolValue"] ?? null;
        open?.paths.set(path, typeof before === "string" ? before + (value as string) : value);
        if (open) open.call.arguments = assemble(open.paths);
      }
    }
    if (candidate?.finishReason) said.stop = candidate.finishReason;
    if ((chunk["usageMetadata"] as Json | undefined)?.["promptTokenCount"]) said.usage = chunk["usageMetadata"] as Json;
  }
  return said;
}

/** By way of code, which knows what a path means. */
function assemble(paths: ReadonlyMap<string, unknown>): unknown {
  const root = {};
  for (const [path, value] of paths) {
    const steps = path.match(/[^.$[\]']+/g) ?? [];
    let holder = root as Json;
    for (const [at, step] of steps.entries()) {
      if (at === steps.length - 1) holder[step] = value;
      else holder = (holder[step] ??= /^\d+$/.test(steps[at + 1] ?? "") ? [] : {}) as Json;
    }
  }
  return root;
}

function payloadsOf(stream: boolean, text: string): Json[] {
  if (!stream) return [JSON.parse(text) as Json];
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice("data: ".length)) as Json);
}

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  const scripts = replays.map(({ stream, bytes }, index): [string, Script] => [
    `r${index}`,
    stream
      ? streamOf([bytes], { splitAt: 1_000 })
      : () => new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/json" } }),
  ]);
  vendor = startFakeVendor(Object.fromEntries(scripts));
  sahab = await runSahab({
    config: {
      providers: [{ name: "g", vendor: "google", base_url: `http://127.0.0.1:${vendor.port}`, apis: ["gemini"] }],
      models: scripts.map(([name]) => ({
        name,
        targets: [{ provider: "g", model: name }],
        price: { currency: "USD", input: 1, cached_input: 0.5, output: 3 },
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

async function ask(path: string, body: object): Promise<string> {
  const response = await sahab.call(path, body, { key });
  const text = await response.text();
  expect([response.status, response.status === 200 ? "" : text]).toEqual([200, ""]);
  return text;
}

const messages = [{ role: "user", content: "Hi" }];
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
const stops: Record<string, string> = { STOP: "stop", MAX_TOKENS: "length" };

test.each(replays.map((replay, index) => ({ ...replay, index })))("$name", async ({ stream, bytes, index }) => {
  const model = `r${index}`;
  const sent = bytes.toString("utf8");
  const said = readPlainly(payloadsOf(stream, sent));
  const { usage } = said;
  const output = Number(usage["candidatesTokenCount"] ?? 0) + Number(usage["thoughtsTokenCount"] ?? 0);
  const input = Number(usage["promptTokenCount"]) + Number(usage["toolUsePromptTokenCount"] ?? 0);
  const stop = said.calls.length > 0 && said.stop === "STOP" ? "tool-calls" : stops[said.stop];
  const withoutIds = (calls: Said["calls"]) => calls.map((call) => [call.name, call.arguments]);

  const path = `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`;
  const own = await ask(path, { contents });
  const cost = /,"cost":"([0-9.]+)","cost_currency":"USD"/;
  expect(own.replace(cost, "")).toBe(sent);
  expect(Number(cost.exec(own)?.[1])).toBeCloseTo(
    (input - Number(usage["cachedContentTokenCount"] ?? 0) / 2 + 3 * output) / 1e6,
    12,
  );

  for (const other of [true, false]) {
    const method = other ? "streamGenerateContent?alt=sse" : "generateContent";
    const again = readPlainly(payloadsOf(other, await ask(`/v1beta/models/${model}:${method}`, { contents })));
    expect({ ...again, calls: withoutIds(again.calls), usage: {} }).toEqual({
      ...said,
      calls: withoutIds(said.calls),
      usage: {},
    });
    for (const kind of ["chat", "messages"] as const) {
      const text =
        kind === "chat"
          ? await ask("/v1/chat/completions", {
              model,
              messages,
              stream: other,
              stream_options: { include_usage: true },
            })
          : await ask("/v1/messages", { model, messages, stream: other, max_tokens: 100 });
      const meaning = meaningOf(kind, other, text);
      expect({ ...meaning, calls: withoutIds(meaning.calls), cost: "" }).toEqual({
        text: said.text,
        reasoning: said.reasoning,
        calls: withoutIds(said.calls),
        stop: stop as "stop",
        usage: {
          input,
          output,
          cached: Number(usage["cachedContentTokenCount"] ?? 0),
          written: 0,
          reasoning: Number(usage["thoughtsTokenCount"] ?? 0),
        },
        // A proof is worth something in its own dialect only; a thought has a place for one.
        signatures: kind === "messages" && said.reasoning !== "" ? [""] : [],
        cost: "",
      });
      expect(new Set(meaning.calls.map(({ id }) => id)).size).toBe(said.calls.length);
    }
  }
});

test(`${replays.length} answers are replayed: every file there is but ${errors} of errors`, () => {
  expect(replays.length).toBeGreaterThanOrEqual(excerpts.length);
  expect(errors).toBe(files.filter((name) => name.includes("429")).length);
  if (existsSync(folder)) expect(files.length).toBeGreaterThan(8);
});
