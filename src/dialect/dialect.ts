import type { SahabError } from "../base/errors.ts";
import type {
  AnswerEvent,
  Batch,
  NeutralRequest,
  Operation,
  OutgoingCall,
  ThinkingFields,
  Usage,
  VectorEncoding,
} from "../call/index.ts";
import type { ContextWords } from "./context-words.ts";
import type { FilesForm } from "./files-form.ts";
import type { BodyLabels } from "./labels.ts";
import type { ProofKeys } from "./proof-keys.ts";
import type { JsonObject } from "./read.ts";
import type { SamplingBeyond } from "./sampling-beyond.ts";
import type { VendorErrors } from "./vendor-trouble.ts";
import type { ModelFacts } from "./model-facts.ts";

/** A wire format, for clients and for vendors. */
export interface Dialect {
  /** The name of its folder, such as `openai-chat`. */
  readonly name: string;
  /** What cloud.yaml calls it in `apis` and `api`. */
  readonly api: string;
  /** Whose clients they are, and the path of the base URL that these take. */
  readonly clients: { readonly name: string; readonly basePath: string };
  readonly routes: readonly Route[];
  /** The header in which its clients look for the request's id, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** How the headers begin in which its clients look for what is left of their limits, beside `x-ratelimit`. */
  readonly rateHeaderPrefix?: string;
  /** The header in which its clients look for the service tier that served them. */
  readonly serviceTierHeader?: string;
  /** The query parameter that may have the key, where not only a header may. */
  readonly keyParameter?: string;
  /**
   * Its vendors prove what their models thought by a signature, and want it back before the calls of tools that followed: finds the
   * keys of such proofs in a body or an event, by a search. Absent where they don't.
   */
  readonly proofKeysIn?: ProofKeys;
  /** Its vendors take images as data in the request only, and not as addresses. */
  readonly takesImagesAsData?: true;
  /** Its clients send reasoning back, with signatures of this dialect. Sahab keeps what they cannot send back. */
  readonly returnsReasoning?: true;
  /** Whether a model takes what the system says between other turns; absent where none does. */
  takesSystemTurns?(model: string, quirks: Quirks): boolean;
  /** How its clients fetch answers that Sahab keeps; absent where they cannot. */
  readonly stored?: StoredForm;
  /** How its clients keep files and run batches; absent where they cannot. */
  readonly files?: FilesForm;

  /** Finds what the request path needs in a client's request, without decoding it. Throws SahabErrors that name the field. */
  open(request: IncomingRequest): OpenedRequest;
  /** Whether opening this request takes no time, however large its body is. */
  opensAtOnce?(request: IncomingRequest): boolean;
  /** An error as a client of this dialect expects it. */
  encodeError(error: SahabError, requestId: string): EncodedError;
  /**
   * An error as the stream that the client asked for, where it acts on that and not on a status. Undefined where `encodeError` is right,
   * as it mostly is.
   */
  encodeFailedStream?(
    error: SahabError,
    asked: { requestId: string; model: string; headers: RequestHeaders },
  ): string | undefined;
  /** The answer to `list-models`; `query` is that of the request. */
  encodeModelList(models: readonly ListedModel[], query?: string): JsonObject;
  /** The answer to `show-model`. */
  encodeModel(model: ListedModel): JsonObject;
  /** The answer to `show-balance`, where the dialect has that: what is left for the caller; undefined where no budget bounds it. */
  encodeBalance?(balance?: { currency: string; left: bigint; isToppedUp: boolean }): JsonObject;

  /** The path and query of an operation, to be added to a vendor's base address; undefined for an operation that the dialect does not have. */
  path(operation: Operation, target: PathTarget): string | undefined;
  /**
   * The body of a call to a vendor. What the dialect can't carry is dropped and listed; throws `unsupported_parameter` where
   * that would change the answer.
   */
  encodeRequest(decoded: NeutralRequest, target: EncodeTarget): EncodedRequest;
  /** Reads a vendor's answer of status 2xx. Nothing else knows how this format tells text, usage, end and failure. */
  reader(kind: AnswerKind): Reader;
  /** A vendor's answer that is not a success. */
  decodeError(answer: ErrorAnswer): SahabError;
  /** How it says that a request is longer than the model's context. */
  readonly contextWords?: ContextWords;
}

