import type { Tenant } from "../base/shares.ts";
import type { WireError } from "../base/wire-error.ts";
import type {
  ChatEvent,
  ChatRequest,
  CompletionRequest,
  DetokenizeRequest,
  EmbeddingRequest,
  EncodedRequest,
  Ranked,
  RerankRequest,
  TokenizeRequest,
  TokenPiece,
  Usage,
} from "../call/index.ts";
import type { CacheType, Lora } from "./cache-types.ts";
import type { SandboxMode } from "./sandbox/index.ts";

// The protocol between a client and an engine's child process, over a unix socket. Each frame is a line of JSON.
// A connection carries many requests at once. Each has an id, which the client chooses and which is unique within its connection.

export type ClientFrame =
  | { id: number; op: "chat"; tenant: Tenant; request: ChatRequest }
  | { id: number; op: "complete"; tenant: Tenant; request: CompletionRequest }
  | { id: number; op: "embed"; tenant: Tenant; request: EmbeddingRequest }
  | { id: number; op: "rank"; tenant: Tenant; request: RerankRequest }
  /** Asks for the tokens of the prompt. */
  | { id: number; op: "count"; tenant: Tenant; request: ChatRequest }
  | { id: number; op: "tokenize"; tenant: Tenant; request: TokenizeRequest }
  | { id: number; op: "detokenize"; tenant: Tenant; request: DetokenizeRequest }
  /** Asks for the prompt of a chat as a text. */
  | { id: number; op: "apply-template"; tenant: Tenant; request: ChatRequest }
  | { id: number; op: "cancel" }
  | { id: number; op: "status" };

/** A frame as a client sends it: a large request is JSON already. */
export type SentFrame = Sent<ClientFrame>;
type Sent<Frame> = Frame extends { request: infer Request }
  ? Omit<Frame, "request"> & { request: Request | EncodedRequest }
  : Frame;

/** `done` marks a request's last frame; no frame with its id may follow. */
export type ChildFrame =
  | { id: number; events: WireEvent[]; done?: true }
  /** Comes before the first events: the paths of what the answer will not be held to. */
  | { id: number; leftOut: readonly string[] }
  | { id: number; error: WireError; done: true }
  /** Base64 of little-endian float32. */
  | { id: number; vectors: string[]; usage: Usage; done: true }
  | { id: number; ranking: Ranked[]; usage: Usage; done: true }
  | { id: number; inputTokens: number; done: true }
  | { id: number; tokens: number[]; pieces?: TokenPiece[] | undefined; done: true }
  | { id: number; text: string; done: true }
  | { id: number; status: ChildStatus; done: true }
  /** The first frame of a connection: the child serves it. For a child that is ending, the kernel still accepts connections that nobody serves. */
  | { hello: true; reads?: PromptBound }
  /** Comes every few seconds, so that a client can tell a long wait from a child that hangs. */
  | { alive: true }
  /** The child takes no more requests; those under way go on. A client opens another connection for its next request. */
  | { draining: true };

/** What a model's slot holds at most. */
export interface PromptBound {
  contextTokens: number;
  /** The most bytes that one token stands for; null where that is not known. */
  tokenBytesMax: number | null;
  /** Its template knows of thoughts. */
  mayReason: boolean;
}

export type WireEvent = Exclude<ChatEvent, { type: "error" }> | { type: "error"; error: WireError };

export interface ChildStatus {
  slotsBusy: number;
  queueLength: number;
  requests: number;
  tokensGenerated: number;
  promptTokensEvaluated: number;
  promptTokensCached: number;
  memoryRssBytes: number;
  /** States of conversations that have no slot, outside of `memoryRssBytes`. */
  promptCacheBytes: number;
  connections: number;
  /** Requests under way, waiting ones too, and those of them that somebody waits for (no batch). */
  open: number;
  openOfUsers: number;
  /** Since the last of them ended, of any kind and of those that somebody waited for; 0 while there is one. */
  idleMs: number;
  userIdleMs: number;
  /** For how long llama.cpp has given nothing to a slot that it should have served; null when all is well. */
  hangsS: number | null;
}

/** Threads for steps of llama.cpp that evaluate one token, several, or a piece of a prompt. */
export interface StepThreads {
  one: number;
  several: number;
  prompt: number;
}

/** How a model is run, and the measurements behind it. */
export interface Tuning {
  threads: StepThreads;
  /** Tokens that one step evaluates at most. */
  batchTokens: number;
  gpu: string | false;
  /** By number of threads. */
  tokensPerS: Record<keyof StepThreads, Record<number, number>>;
  /** Measuring took so long, beside the first requests; null while it goes on, and where nothing was measured. */
  tuneMs: number | null;
}

/** Messages of the child to its parent over the IPC channel. */
export type ChildMessage =
  /** The first one, sent before llama.cpp sees the model: how the process is shut in, and the most memory that it may need. */
  | { type: "sealed"; sandbox: string; memoryBytesMax: number }
  | { type: "ready"; loadMs: number; contextTokens: number; tuning: Tuning }
  /** Comes after `ready`, when the threads have been measured; `isSteady` where that may be remembered. */
  | { type: "tuned"; tuning: Tuning; isSteady: boolean }
  /** The model cannot be loaded; trying again would not help. */
  | { type: "failed"; error: WireError }
  | { type: "log"; level: "info" | "warn" | "error"; message: string; fields?: Record<string, unknown> }
  /** The answer to `sleep`: whether it ends. */
  | { type: "sleeps"; yes: boolean }
  /** The status is null while the model loads. */
  | { type: "status"; id: number; status: ChildStatus | null };

/**
 * Messages of the parent to its child. `drain` refuses what waits and lets requests under way finish, `end` does not. `sleep` ends the child
 * without any request's harm: those that it has, and those that cross the message, are served; `isGentle`: only if there are none.
 */
export type ParentMessage =
  | { type: "drain" }
  | { type: "end" }
  | { type: "sleep"; isGentle: boolean }
  | { type: "status"; id: number };

export interface ChildOptions {
  name: string;
  file: string;
  contextTokens: number;
  slots: number;
  /** Null for llama.cpp's own, f16. */
  cacheTypeK: CacheType | null;
  cacheTypeV: CacheType | null;
  loras: readonly Lora[];
  socketPath: string;
  engineModuleDir: string | null;
  queueMax: number;
  queueWaitMs: number;
  patienceMs: number;
  /** Set by benchmarks, so that both sides of a comparison have the same. */
  threads: number | null;
  batchTokens: number | null;
  /** As measured before, for this file on this machine. */
  knownTuning: Pick<Tuning, "threads" | "tokensPerS"> | null;
  /** Of states of conversations that have no slot. */
  promptCacheBytesMax: number;
  /** Guess ahead from so many repeated tokens, so many tokens at most; null for not at all. */
  ngrams: { sizeN: number; sizeM: number } | null;
  sandbox: SandboxMode;
}

/** How often a child tells each client that it is alive. */
export const aliveMs = 5_000;

/** Largest frame to the child: a request of the largest body fits. */
export const clientFrameBytesMax = 128 * 1024 * 1024;
/** Largest frame from the child: thousands of embeddings fit. */
export const childFrameBytesMax = 256 * 1024 * 1024;

export { decodeError, encodeError } from "../base/wire-error.ts";
