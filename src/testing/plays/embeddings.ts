import { expect } from "bun:test";
import type { RecordedFile } from "../recordings.ts";
import { list, number, object, string, type Json } from "../wire/json.ts";
import { answerOf, modelOf, price, withoutCost, type Play, type Stage } from "./play.ts";

/** Vectors, for clients of every dialect that has them: the numbers that the vendor sent, and its own bytes where it is the same. */
export function playEmbedding(file: RecordedFile): Play | undefined {
  if (file.kind !== "embedding") return undefined;
  const model = modelOf(file);
  const sent = JSON.parse(file.text) as Json;
  const api = apiOf(sent);
  const vectors = vectorsOf(sent);
  const input = inputOf(sent);
  const isBase64 = typeof list(sent["data"])[0]?.["embedding"] === "string";
  return {
    file,
    api,
    model,
    answer: answerOf(file),
    async check(stage) {
      for (const way of ways) {
        if (way.isSingle === true && vectors.length !== 1) continue;
        const response = await ask(way, model, vectors.length, stage);
        const text = await response.text();
        expect([way.name, response.status, response.status === 200 ? "" : text]).toEqual([way.name, 200, ""]);
        const got = vectorsOf(JSON.parse(text) as Json);
        expect([way.name, got.map(rounded)]).toEqual([way.name, vectors.map(rounded)]);
        // OpenAI's clients get numbers where they did not ask for base64.
        const isOwnForm = way.api === api && way.isOwnForm === true && !isBase64;
        if (isOwnForm) expect(withoutCost(text)).toBe(file.text);
        // Google says nothing of tokens.
        const cost = /"cost":"([0-9.]+)"/.exec(text)?.[1];
        if (input > 0) expect([way.name, Number(cost)]).toEqual([way.name, (input * price.input) / 1e6]);
      }
    },
  };
}

interface Way {
  name: string;
  api: string;
  /** What a vendor's answer has that this form's clients get as it is. */
  isOwnForm?: true;
  isSingle?: true;
  path(model: string): string;
  body(model: string, texts: readonly string[]): object;
}

const content = (text: string) => ({ parts: [{ text }] });
const openai = (path: string, more: object = {}): Way => ({
  name: `${path} ${JSON.stringify(more)}`,
  api: "chat",
  path: () => path,
  body: (model, input) => ({ model, input, ...more }),
});

const ways: readonly Way[] = [
  { ...openai("/v1/embeddings"), isOwnForm: true },
  openai("/v1/embeddings", { encoding_format: "base64" }),
  openai("/v1/embeddings", { encoding_format: "float" }),
  openai("/compatible-mode/v1/embeddings"),
  openai("/api/v3/embeddings"),
  openai("/embeddings"),
  {
    name: "batchEmbedContents",
    api: "gemini",
    isOwnForm: true,
    path: (model) => `/v1beta/models/${model}:batchEmbedContents`,
    body: (model, texts) => ({
      requests: texts.map((text) => ({ model: `models/${model}`, content: content(text) })),
    }),
  },
  {
    name: "embedContent",
    api: "gemini",
    isSingle: true,
    path: (model) => `/v1beta/models/${model}:embedContent`,
    body: (_model, [text = ""]) => ({ content: content(text) }),
  },
  {
    name: "DashScope's own",
    api: "dashscope",
    isOwnForm: true,
    path: () => "/api/v1/services/embeddings/text-embedding/text-embedding",
    body: (model, texts) => ({ model, input: { texts } }),
  },
];

function ask(way: Way, model: string, count: number, { address, key }: Stage): Promise<Response> {
  return fetch(address + way.path(model), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(
      way.body(
        model,
        Array.from({ length: count }, (_, index) => `text ${index}`),
      ),
    ),
  });
}

function apiOf({ data, output }: Json): string {
  if (Array.isArray(data)) return "chat";
  return output === undefined ? "gemini" : "dashscope";
}

function vectorsOf(body: Json): number[][] {
  const items = [
    ...list(body["data"]),
    ...list(body["embeddings"]),
    ...list(object(body["output"])["embeddings"]),
    ...(body["embedding"] === undefined ? [] : [object(body["embedding"])]),
  ];
  return items
    .toSorted((a, b) => number(a["index"] ?? a["text_index"]) - number(b["index"] ?? b["text_index"]))
    .map((item) => numbersOf(item["embedding"] ?? item["values"]));
}

/** Numbers, or base64 of little-endian float32. */
function numbersOf(value: unknown): number[] {
  if (Array.isArray(value)) return value as number[];
  const bytes = Buffer.from(string(value), "base64");
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
}

/** What remains of a number in float32. */
const rounded = (vector: readonly number[]) => Array.from(Float32Array.from(vector));

function inputOf({ usage, usageMetadata }: Json): number {
  const counted = object(usage);
  return number(counted["prompt_tokens"] ?? counted["total_tokens"] ?? object(usageMetadata)["promptTokenCount"]);
}
