import type { Api } from "./cases.ts";

// Where clients find what: a test holds each path against the routes of the code.

export interface Place {
  /** What is there. */
  title: string;
  /** Of whose dialect it is. */
  api: Api;
  /** Method and path; `{id}` and `{model}` stand for names. */
  paths: readonly string[];
  /** Of the same dialect, at other addresses. */
  also?: readonly string[];
}

export const places: readonly Place[] = [
  { title: "chat", api: "chat", paths: ["POST /v1/chat/completions"] },
  { title: "completions, with `suffix` too", api: "chat", paths: ["POST /v1/completions"] },
  { title: "embeddings", api: "chat", paths: ["POST /v1/embeddings"] },
  {
    title: "reranking, in Jina's and Cohere's form",
    api: "chat",
    paths: ["POST /v1/rerank"],
    also: ["POST /v2/rerank", "POST /compatible-mode/v1/reranks"],
  },
  { title: "models", api: "chat", paths: ["GET /v1/models", "GET /v1/models/{model}"] },
  { title: "a response", api: "responses", paths: ["POST /v1/responses"] },
  {
    title: "a kept response: read, streamed again, deleted, cancelled",
    api: "responses",
    paths: ["GET /v1/responses/{id}", "DELETE /v1/responses/{id}", "POST /v1/responses/{id}/cancel"],
  },
  { title: "its input", api: "responses", paths: ["GET /v1/responses/{id}/input_items"] },
  { title: "a conversation made shorter", api: "responses", paths: ["POST /v1/responses/compact"] },
  { title: "a count of tokens", api: "responses", paths: ["POST /v1/responses/input_tokens"] },
  { title: "a message", api: "messages", paths: ["POST /v1/messages"], also: ["POST /anthropic/v1/messages"] },
  { title: "a count of tokens", api: "messages", paths: ["POST /v1/messages/count_tokens"] },
  { title: "models", api: "messages", paths: ["GET /anthropic/v1/models", "GET /anthropic/v1/models/{model}"] },
  {
    title: "an answer; as a stream, which is one JSON array unless `?alt=sse` asks for events",
    api: "gemini",
    paths: ["POST /v1beta/models/{model}:generateContent", "POST /v1beta/models/{model}:streamGenerateContent"],
    also: ["v1", "v1beta1", "v1alpha"].map((version) => `POST /${version}/models/{model}:generateContent`),
  },
  { title: "a count of tokens", api: "gemini", paths: ["POST /v1beta/models/{model}:countTokens"] },
  {
    title: "embeddings",
    api: "gemini",
    paths: ["POST /v1beta/models/{model}:embedContent", "POST /v1beta/models/{model}:batchEmbedContents"],
  },
  { title: "models", api: "gemini", paths: ["GET /v1beta/models", "GET /v1beta/models/{model}"] },
  {
    title: "an answer, for models that read text, and for those that read more",
    api: "dashscope",
    paths: [
      "POST /api/v1/services/aigc/text-generation/generation",
      "POST /api/v1/services/aigc/multimodal-generation/generation",
    ],
  },
  { title: "embeddings", api: "dashscope", paths: ["POST /api/v1/services/embeddings/text-embedding/text-embedding"] },
  { title: "reranking", api: "dashscope", paths: ["POST /api/v1/services/rerank/text-rerank/text-rerank"] },
  {
    title: "any of these in the background, with the header `X-DashScope-Async: enable`: fetched, cancelled",
    api: "dashscope",
    paths: ["GET /api/v1/tasks/{id}", "POST /api/v1/tasks/{id}/cancel"],
  },
];

/** Where OpenAI's paths are as well, for clients that were made for others: the base address and whose it is. */
export const bases: readonly [base: string, whose: string][] = [
  ["/compatible-mode/v1", "Alibaba Cloud Model Studio"],
  ["/api/v3", "Volcano Ark"],
  ["", "DeepSeek"],
  ["/beta", "DeepSeek"],
];