/** Whom a request is encoded for. */
export interface EncodeTarget {
  model: string;
  quirks: Quirks;
  /** See `AsideTarget.answerTokens`. */
  answerTokens?: number | undefined;
}

/** What a path may depend on. */
export interface PathTarget {
  model: string;
  stream: boolean;
  /** See `EncodedRequest.variant`. */
  variant?: string | undefined;
}

export interface Route {
  method: "GET" | "POST" | "DELETE";
  /** A path, or a pattern for the whole path, whose group `model` is the model's name, and `id` that of a kept answer, a file or a batch. */
  path: string | RegExp;
  serves: Operation | Showing | StoredAction | FilingAction;
  /** For a path that several dialects have: whether a request with these headers is of this dialect. The first that returns true serves it. */
  accepts?(headers: RequestHeaders): boolean;
}

/** What is shown from the configuration, without asking a model. */
export type Showing = "list-models" | "show-model" | "show-balance";

export function isShowing(serves: Route["serves"]): serves is Showing {
  return serves === "list-models" || serves === "show-model" || serves === "show-balance";
}

/** What a client can do with files and batches. */
const filingActions = [
  "create-file",
  "list-files",
  "show-file",
  "show-content",
  "delete-file",
  "create-batch",
  "list-batches",
  "show-batch",
  "cancel-batch",
] as const;
export type FilingAction = (typeof filingActions)[number];

export function isFiling(serves: Route["serves"]): serves is FilingAction {
  return (filingActions as readonly string[]).includes(serves);
}

/** The headers of a client's request. */
export interface RequestHeaders {
  /** By the header's lower-case name; null where there is none. */
  get(name: string): string | null;
}

export interface IncomingRequest {
  operation: Operation;
  path: string;
  /** What follows the path's question mark; undefined or empty where nothing does. */
  query?: string;
  headers: RequestHeaders;
  body: Uint8Array;
  /**
   * Set when an answer is made in the background: the id that the client was given. The answer is then a whole one, even where the
   * request asks for a stream.
   */
  queuedId?: string | undefined;
  /** The body is what `continued` returned; `previousId` names the kept answer whose turns it has. */
  continues?: { previousId: string | undefined } | undefined;
  /** What `open` has found in this body on another thread, which it then takes over. */
  found?: unknown;
}

/** A client's request of which only what the path needs is read. */
export interface OpenedRequest extends OutgoingCall {
  /** The model that the client asks for. */
  readonly model: string;
  /** What was found in the body, small and without functions, to be taken over by another `open`. */
  readonly found?: unknown;
  /** What it asks of answers that Sahab keeps; undefined for nothing. */
  readonly keeps?: Keeping | undefined;
  /**
   * Returns the body with the earlier turns (the oldest first) in front of its input, without the field that names them. Parts that the
   * request only names are filled in from the earlier turns or from `holders`. Called where `keeps` names any; the result is opened again.
   * A large request has it made by its thread.
   */
  continued?(earlier: readonly StoredAnswer[], holders: readonly StoredAnswer[]): Uint8Array;
  /** Whom it is for, as the body says; undefined where it says nothing. To be asked for while the body is here. */
  labels?(): BodyLabels | undefined;
  /** Makes the client's answer. */
  writer(options: WriterOptions): Writer;
}

