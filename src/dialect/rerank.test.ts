import { expect, test } from "bun:test";
import fc from "fast-check";
import { noUsage, type AnswerEvent, type Ranked, type RerankDocument, type RerankRequest } from "../call/index.ts";
import { dashscope } from "./dashscope/index.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";

// Reranking in the two dialects that have it: what is encoded and decoded is the same.

const document: fc.Arbitrary<RerankDocument> = fc.oneof(
  fc.string(),
  fc.record({ text: fc.string(), own: fc.integer() }),
);
const request: fc.Arbitrary<RerankRequest> = fc.record({
  dialect: fc.constant(""),
  model: fc.constant("m"),
  query: fc.string(),
  documents: fc.array(document, { minLength: 1, maxLength: 5 }),
  topN: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  returnDocuments: fc.option(fc.boolean(), { nil: undefined }),
  extensions: fc.constant({}),
});
const ranking: fc.Arbitrary<Ranked[]> = fc.uniqueArray(
  fc.record(
    {
      index: fc.integer({ min: 0, max: 9 }),
      score: fc.double({ noNaN: true, noDefaultInfinity: true }).map((score) => score || 0),
      document: fc.record({ text: fc.string() }),
    },
    { requiredKeys: ["index", "score"] },
  ),
  { selector: ({ index }) => index },
);

const paths: [Dialect, string][] = [
  [openaiChat, "/v1/rerank"],
  [dashscope, "/api/v1/services/rerank/text-rerank/text-rerank"],
];

const open = (dialect: Dialect, path: string, body: object) =>
  dialect.open({ operation: "rerank", path, headers: { get: () => null }, body: Buffer.from(JSON.stringify(body)) });
const bytesOf = (written: Uint8Array | string) => Buffer.from(written);

function read(dialect: Dialect, bytes: Uint8Array, choiceCount = 10): readonly AnswerEvent[] {
  const reader = dialect.reader({ operation: "rerank", stream: false, choiceCount, model: "m", isRaw: false });
  return [...reader.push(bytes), reader.end()].flatMap((batch) => batch.events());
}

test.each(paths)("%#: requests", (dialect, path) => {
  fc.assert(
    fc.property(request, (asked) => {
      const encoded = dialect.encodeRequest({ operation: "rerank", request: asked }, { model: "m", quirks: {} });
      expect(encoded.dropped).toEqual([]);
      const opened = open(dialect, path, encoded.body);
      // Where the fields stand is for errors, and each dialect's own.
      const { places: _, ...decoded } = opened.decode().request as RerankRequest;
      expect(decoded).toEqual({ ...asked, dialect: dialect.name });
      expect(opened).toMatchObject({ model: "m", stream: false, choiceCount: asked.documents.length });
      // The query is read with each document.
      const least = asked.documents.length * Buffer.byteLength(asked.query);
      expect(opened.promptBytes).toBeGreaterThanOrEqual(least);
    }),
  );
});

test.each(paths)("%#: documents that are no list are called what they are", (dialect, path) => {
  const input = { query: "q", documents: "a" };
  const body = path.startsWith("/api/") ? { model: "m", input } : { model: "m", ...input };
  expect(() => open(dialect, path, body)).toThrow("documents: expected a list of documents, found a string");
});

test.each(paths)("%#: answers", (dialect, path) => {
  fc.assert(
    fc.property(ranking, fc.nat(1_000), (results, inputTokens) => {
      const opened = open(
        dialect,
        path,
        dialect.encodeRequest(
          { operation: "rerank", request: { ...plain, documents: ["a"] } },
          { model: "m", quirks: {} },
        ).body,
      );
      const usage = { inputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 };
      const events: AnswerEvent[] = [
        { type: "ranking", model: "m", results },
        { type: "usage", usage },
      ];
      const writer = opened.writer({ requestId: "r", isRaw: false, usageExtra: () => ({}) });
      writer.write({
        raw: undefined,
        facts: { textBytes: 0, usage, isEnd: true, failure: undefined },
        events: () => events,
      });
      expect(read(dialect, bytesOf(writer.end()))).toEqual(events);
    }),
  );
});

test.each(paths)("%#: no bytes crash the reader", (dialect) => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ results: fc.jsonValue(), usage: fc.jsonValue(), meta: fc.jsonValue() })
      .map((value) => JSON.stringify(value)),
    fc.record({ output: fc.record({ results: fc.array(fc.jsonValue()) }) }).map((value) => JSON.stringify(value)),
  );
  fc.assert(fc.property(anything, (text) => void read(dialect, Buffer.from(text))));
});

const plain: RerankRequest = {
  dialect: "",
  model: "m",
  query: "q",
  documents: ["a"],
  topN: undefined,
  returnDocuments: undefined,
  extensions: {},
};

test("Cohere's recorded answer counts searches and no tokens", () => {
  const recorded = {
    id: "b44fe75b-e3d3-489a-b61e-1a1aede3ef72",
    results: [
      { index: 1, relevance_score: 0.10183054 },
      { index: 0, relevance_score: 0.03762639 },
    ],
    meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
  };
  const results = [
    { index: 1, score: 0.10183054 },
    { index: 0, score: 0.03762639 },
  ];
  expect(read(openaiChat, Buffer.from(JSON.stringify(recorded)), 2)).toEqual([
    { type: "ranking", model: "", results },
    { type: "usage", usage: { ...noUsage, counts: { search: 1 } } },
  ]);
});
