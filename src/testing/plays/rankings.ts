import { expect } from "bun:test";
import type { RecordedFile } from "../recordings.ts";
import { list, number, object, type Json } from "../wire/json.ts";
import { answerOf, modelOf, withoutCost, type Play } from "./play.ts";

/** An order of documents, for clients of every form of reranking. */
export function playRanking(file: RecordedFile): Play | undefined {
  if (file.kind !== "rerank") return undefined;
  const model = modelOf(file);
  const sent = JSON.parse(file.text) as Json;
  const isNative = sent["output"] !== undefined;
  const expected = resultsOf(sent);
  const documents = Array.from(
    { length: 1 + Math.max(...expected.map(({ index }) => index)) },
    (_, index) => `text ${index}`,
  );
  return {
    file,
    api: isNative ? "dashscope" : "chat",
    model,
    answer: answerOf(file),
    async check({ address, key }) {
      for (const path of [...paths, nativePath]) {
        const input = { query: "which", documents };
        const body = path === nativePath ? { model, input, parameters: {} } : { model, ...input };
        const response = await fetch(address + path, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
          body: JSON.stringify(body),
        });
        const text = await response.text();
        expect([path, response.status, response.status === 200 ? "" : text]).toEqual([path, 200, ""]);
        expect([path, resultsOf(JSON.parse(text) as Json)]).toEqual([path, expected]);
        if (isNative === (path === nativePath)) expect(withoutCost(text)).toBe(file.text);
      }
    },
  };
}

const paths = ["/v1/rerank", "/v2/rerank", "/rerank", "/compatible-api/v1/reranks"];
const nativePath = "/api/v1/services/rerank/text-rerank/text-rerank";

function resultsOf(body: Json): { index: number; score: number }[] {
  return list(body["results"] ?? object(body["output"])["results"]).map((result) => ({
    index: number(result["index"]),
    score: number(result["relevance_score"]),
  }));
}