/** What a request asks of answers that Sahab keeps. */
export interface Keeping {
  /** The answer is to be kept, under the id that the writer gives it. */
  isStored: boolean;
  /** The field that says so, which is told as dropped where the answer could not be kept. */
  storedBy?: string | undefined;
  /** The client gets an id at once, and fetches the answer later. */
  isBackground: boolean;
  /** The kept answer that this request continues, and the field that names it, for errors. */
  previous?: { id: string; param: string } | undefined;
  /** Ids of the parts of kept answers that the request only names. */
  namedParts?: readonly string[] | undefined;
  /** The request as JSON text, as it is kept, and as it is served in the background. Called once. */
  requestText(): string;
}

/** What a client can do with an answer that Sahab keeps. */
export type StoredAction = "show-stored" | "delete-stored" | "cancel-stored" | "list-stored-input";

/** How a dialect shows the answers that Sahab keeps. */
export interface StoredForm {
  /** Fields of a request that Sahab serves itself. What they ask for is never asked of a vendor. */
  readonly servedFields: readonly string[];
  /** A new id for an answer that is made in the background. */
  createId(): string;
  /**
   * The answer to an action that has been done, or to a request in the background: JSON, or its text. `stored` is the state after the
   * action; for a deletion, the state before it. Throws SahabErrors for a wrong query, or an action that is not possible.
   */
  encode(action: StoredAction, stored: StoredAnswer, query: URLSearchParams, requestId: string): JsonObject | string;
  /** What the client of a request in the background gets at once; what `encode` shows of it unless told. */
  encodeQueued?(stored: StoredAnswer): JsonObject;
  /** The status that tells a client that asks for it that an answer is still to come, without a body. */
  pendingStatus?: number;
  /**
   * The same as a stream of events, where the client asks for one. For an answer that is not there yet, it is the beginning of the
   * stream that it will have.
   */
  encodeStream?(stored: StoredAnswer, query: URLSearchParams): string | undefined;
  /** A whole answer that says it is kept, changed to say that it is not. */
  encodeUnkept?(answer: Uint8Array | string): Uint8Array | string;
  /** The answer for an unknown id; undefined where that is an error. */
  encodeMissing?(action: StoredAction, id: string, requestId: string): JsonObject | undefined;
  /** The error message for an unknown id: that of the answer itself, or of the one that a request continues. */
  describeMissing?(id: string, isPrevious: boolean): string;
  /** Ids of the parts of other answers that a kept request only names. */
  namedParts?(request: string): readonly string[];
}

/** `queued` and `in_progress` lead to one of the others, which are final. */
export type StoredStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

/** An answer that Sahab keeps. */
export interface StoredAnswer {
  id: string;
  status: StoredStatus;
  /** As the client called it. */
  model: string;
  /** Seconds since 1970. */
  createdS: number;
  /** See Keeping. */
  request: string;
  /**
   * JSON text of the answer, or of the error of one that failed, in this dialect. Undefined where there is none yet, or where Sahab
   * stopped before it was complete.
   */
  answer: string | undefined;
  previousId: string | undefined;
}

/** The kept answers that a request needs before it can be served. */
export interface EarlierAnswers {
  /** Those that it goes on from, the oldest first. */
  earlier: readonly StoredAnswer[];
  /** Those that have the parts which it, or one of these, only names. */
  holders: readonly StoredAnswer[];
}

export interface WriterOptions {
  requestId: string;
  /** The answer is kept under its id. */
  isKept?: boolean;
  /** The batches hold bytes of this dialect, to be passed on. */
  isRaw: boolean;
  /** What the bytes are, where they may be something else than the dialect's usual form. */
  contentType?: string | undefined;
  /** Fields to add to the last usage object: the cost so far. */
  usageExtra(usage: Usage): JsonObject;
}

