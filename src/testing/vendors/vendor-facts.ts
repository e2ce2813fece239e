import type { Json } from "../wire/json.ts";
import type { vendorNames } from "../../vendor/registry.ts";

/** What can be wrong, as a vendor may say it. */
export const troubles = ["key", "money", "rate", "overloaded", "parameter", "model", "context", "content"] as const;
export type TroubleName = (typeof troubles)[number];

/** An error as a vendor answers it. */
export interface ErrorBytes {
  status: number;
  body: Json;
}

/** What a request says of thinking: a word, a budget of 4,096 tokens, or that there shall be none. */
export type Asking = "high" | "budget" | "off";

/**
 * What a vendor documents of its OpenAI-style API, written down from its documents and recorded answers and not from Sahab's own
 * tables: what both got wrong in the same way would be seen by nobody.
 */
export interface VendorFacts {
  vendor: (typeof vendorNames)[number];
  /** The whole address of chat completions. */
  chat: string;
  messages?: string;
  /** The address that a provider names, where that is not the host alone. */
  base?: string;
  /** The addresses of chat completions by region. */
  regions?: Record<string, string>;
  /** The header of the key of its chat completions, where that is not a bearer's. */
  chatKey?: "x-api-key" | "api-key" | "x-goog-api-key";
  /** Its Messages API reads the key here alone. */
  messagesKey?: "authorization" | "x-api-key";
  /** Fields that it answers with 400 or 422. */
  refuses?: readonly string[];
  /** Throws Broken where a request of chat completions lacks what it needs. */
  demands?(request: { headers: Headers; body: Json }): void;
  /** The same within an assistant's turn. */
  refusesInTurn?: readonly string[];
  /** An assistant's turn with calls must have `reasoning_content`. */
  demandsReasoning?: true;
  /** `stream_options` is refused without `stream`. */
  refusesIdleStreamOptions?: true;
  /** What ids of calls must look like. */
  callIds?: RegExp;
  /** The fields by which each model is asked to think, all others being absent. */
  thinking: readonly ({ model: string } & Partial<Record<Asking, Json>>)[];
  /** Where its answers have what was thought; `hidden` where they do not show it. */
  reasoning: "reasoning_content" | "reasoning" | "both" | "details" | "tags" | "parts" | "hidden";
  /** Where its streams have the counts: an event of their own, the last chunk, every chunk, Groq's object, or the choice. */
  usage: "own event" | "last chunk" | "every chunk" | "x_groq" | "choice";
  /** What it adds to its counts, and what the call cost by that, in dollars. */
  cost?: { fields: Json; dollars: string };
  /** What else it adds to its counts. */
  usageFields?: Json;
  requestIdHeader?: string;
  errors: Partial<Record<TroubleName, ErrorBytes>>;
  /** The same in its Messages API, where that is its own way. */
  messagesErrors?: Partial<Record<TroubleName, ErrorBytes>>;
}

/** The vendor's own, or that of the format's maker where the vendor documents none. */
export function errorOf(facts: VendorFacts, api: "chat" | "messages", trouble: TroubleName): ErrorBytes {
  if (api === "chat") return facts.errors[trouble] ?? openaiErrors[trouble];
  return facts.messagesErrors?.[trouble] ?? anthropicErrors[trouble];
}

export function isDocumented(facts: VendorFacts, api: "chat" | "messages", trouble: TroubleName): boolean {
  return (api === "chat" ? facts.errors : facts.messagesErrors)?.[trouble] !== undefined;
}

/** An error in OpenAI's shape. */
export function said(status: number, message: string, more: Json = {}): ErrorBytes {
  return { status, body: { error: { message, type: "invalid_request_error", param: null, code: null, ...more } } };
}

/** Any body. */
export function plain(status: number, body: Json): ErrorBytes {
  return { status, body };
}

function ofAnthropic(status: number, type: string, message: string): ErrorBytes {
  return { status, body: { type: "error", error: { type, message }, request_id: "r" } };
}

const openaiErrors: Record<TroubleName, ErrorBytes> = {
  key: said(401, "Incorrect API key provided: sk-x", { code: "invalid_api_key" }),
  money: said(429, "You exceeded your current quota", { type: "insufficient_quota", code: "insufficient_quota" }),
  rate: said(429, "Rate limit reached for requests", { type: "requests", code: "rate_limit_exceeded" }),
  overloaded: said(503, "The engine is currently overloaded", { type: "server_error" }),
  parameter: said(400, "Invalid value for n", { param: "n" }),
  model: said(404, "The model `x` does not exist", { code: "model_not_found" }),
  context: said(400, "This model's maximum context length is 8192 tokens.", { code: "context_length_exceeded" }),
  content: said(400, "Your request was rejected", { code: "content_policy_violation" }),
};

const anthropicErrors: Record<TroubleName, ErrorBytes> = {
  key: ofAnthropic(401, "authentication_error", "invalid x-api-key"),
  money: ofAnthropic(400, "invalid_request_error", "Your credit balance is too low to access the API."),
  rate: ofAnthropic(429, "rate_limit_error", "This request would exceed your organization's rate limit"),
  overloaded: ofAnthropic(529, "overloaded_error", "Overloaded"),
  parameter: ofAnthropic(400, "invalid_request_error", "max_tokens: Field required"),
  model: ofAnthropic(404, "not_found_error", "model: x"),
  context: ofAnthropic(400, "invalid_request_error", "prompt is too long: 209000 tokens > 200000 maximum"),
  content: ofAnthropic(400, "invalid_request_error", "Output blocked by content filtering policy"),
};
