import type { SahabError } from "../base/errors.ts";
import type { FieldPlaces } from "./field-places.ts";
import type { Usage } from "./usage.ts";

/**
 * A chat completion as every dialect means it. What a dialect says beyond this is kept in `extensions`, which only the
 * dialect of the same name may send on.
 */
export interface ChatRequest {
  /** Name of the dialect that the request came in: the one that `extensions`, here and below, belong to. */
  dialect: string;
  /** Where the client has what not all dialects have at one place, to name it; undefined for the places of OpenAI's chat. */
  places?: FieldPlaces;
  model: string;
  messages: ChatMessage[];
  tools: ToolDefinition[];
  /** Tools of a kind that only the dialect's vendors have (web search, code execution), untouched. */
  hostedTools: HostedTool[];
  toolChoice: ToolChoice;
  /** Whether the model may call several tools in one turn. */
  parallelToolCalls: boolean;
  responseFormat: ResponseFormat;
  reasoning: ReasoningRequest;
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
  /** Fields that the neutral call does not name, untouched. Of objects that it names in part, what is left, at the same place. */
  extensions: Record<string, unknown>;
}

export type ChatRole = "system" | "developer" | "user" | "assistant" | "tool";

export interface ChatMessage {
  role: ChatRole;
  /** In order. Reasoning, refusals and tool calls are parts of an assistant's turn only. */
  content: Part[];
  /** For role `tool`: the call that this answers. */
  toolCallId?: string;
  /** For role `tool`: the tool failed, and the content says how. */
  isError?: boolean;
  name?: string;
  /** Fields that the neutral call does not name (DeepSeek's `prefix`), untouched. */
  extensions?: Record<string, unknown>;
}

export type Part =
  | TextPart
  | ImagePart
  | ReasoningPart
  | RefusalPart
  | ToolCallPart
  /** A part of a kind that the neutral call does not name (audio, files, hosted tools), untouched. */
  | { type: "other"; value: Record<string, unknown> };

export interface TextPart {
  type: "text";
  text: string;
  cache?: CacheMarker;
  extensions?: Record<string, unknown>;
}

export interface ImagePart {
  type: "image";
  /** An http, https or data URL. */
  url: string;
  detail?: string;
  cache?: CacheMarker;
  extensions?: Record<string, unknown>;
}

/** What the model thought. An empty text is kept apart from no reasoning: some vendors demand it back. */
export interface ReasoningPart {
  type: "reasoning";
  text: string;
  signature?: ReasoningSignature;
}

export interface RefusalPart {
  type: "refusal";
  text: string;
}

export interface ToolCallPart {
  type: "tool-call";
  id: string;
  name: string;
  /** JSON text, as the model wrote it: it may be invalid. */
  arguments: string;
  cache?: CacheMarker;
  extensions?: Record<string, unknown>;
}

/** Proof of a vendor's that it wrote the reasoning; opaque, and worth something only where it came from. */
export interface ReasoningSignature {
  value: string;
  /** Name of the dialect whose vendor made it. */
  origin: string;
  /** The vendor withholds the text: `value` is all there is (Anthropic's `redacted_thinking`). */
  isRedacted?: true;
}

/** The prompt up to here should be kept in the vendor's prefix cache: Anthropic's `cache_control`, untouched. */
export type CacheMarker = Record<string, unknown>;

export interface ToolDefinition {
  name: string;
  description?: string;
  /** JSON schema of the arguments; undefined for a tool without arguments. */
  parameters?: Record<string, unknown>;
  /** The schema as the client wrote it, where `parameters` lost the order of keys, or `1.0` became `1`. */
  parametersJson?: string;
  strict?: boolean;
  cache?: CacheMarker;
  extensions?: Record<string, unknown>;
}

export interface HostedTool {
  /** Its position in the client's list of tools. */
  index: number;
  /** The dialect's name for it, such as `web_search_20250305`. */
  type: string;
  value: Record<string, unknown>;
  /** Its path, where the client's list of tools is no plain one. */
  place?: string;
}

export type ToolChoice = { type: "auto" } | { type: "none" } | { type: "required" } | { type: "tool"; name: string };

export type ResponseFormat =
  | { type: "text" }
  | { type: "json-object" }
  | { type: "json-schema"; name: string; schema: Record<string, unknown>; strict?: boolean; description?: string };

/** How much the model is asked to think; nothing set leaves it to the model's own default. */
export interface ReasoningRequest {
  enabled?: boolean;
  /** The client's own word: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`. */
  effort?: string;
  budgetTokens?: number;
}

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

/** `refusal`: the vendor's classifier stopped the model. `pause`: a long turn was cut and may be continued. */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "refusal" | "pause";

export interface TokenLogprob {
  token: string;
  /** Natural logarithm of the probability. */
  logprob: number;
  /** The token's bytes, since a token may end inside a character. */
  bytes: number[] | null;
  top: { token: string; logprob: number; bytes: number[] | null }[];
}

/**
 * What a model says, in order: `start`, then deltas of any choice, one `finish` per choice, `usage` at the end, or whenever
 * the vendor counts anew (the latest is right). An `error` is the last event of an answer that broke; nothing follows it.
 */
export type ChatEvent =
  | { type: "start"; id: string; model: string; createdS: number; fingerprint?: string }
  | { type: "text-delta"; choice: number; text: string; logprobs?: TokenLogprob[] }
  | { type: "reasoning-delta"; choice: number; text: string }
  /** Ends a run of reasoning; the deltas before it, back to the last other event of the choice, are what it signs. */
  | { type: "reasoning-signature"; choice: number; signature: ReasoningSignature }
  | { type: "refusal-delta"; choice: number; text: string }
  | { type: "tool-call-start"; choice: number; index: number; id: string; name: string }
  | { type: "tool-call-delta"; choice: number; index: number; arguments: string }
  /**
   * `stopSequence`: which of the request's stop texts ended it, where the vendor says so. `unknownWord`: the vendor's own
   * reason, where nobody documents it; such a choice counts as a plain stop.
   */
  | { type: "finish"; choice: number; reason: FinishReason; stopSequence?: string; unknownWord?: string }
  | { type: "usage"; usage: Usage }
  | { type: "error"; error: SahabError };
