import type { SahabError } from "../base/errors.ts";
import type { Usage } from "./usage.ts";

/** A chat completion as every dialect means it. What a dialect says beyond this travels in `extensions`. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  tools: ToolDefinition[];
  toolChoice: ToolChoice;
  /** Whether the model may call several tools in one turn. */
  parallelToolCalls: boolean;
  responseFormat: ResponseFormat;
  sampling: Sampling;
  /** Upper bound of generated tokens per choice; undefined leaves it to the model. */
  maxOutputTokens: number | undefined;
  stop: string[];
  /** How many answers are asked for (OpenAI's `n`). */
  choiceCount: number;
  /** Number of alternatives wanted per token, 0 for the token's own probability alone; undefined for no logprobs. */
  topLogprobs: number | undefined;
  stream: boolean;
  /** Whether the client asked for usage in its stream. */
  streamUsage: boolean;
  /** Fields that the neutral call does not name, untouched. */
  extensions: Record<string, unknown>;
}

export type ChatRole = "system" | "developer" | "user" | "assistant" | "tool";

export interface ChatMessage {
  role: ChatRole;
  content: ContentPart[];
  /** Reasoning of an earlier assistant turn; an empty string is kept apart from none (some vendors demand it back). */
  reasoning?: string;
  toolCalls?: ToolCall[];
  /** For role `tool`: the call that this answers. */
  toolCallId?: string;
  name?: string;
  refusal?: string;
  /** Fields that the neutral call does not name (DeepSeek's `prefix`), untouched. */
  extensions?: Record<string, unknown>;
}

export type ContentPart =
  | { type: "text"; text: string; extensions?: Record<string, unknown> }
  | { type: "image"; url: string; detail?: string; extensions?: Record<string, unknown> }
  /** A part of a kind that the neutral call does not name (audio, files), untouched. */
  | { type: "other"; value: Record<string, unknown> };

export interface ToolDefinition {
  name: string;
  description?: string;
  /** JSON schema of the arguments; undefined for a tool without arguments. */
  parameters?: Record<string, unknown>;
  strict?: boolean;
}

export type ToolChoice = { type: "auto" } | { type: "none" } | { type: "required" } | { type: "tool"; name: string };

export interface ToolCall {
  id: string;
  name: string;
  /** JSON text, as the model wrote it: it may be invalid. */
  arguments: string;
}

export type ResponseFormat =
  | { type: "text" }
  | { type: "json-object" }
  | { type: "json-schema"; name: string; schema: Record<string, unknown>; strict?: boolean; description?: string };

/** Undefined leaves a value to the model's own default. */
export interface Sampling {
  temperature?: number;
  topP?: number;
  topK?: number;
  minP?: number;
  seed?: number;
  /** OpenAI's penalties, −2 to 2. */
  frequencyPenalty?: number;
  presencePenalty?: number;
  /** llama.cpp's multiplicative penalty; 1 is none. */
  repeatPenalty?: number;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter";

export interface TokenLogprob {
  token: string;
  /** Natural logarithm of the probability. */
  logprob: number;
  /** The token's bytes, since a token may end inside a character. */
  bytes: number[] | null;
  top: { token: string; logprob: number; bytes: number[] | null }[];
}

/**
 * What a model says, in order: `start`, then deltas of any choice, one `finish` per choice, `usage` once, at the end.
 * An `error` is the last event of a stream that broke; nothing follows it.
 */
export type ChatEvent =
  | { type: "start"; id: string; model: string; createdS: number; fingerprint?: string }
  | { type: "text-delta"; choice: number; text: string; logprobs?: TokenLogprob[] }
  | { type: "reasoning-delta"; choice: number; text: string }
  | { type: "refusal-delta"; choice: number; text: string }
  | { type: "tool-call-start"; choice: number; index: number; id: string; name: string }
  | { type: "tool-call-delta"; choice: number; index: number; arguments: string }
  | { type: "finish"; choice: number; reason: FinishReason }
  | { type: "usage"; usage: Usage }
  | { type: "error"; error: SahabError };
