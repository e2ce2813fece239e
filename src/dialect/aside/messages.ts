import type { Carrier, Operation, TurnShape } from "../../call/index.ts";
import type { TranslationTarget } from "../translate.ts";
import type { EarlierAnswers } from "../dialect.ts";
import type { WireError } from "../../base/wire-error.ts";

/** What is to be done with a body. */
export type Task =
  | { type: "open" }
  /** `found` is what opening it gave, `to` the name of the vendor's dialect. */
  | { type: "translate"; found: unknown; to: string; target: TranslationTarget }
  | { type: "decode"; found: unknown; carrier: Carrier }
  | { type: "mute-turns"; found: unknown }
  | { type: "fit-turns"; found: unknown; shape: TurnShape }
  | { type: "proofs"; found: unknown; model: string }
  /** Puts earlier answers in front of the body's own input. */
  | ({ type: "continue"; found: unknown } & EarlierAnswers)
  /** Finds the parts that kept requests only name; there is no body. */
  | { type: "named-parts"; requests: readonly string[] };

/** The request that a body belongs to. */
export interface TaskRequest {
  /** Name of the client's dialect. */
  dialect: string;
  operation: Operation;
  path: string;
  query?: string;
  /** See IncomingRequest. */
  queuedId?: string | undefined;
}

/** One body at a time; its memory moves to the thread and back. */
export interface ToThread {
  request: TaskRequest;
  task: Task;
  body: ArrayBuffer;
}

export type FromThread = { body: ArrayBuffer } & Done;

/** `value` is what `open` has found, a TranslatedRequest, a PreparedRequest, a list of MuteTurns or ClientProofs, TurnChanges, the body that goes on, or ids of parts. */
export type Done =
  | { type: "value"; value: unknown }
  | { type: "error"; error: WireError }
  /** A fault of our own. */
  | { type: "fault"; message: string; stack: string | undefined };
