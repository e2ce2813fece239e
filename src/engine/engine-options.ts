import type { CacheType, Lora } from "./cache-types.ts";
import type { ChildStatus, Tuning } from "./protocol.ts";
import type { SandboxMode } from "./sandbox/index.ts";

interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EngineOptions {
  name: string;
  /** Absolute path of a GGUF file. */
  file: string;
  /** Tokens that one slot holds, prompt and answer together. */
  contextTokens: number;
  /** Answers that run at the same time; more wait in a queue. */
  slots: number;
  /** How keys and values are kept; f16 by default. */
  cacheTypeK?: CacheType | undefined;
  cacheTypeV?: CacheType | undefined;
  loras?: readonly Lora[] | undefined;
  /** Where clients reach the engine: an EngineClient takes the same path. */
  socketPath: string;
  /** An installation of node-llama-cpp with GPU back ends, used if it is there. */
  engineModuleDir?: string;
  queueMax?: number;
  queueWaitMs?: number;
  /** How long others wait before an answer of a project that holds more slots gives one up; 1 s by default. */
  patienceMs?: number;
  /** Used instead of measured values, for comparisons. */
  threads?: number;
  batchTokens?: number;
  /** Where measured values are kept, so that a model is measured once. */
  tuningsFile?: string;
  /** Most memory for states of conversations that have no slot. */
  promptCacheBytesMax?: number | undefined;
  /** Guesses ahead from what answers repeat (`ngram-simple`); not at all by default. */
  ngrams?: { sizeN: number; sizeM: number } | undefined;
  /** Whether the child runs in a sandbox; `auto`, the default, where there is one. */
  sandbox?: SandboxMode;
  /** For tests: the program to run as the child, and how often it is asked. */
  program?: string;
  askMs?: number;
  /** Called after each change of the state. */
  onChange?: () => void;
  log: EngineLog;
}

export const engineStates = ["stored", "loading", "ready", "draining", "failed"] as const;
export type EngineState = (typeof engineStates)[number];

export interface EngineStatus {
  name: string;
  state: EngineState;
  file: string;
  slots: number;
  contextTokens: number;
  pid: number | null;
  /** Crashes since the start. */
  restarts: number;
  /** From the start of the process until it was ready. */
  loadMs: number | null;
  tuning: Tuning | null;
  /** `full`, `partial: what is open, and why` or `none: why`; null until the model's file has been looked at. */
  sandbox: string | null;
  /** The child's own report; null when it does not answer. */
  live: ChildStatus | null;
  /** Why the model failed, or why its process last ended. */
  lastError: string | null;
}
