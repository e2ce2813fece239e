import type { Attempt } from "./attempt.ts";
import type { BodyShape } from "./body-shape.ts";
import type { ClientProof } from "./client-proof.ts";
import type { Carrier } from "./dropped.ts";
import type { MuteTurn, TurnsByKey } from "./kept-turn.ts";
import type { NeutralRequest, TextRequest } from "./neutral-request.ts";
import type { DecodedOperation, TextOperation } from "./operation.ts";
import type { TurnChanges, TurnShape } from "./turn-shape.ts";

/** What takes long for a large request, done on another thread. Both reject with the reason of an attempt that is cancelled. */
export interface Aside {
  /** The request as a body for a vendor that speaks the dialect of this name. */
  translate(dialect: string, target: AsideTarget, attempt: Attempt): Promise<TranslatedRequest>;
  /** The request as an upstream takes it that is asked without a dialect. */
  decode(carrier: Carrier, attempt: Attempt): Promise<PreparedRequest>;
  /** See `OutgoingCall.muteTurns`. */
  muteTurns(attempt: Attempt): Promise<readonly MuteTurn[]>;
  /** See `OutgoingCall.fitTurns`. */
  fitTurns(shape: TurnShape, attempt: Attempt): Promise<TurnChanges>;
  /** See `OutgoingCall.proofs`. */
  proofs(model: string, attempt: Attempt): Promise<readonly ClientProof[]>;
}

/** What a request is translated into. `field` is added to it, such as the tag of the vendor's cache. */
export interface AsideTarget {
  model: string;
  quirks: object;
  /** How long an answer may be where the client sets no bound and the dialect demands one; undefined where nothing is known of the model. */
  answerTokens?: number | undefined;
  /** See `Answer.issuer`. */
  issuer: string;
  field?: { name: string; json: string } | undefined;
  /** What else the vendor's bodies have, or lack. */
  shape?: BodyShape | undefined;
  /** What was kept of earlier turns, to be put back. */
  turns?: TurnsByKey | undefined;
  /** Images can be fetched for a vendor that wants them in the request. */
  fetchesImages?: boolean | undefined;
  /** Those that were fetched, as data URLs by their addresses. */
  dataUrls?: ReadonlyMap<string, string> | undefined;
}

/** A request in a vendor's dialect. */
export interface TranslatedRequest {
  body: Uint8Array;
  /** Paths of fields that were left out. */
  dropped: readonly string[];
  /** Headers of the dialect that belong to this call. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** As in `WireBody`. */
  variant?: string | undefined;
  /** Keys of the turns that lack the reasoning that the vendor wants back, before anything was put back. */
  muteTurns: readonly string[];
  /** Of the conversation, for a turn that the answer may begin; undefined for a request without tools. See `createTurnMarks`. */
  mark: string | undefined;
  /** The images that the vendor wants in the request, and the parts that name them. */
  imageAddresses: readonly { url: string; path: string }[];
  /** The names of tools that the vendor does not take in the client's form → the client's own; undefined for none. */
  clientNames?: ReadonlyMap<string, string> | undefined;
}

/** A decoded request, or its JSON, and the paths of what its upstream does not carry. */
export type PreparedRequest = (
  | NeutralRequest
  | TextRequest
  | { operation: DecodedOperation | TextOperation; request: EncodedRequest }
) & {
  dropped: readonly string[];
};

/** A neutral request as JSON. */
export interface EncodedRequest {
  json: Uint8Array;
}
