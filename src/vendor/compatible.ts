import { allPassedOperations } from "../call/index.ts";
import { minimaxErrors } from "./minimax.ts";
import type { Vendor } from "./vendor.ts";
import { zhipuErrors } from "./zhipu.ts";

/** Any server that speaks OpenAI's dialect, or Anthropic's: vLLM, SGLang, llama-server, Ollama, another Sahab. */
export const compatible: Vendor = {
  apis: ["chat"],
  // Nobody knows what such a server has; what it lacks it says itself.
  operations: allPassedOperations,
  // People write both http://host:11434 and http://host:11434/v1; an address without a path means the usual one.
  address: (baseUrl, api) => {
    // Google's paths have a version of their own.
    if (api === "gemini") return baseUrl.replace(/\/v1(?:beta)?$/, "");
    return versionedApis.has(api) && new URL(baseUrl).pathname === "/" ? `${baseUrl}/v1` : baseUrl;
  },
  // Servers of the Messages API differ in which of the two headers they read.
  authorize: (apiKey, api) => ({
    authorization: `Bearer ${apiKey}`,
    ...(api === "messages" && { "x-api-key": apiKey }),
    ...(api === "gemini" && { "x-goog-api-key": apiKey }),
  }),
  // OpenAI's reasoning models and xAI's Grok 4 keep their reasoning to themselves in chat completions (both vendors' guides to reasoning).
  silentThinkers: /(?:^|\/)(?:o\d|gpt-5|grok-4)/,
  // Gateways in front of these two pass their numbers on.
  quirks: { errors: { codes: { ...zhipuErrors.codes, ...minimaxErrors.codes } } },
  headers: { messages: { "anthropic-version": "2023-06-01" } },
};

/** Those whose paths begin below the version; the others' have their own. */
const versionedApis = new Set(["chat", "responses"]);
