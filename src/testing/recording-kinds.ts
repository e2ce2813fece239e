import { isObject, list, object, string, type Json } from "./wire/json.ts";

/** Answers to chats: OpenAI's chat completions, Anthropic's Messages, OpenAI's Responses, Google's Gemini, DashScope's own. */
export const recordingKinds = ["chat", "messages", "responses", "google", "dashscope"] as const;
export type RecordingKind = (typeof recordingKinds)[number];

/** `request`: what a client sent. `foreign`: an answer in a format that Sahab does not speak. */
export type FileKind = RecordingKind | "completion" | "embedding" | "rerank" | "request" | "foreign";

/**
 * What a file holds: its text says so, but that of an error may be anybody's, so that then the folder does. New files are played
 * without being named anywhere.
 */
export function kindOfText(path: string, text: string): FileKind | undefined {
  const values = path.endsWith(".json") ? [JSON.parse(text) as unknown] : dataOf(text);
  for (const value of values) {
    if (!isObject(value)) continue;
    const [kind] = Object.entries(signs).find(([, isSign]) => isSign(value)) ?? [];
    if (kind !== undefined) return kind as FileKind;
  }
  return kindOfFolder(path);
}

/** What is valid JSON of the first lines: more need not be read to know the format. */
function dataOf(text: string): unknown[] {
  return text
    .split(/\r?\n/, 40)
    .map((line) => line.replace(/^data: ?/, ""))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
}

/** The first that fits. */
const signs: Record<FileKind, (json: Json) => boolean> = {
  request: ({ method, path }) => typeof method === "string" && typeof path === "string",
  completion: ({ object: type }) => type === "text_completion",
  rerank: ({ results, output }) => Array.isArray(results) || Array.isArray(object(output)["results"]),
  embedding: ({ data, embedding, embeddings, output }) =>
    list(data).some((item) => item["embedding"] !== undefined) ||
    object(embedding)["values"] !== undefined ||
    Array.isArray(embeddings) ||
    Array.isArray(object(output)["embeddings"]),
  responses: ({ object: type, type: event }) => type === "response" || string(event).startsWith("response."),
  messages: ({ type }) => /^(?:message|message_start|content_block_start)$/.test(string(type)),
  google: ({ candidates, usageMetadata }) => Array.isArray(candidates) || isObject(usageMetadata),
  dashscope: ({ output }) => isObject(output),
  chat: ({ choices }) => Array.isArray(choices),
  // Cohere's second version.
  foreign: ({ response_type, finish_reason, type }) =>
    response_type !== undefined || typeof finish_reason === "string" || string(type).startsWith("message-"),
};

/** `xai/responses` is named for its API, `alibaba` for a vendor. */
function kindOfFolder(path: string): RecordingKind | undefined {
  const folders = path.split(/[\\/]/).slice(0, -1);
  if (folders.includes("responses")) return "responses";
  if (folders.includes("anthropic") || folders.includes("messages")) return "messages";
  if (folders.includes("google")) return "google";
  if (folders.includes("dashscope")) return "dashscope";
  return folders.length === 0 || folders.includes("cohere") ? undefined : "chat";
}
