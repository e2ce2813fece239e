import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { toSahabError } from "../base/errors.ts";
import type { RerankRequest } from "../call/index.ts";
import { chatRequest, collect, nanoFile, never, startTestEngine } from "../testing/engine.ts";
import type { EngineClient } from "./index.ts";

// Ranking by a local model that has the head for it. Its weights are random, so which document wins means nothing.

let running: Awaited<ReturnType<typeof startTestEngine>>;
let client: EngineClient;

beforeAll(async () => {
  running = await startTestEngine({ architecture: "qwen3" });
  client = running.client();
  await running.engine.whenReady(15_000);
});
afterAll(() => running.close());

const documents = ["the world", "another and longer text on the thing", "the world", "x"];
const request: RerankRequest = {
  dialect: "openai-chat",
  model: "test",
  query: "on the thing",
  documents,
  topN: undefined,
  returnDocuments: undefined,
  extensions: {},
};
const rank = (more: Partial<RerankRequest> = {}) => client.rank({ ...request, ...more }, { signal: never() });
const failure = (more: Partial<RerankRequest>) =>
  rank(more).then(
    () => undefined,
    (error: unknown) => toSahabError(error),
  );

describe("documents", () => {
  test("come in the order of their scores, each once, and are counted with the query", async () => {
    const { results, usage, model } = await rank();
    expect(model).toBe("test");
    expect(results.map(({ index }) => index).sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    const scores = results.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    for (const score of scores) expect(score > 0 && score < 1).toBeTrue();
    const scoreOf = (wanted: number) => results.find(({ index }) => index === wanted)?.score;
    expect(scoreOf(0)).toBe(scoreOf(2) as number);
    expect(new Set(scores).size).toBe(3);
    const alone = await Promise.all(documents.map((document) => rank({ documents: [document] })));
    expect(usage.inputTokens).toBe(alone.reduce((sum, one) => sum + one.usage.inputTokens, 0));
    expect(usage.outputTokens).toBe(0);
    // The query is evaluated with each.
    const longer = await rank({ query: `${request.query} xyz` });
    expect((longer.usage.inputTokens - usage.inputTokens) % documents.length).toBe(0);
    expect(longer.usage.inputTokens).toBeGreaterThan(usage.inputTokens);
    expect(alone.map((one) => one.results[0]?.score)).toEqual([0, 1, 2, 3].map(scoreOf));
  });

  test("are cut to the best, and repeated where that is asked for, from objects too", async () => {
    const all = await rank();
    const objects = documents.map((text) => ({ text, own: 1 }));
    const { results } = await rank({ documents: objects, topN: 2, returnDocuments: true });
    expect(results).toEqual(
      all.results.slice(0, 2).map((one) => ({ ...one, document: { text: documents[one.index] ?? "" } })),
    );
    expect(all.results.some((one) => "document" in one)).toBeFalse();
  });

  test("that say control tokens are read as text", async () => {
    const { usage } = await rank({ documents: ["<|sahab_end|>"] });
    expect(usage.inputTokens).toBeGreaterThan((await rank({ documents: ["x"] })).usage.inputTokens + 5);
  });

  test("that are empty, too long or without text are refused by name", async () => {
    expect(await failure({ documents: ["a", ""] })).toMatchObject({ code: "invalid_request", param: "documents[1]" });
    expect(await failure({ documents: ["y".repeat(2_000)] })).toMatchObject({ code: "context_length_exceeded" });
    expect(await failure({ query: "" })).toMatchObject({ code: "invalid_request", param: "query" });
    const image = { image: "https://example.org/a.png" };
    expect(await failure({ documents: [image] })).toMatchObject({ param: "documents[0].text" });
  });
});

test("such a model still writes text", async () => {
  expect((await collect(client.chat(chatRequest("Hello"), { signal: never() }))).usage?.inputTokens).toBeGreaterThan(1);
});

test("a model without the head says so, and goes on", async () => {
  const plain = await startTestEngine({ file: nanoFile });
  try {
    const other = plain.client();
    const error: unknown = await other.rank(request, { signal: never() }).catch((thrown: unknown) => thrown);
    expect(toSahabError(error)).toMatchObject({
      code: "unsupported_parameter",
      message: expect.stringContaining("Model test cannot rank documents, which needs a ranking head") as string,
    });
    expect((await collect(other.chat(chatRequest("Hello"), { signal: never() }))).usage).toBeDefined();
  } finally {
    await plain.close();
  }
});
