import { remembered } from "../../base/remembered.ts";
import type { Operation } from "../../call/index.ts";
import type { RequestHeaders, Route } from "../dialect.ts";

/** What a path asks of its model. */
export type Method =
  | "generateContent"
  | "streamGenerateContent"
  | "countTokens"
  | "embedContent"
  | "batchEmbedContents";

/**
 * Up to the name of a model, whose prefix `models/` is Google's own. Tuned models keep theirs. SDKs in the form of Vertex name a
 * project, a place and a publisher before it, which say nothing here.
 */
const base = String.raw`^\/v1(?:beta1?|alpha)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?(?:publishers\/[^/]+\/)?(?:models\/+|(?=tunedModels\/))(?<model>[^/].*?)`;

const methods: Record<Method, { serves: Operation; pattern: RegExp }> = {
  generateContent: { serves: "chat", pattern: patternOf("generateContent") },
  streamGenerateContent: { serves: "chat", pattern: patternOf("streamGenerateContent") },
  countTokens: { serves: "token-count", pattern: patternOf("countTokens") },
  embedContent: { serves: "embedding", pattern: patternOf("embedContent") },
  batchEmbedContents: { serves: "embedding", pattern: patternOf("batchEmbedContents") },
};

function patternOf(method: string): RegExp {
  return new RegExp(`${base}:${method}$`);
}

export const routes: readonly Route[] = [
  ...Object.values(methods).map(({ serves, pattern }): Route => ({ method: "POST", path: pattern, serves })),
  { method: "GET", path: "/v1beta/models", serves: "list-models" },
  { method: "GET", path: "/v1alpha/models", serves: "list-models" },
  {
    method: "GET",
    path: /^\/v1(?:beta|alpha)\/(?:models\/+|(?=tunedModels\/))(?<model>[^/].*?)\/*$/,
    serves: "show-model",
  },
  // OpenAI's and Anthropic's dialects have the same paths; Google's clients send headers of their own, and their name.
  { method: "GET", path: "/v1/models", serves: "list-models", accepts: isGoogles },
  { method: "GET", path: /^\/v1\/models\/+(?<model>[^/].*?)\/*$/, serves: "show-model", accepts: isGoogles },
];

function isGoogles(headers: RequestHeaders): boolean {
  if (headers.get("x-goog-api-key") !== null || headers.get("x-goog-api-client") !== null) return true;
  return /^(?:GeminiCLI|google-genai)/i.test(headers.get("user-agent") ?? "");
}

/** The model and the method that a path names. A broken escape names no model; as it is, it says so in the error. */
export const readPath = remembered((path: string): { model: string; method: Method } => {
  const method = path.slice(path.lastIndexOf(":") + 1) as Method;
  const text = Object.hasOwn(methods, method) ? (methods[method].pattern.exec(path)?.groups?.["model"] ?? "") : "";
  try {
    return { model: decodeURIComponent(text), method };
  } catch {
    return { model: text, method };
  }
});

/** Where a vendor has a method of a model. */
export function pathOf(method: Method, model: string): string {
  return `/v1beta/${encodePath(resourceOf(model))}:${method}`;
}

/** What Google calls a model: `models/gemini-2.5-flash`, `tunedModels/mine`. */
export function resourceOf(model: string): string {
  return /^(?:models|tunedModels)\//.test(model) ? model : `models/${model}`;
}

function encodePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}