/** Turns batches into what the client gets. It never gets a batch with a failure. */
export interface Writer {
  readonly contentType: string;
  /** What to send now; undefined where that is nothing, and always for an answer that is sent whole. */
  write(batch: Batch): Uint8Array | string | undefined;
  /** The end of a stream, or the whole body. Called once the request's record is durable. */
  end(): Uint8Array | string;
  /** The same for a whole body that takes long to write, in slices between which other requests run; undefined where `end` is to be called. */
  endInTurns?(): Promise<Uint8Array> | undefined;
  /** About how many bytes of the answer are held before they can be written; absent where none are. */
  readonly heldBytes?: number;
  /** What ends a stream that broke. */
  fail(error: SahabError): string;
  /** The form has no place for an error: the connection of a stream that broke is cut instead. */
  readonly failsByCut?: boolean;
  /** The whole answer as it is to be kept. Called after the last batch: before `end` of a stream, after `end` of a body. */
  kept?(): KeptAnswer;
}

/** A whole answer as it is kept. */
export interface KeptAnswer {
  /** The one that the client was told. */
  id: string;
  status: "completed" | "incomplete" | "failed";
  /** JSON text. */
  answer: string;
  /** Ids by which later requests may name its parts. */
  parts?: readonly string[];
}

export interface EncodedError {
  status: number;
  body: JsonObject;
}

export interface EncodedRequest {
  /** Fields that are undefined are not sent. */
  body: JsonObject;
  /** Paths of fields that were left out, such as `messages[].name`. */
  dropped: readonly string[];
  /** Headers that belong to this call, such as one that asks for a stream; lower-case names. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Names a form of the operation that has an address of its own. */
  variant?: string | undefined;
}

/** What differs between vendors of one dialect. Without any, the dialect is as its maker documents it. */
export interface Quirks {
  /** OpenAI's newer models take `max_completion_tokens` only; most other vendors know the older name. */
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** vLLM and DashScope say `repetition_penalty`, llama.cpp `repeat_penalty`. */
  repeatPenaltyField?: "repetition_penalty" | "repeat_penalty";
  /** OpenAI-style vendors that take Anthropic's `cache_control` on parts. */
  takesCacheMarkers?: boolean;
  /** The API in which it does not say by which of its caches a prompt was read: where the request has markers, by the one that they are for. */
  readsByMarkers?: string;
  /**
   * What its OpenAI-style API takes beyond OpenAI's fields, by its documents. Clients of other dialects send a `top_k` each time (Gemini
   * CLI), and many servers refuse a request for a field that they do not know: the rest is left out, and named.
   */
  takesSampling?: readonly SamplingBeyond[];
  /** It refuses a turn with tool calls that has no `reasoning_content`; an empty one is enough. */
  demandsReasoning?: boolean;
  /** How its OpenAI-style API is asked to think; `reasoning_effort` with the client's own word unless told. */
  thinking?: ThinkingFields;
  /** Where a turn's reasoning is sent back; `reasoning_content` unless told, nowhere for `none`. */
  reasoningField?: "reasoning_content" | "reasoning" | "reasoning_details" | "none";
  /**
   * Its models that take what the system says between other turns, by the `api` of a wire format that leaves it to the vendor. Many chat
   * templates refuse it ("System message must be at the beginning": Qwen's, at vLLM, llama.cpp, LM Studio), so nobody takes it unless told.
   */
  systemTurns?: Readonly<Record<string, RegExp>>;
  /** It counts a streamed transcript only where `stream_include_usage` asks for it. */
  countsTranscriptsIfAsked?: true;
  /** Some of its models put what they think into the text itself, as `<think>…</think>` at its beginning. */
  thinkTags?: boolean;
  /** The only length that it takes of a tool call's id, which has letters and digits alone. */
  callIdChars?: number;
  /** Fields of earlier turns that it refuses from clients of its own dialect: its own name for each, or null where it has none. */
  turnFields?: Readonly<Record<string, string | null>>;
  /** How it says what went wrong, where that is its own. */
  errors?: VendorErrors;
}

