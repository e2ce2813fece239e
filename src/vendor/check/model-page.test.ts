import { expect, test } from "bun:test";
import { seededRandom } from "../../testing/random.ts";
import { createModelFinder, readModelPage } from "./model-page.ts";

test.each([
  ["OpenAI", { object: "list", data: [{ id: "gpt-5.4" }, { id: "o3" }] }, ["gpt-5.4", "o3"], undefined],
  ["Anthropic", { data: [{ id: "a" }], has_more: true, last_id: "a" }, ["a"], { name: "after_id", value: "a" }],
  ["Anthropic's last", { data: [{ id: "b" }], has_more: false, last_id: "b" }, ["b"], undefined],
  ["Google", { models: [{ name: "models/g" }], nextPageToken: "t" }, ["g"], { name: "pageToken", value: "t" }],
  ["Cohere", { models: [{ name: "c" }], next_page_token: "u" }, ["c"], { name: "page_token", value: "u" }],
  ["Cohere's last", { models: [{ name: "c" }], next_page_token: "" }, ["c"], undefined],
  ["Together", [{ id: "meta/llama" }], ["meta/llama"], undefined],
  ["names alone", { data: ["x", "y"] }, ["x", "y"], undefined],
  ["nothing in it", { data: [] }, [], undefined],
])("the list of %s", (_vendor, json, ids, next) => {
  expect(readModelPage(json)).toEqual({ ids, next } as never);
});

test("what is no list is none, and nothing makes the reader throw", () => {
  for (const json of [undefined, null, 7, "models", {}, { data: {} }, { error: { message: "no" } }, { models: null }])
    expect(readModelPage(json)).toBeUndefined();
  const random = seededRandom(20_261_126);
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 3 ? 5 : 8));
    if (kind < 5) return [null, true, 1e308, "a".repeat(Math.floor(random() * 600)), undefined][kind];
    if (kind === 5) return Array.from({ length: Math.floor(random() * 5) }, () => value(depth + 1));
    const names = ["data", "models", "id", "name", "has_more", "last_id", "nextPageToken", "__proto__"];
    return Object.fromEntries(names.filter(() => random() < 0.5).map((name) => [name, value(depth + 1)]));
  };
  for (let round = 0; round < 5_000; round++)
    for (const id of readModelPage(value(0))?.ids ?? []) expect(id.length).toBeLessThanOrEqual(512);
});

test("a model is listed under its dated id, and Ollama's under its tag", () => {
  const has = createModelFinder(["claude-sonnet-4-5-20250929", "gpt-5.4-2026-03-05", "llama3:latest", "qwen-plus"]);
  for (const model of [
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "gpt-5.4",
    "llama3",
    "qwen-plus-latest",
    "models/qwen-plus",
  ])
    expect([model, has(model)]).toEqual([model, true]);
  for (const model of ["claude-sonnet-4", "gpt-5", "llama3:8b", "qwen"])
    expect([model, has(model)]).toEqual([model, false]);
});
