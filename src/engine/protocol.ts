import { SahabError, type ErrorCode } from "../base/errors.ts";
import type { ChatEvent, ChatRequest, CompletionRequest, EmbeddingRequest, Usage } from "../call/index.ts";

// What a client and an engine's child process say to each other over the unix socket: a line of JSON per frame.
// Requests of one connection share it by their ids; ids are the client's and only unique within its connection.

export type ClientFrame =
  | { id: number; op: "chat"; request: ChatRequest }
  | { id: number; op: "complete"; request: CompletionRequest }
  | { id: number; op: "embed"; request: EmbeddingRequest }
  | { id: number; op: "cancel" }
  | { id: number; op: "status" };

/** `done` marks a request's last frame; what follows it for that id is an error of the program. */
export type ChildFrame =
  | { id: number; events: WireEvent[]; done?: true }
  | { id: number; error: WireError; done: true }
  | { id: number; vectors: string[]; usage: Usage; done: true }
  | { id: number; status: ChildStatus; done: true }
  /** The first frame of a connection: somebody is there. A dying child's kernel still accepts connections that nobody will serve. */
  | { hello: true }
  /** The child takes no more requests; those under way go on. A client opens its next request elsewhere. */
  | { draining: true };

export type WireEvent = Exclude<ChatEvent, { type: "error" }> | { type: "error"; error: WireError };

export interface WireError {
  code: ErrorCode;
  message: string;
  param?: string;
  retryAfterS?: number;
}

export interface ChildStatus {
  slotsBusy: number;
  queueLength: number;
  requests: number;
  tokensGenerated: number;
  promptTokensEvaluated: number;
  promptTokensCached: number;
  memoryRssBytes: number;
  connections: number;
}

/** What was measured at load, and what was chosen by it. */
export interface Tuning {
  threads: number;
  batchTokens: number;
  gpu: string | false;
  /** Tokens per second of one sequence by number of threads, and of a prompt by size of batch. */
  decodeTokensPerS: Record<number, number>;
  promptTokensPerS: Record<number, number>;
  tuneMs: number;
}

/** What the child tells its parent, and hears from it, over their own channel. */
export type ChildMessage =
  | { type: "ready"; loadMs: number; contextTokens: number; tuning: Tuning }
  /** Trying again would not help. */
  | { type: "failed"; error: WireError }
  | { type: "log"; level: "info" | "warn" | "error"; message: string; fields?: Record<string, unknown> }
  | { type: "status"; id: number; status: ChildStatus };

export type ParentMessage = { type: "drain" } | { type: "status"; id: number };

export interface ChildOptions {
  name: string;
  file: string;
  contextTokens: number;
  slots: number;
  socketPath: string;
  engineModuleDir: string | null;
  queueMax: number;
  queueWaitMs: number;
  /** Set by benchmarks, so that both sides of a comparison run alike. */
  threads: number | null;
  batchTokens: number | null;
}

/** Largest frame to the child: a whole request body fits, written as JSON anew. */
export const clientFrameBytesMax = 128 * 1024 * 1024;
/** Largest frame from the child: thousands of embeddings fit. */
export const childFrameBytesMax = 256 * 1024 * 1024;

export function encodeError(error: SahabError): WireError {
  return {
    code: error.code,
    message: error.message,
    ...(error.param !== undefined && { param: error.param }),
    ...(error.retryAfterS !== undefined && { retryAfterS: error.retryAfterS }),
  };
}

export function decodeError(wire: WireError): SahabError {
  return new SahabError(wire.code, wire.message, { param: wire.param, retryAfterS: wire.retryAfterS });
}