export interface AnswerKind {
  operation: Operation;
  stream: boolean;
  /** It is neither JSON nor events, such as a sound. */
  isBytes?: boolean | undefined;
  /** The model's name at the vendor, for dialects whose answers do not have it. */
  model?: string | undefined;
  /** The form of the operation that was asked for, where it has a name. */
  variant?: string | undefined;
  /** How many choices, vectors or ranked documents a whole answer has; 0 where that is not known. */
  choiceCount: number;
  /** How vectors must be written; undefined for the vendor's own way. */
  vectorEncoding?: VectorEncoding | undefined;
  /** Called with a finish word that is not documented. */
  onUnknownFinish?: ((word: string) => void) | undefined;
  /** Finds what no answer may hold. */
  guard?: AnswerGuard | undefined;
  /** The vendor's. */
  quirks?: Quirks | undefined;
  /** What was read from a cache was read behind a marker of the caller's. */
  isReadByMarkers?: boolean | undefined;
  /** The bytes are passed on as they are, so that of a large body only the facts need be read. */
  isRaw: boolean;
  /** For a client of this dialect: whether it has a tool of this name, of a kind that only this dialect has. */
  isOwnTool?: ((name: string) => boolean) | undefined;
}

/** Finds what no answer may hold, also where it is cut into pieces. */
export interface AnswerGuard {
  /** Whether a whole event or body holds it. */
  holds(bytes: Uint8Array): boolean;
  /** Follows a text that comes in pieces. */
  follow(): TextFollower;
  /** The error for an answer that holds it. */
  failure(): SahabError;
}

/** Each call returns whether all that was given so far holds it. */
export interface TextFollower {
  take(text: string): boolean;
  /** The inside of a JSON string. */
  takeBytes(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Cuts a vendor's bytes into batches. It never throws because of what a vendor sends: a broken answer is a batch with a failure. */
export interface Reader {
  /** The batches that this chunk completes; where they are too many for one turn of the event loop, the first of them. */
  push(chunk: Uint8Array): Batch[];
  /** Called when the body has ended and no batch was the end. Returns what is left, or that the answer is not whole. */
  end(): Batch;
  /** The same for what takes long, in slices between which other requests run; undefined where `end` is to be called. */
  endInTurns?(): Promise<Batch> | undefined;
  /** What `push` has left of its chunk; push it in the next turn of the event loop. */
  readonly rest?: Uint8Array | undefined;
  /** About how many bytes it holds until more comes. */
  readonly heldBytes: number;
  /** The bytes must be encoded anew even for clients of this dialect. Does not change after the first text. */
  readonly isMended?: boolean;
}

/** Turns the data of a stream's events into neutral events, one payload at a time. */
export interface StreamDecoder {
  /**
   * `event` is the event's name, `message` where it has none. A broken payload becomes an error event, which is the last one.
   * Undefined for a keep-alive that clients of this dialect cannot read; it is not passed on.
   */
  decode(data: string, event: string): AnswerEvent[] | undefined;
  /** The last events, once the stream has ended: an error where the answer is not whole. */
  end(): AnswerEvent[];
  /** The vendor has said that this was all. */
  readonly isDone: boolean;
  /** About how many bytes of the answer it holds until more comes; absent where that is never more than a few. */
  readonly heldBytes?: number;
  /** What came was understood, but lacks what clients of this dialect need, so its bytes cannot be passed on. */
  readonly isMended?: boolean;
  /** An event like the last one may mean something else: it must be decoded. */
  readonly isBetween?: boolean;
}

/** A vendor's answer that is not a success. */
export interface ErrorAnswer {
  status: number;
  body: string;
  contentType?: string | null;
  retryAfter?: string | null;
  /** The vendor's. */
  quirks?: Quirks | undefined;
}

export interface ListedModel extends ModelFacts {
  id: string;
  ownedBy: string;
  /** Seconds since 1970. */
  createdS: number;
  price?: ListedPrice | undefined;
}

/** What a token costs the caller, in USD, as exact decimals. */
export interface ListedPrice {
  input: string;
  output: string;
  /** Read from a prefix cache, and written to one, where that is another price. */
  cachedInput?: string | undefined;
  cacheWrite?: string | undefined;
}
