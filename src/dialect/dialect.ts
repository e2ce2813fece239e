import type { SahabError } from "../base/errors.ts";
import type {
  AnswerEvent,
  Batch,
  NeutralRequest,
  Operation,
  OutgoingCall,
  Usage,
  VectorEncoding,
} from "../call/index.ts";
import type { JsonObject } from "./read.ts";

/** A wire format, both ways: what clients of it send and get, what vendors of it are sent and answer. */
export interface Dialect {
  /** The name of its folder, such as `openai-chat`. */
  readonly name: string;
  /** What cloud.yaml calls it in `apis` and `api`. */
  readonly api: string;
  /** What its clients call themselves, and what follows the host in the base URL that they take. */
  readonly clients: { readonly name: string; readonly basePath: string };
  readonly routes: readonly Route[];
  /** The header in which its clients look for the request's id, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** The query parameter in which its clients may send their key instead of a header. */
  readonly keyParameter?: string;
  /** Its vendors prove what their models thought by a signature, and want it back before the calls of tools that followed. */
  readonly signsReasoning?: true;
  /** Its vendors look at images in the request itself, and at none that is at an address. */
  readonly takesImagesAsData?: true;
  /**
   * Its clients send back what they were told of reasoning, with the signatures of this dialect. What they cannot send back is kept
   * by Sahab.
   */
  readonly returnsReasoning?: true;
  /** How its clients ask for answers that Sahab keeps for them; absent where they cannot. */
  readonly stored?: StoredForm;

  /** Finds what the request path needs in a client's request, without decoding it. Throws SahabErrors that name the field. */
  open(request: IncomingRequest): OpenedRequest;
  /** Whether opening this request takes no time, however large its body is. */
  opensAtOnce?(request: IncomingRequest): boolean;
  /** An error as a client of this dialect expects it. */
  encodeError(error: SahabError, requestId: string): EncodedError;
  /** The answer to `list-models`; `query` is that of the request. */
  encodeModelList(models: readonly ListedModel[], query?: string): JsonObject;
  /** The answer to `show-model`. */
  encodeModel(model: ListedModel): JsonObject;
  /** The answer to `show-balance`, where the dialect has that, for a caller without a budget. */
  encodeBalance?(): JsonObject;

  /** Where an operation is below a vendor's base address (which ends without a slash), a query included; undefined where the dialect has no such operation. */
  path(operation: Operation, target: PathTarget): string | undefined;
  /**
   * The body of a call to a vendor. What the dialect can't carry is dropped and listed; throws `unsupported_parameter` where
   * that would change the answer.
   */
  encodeRequest(decoded: NeutralRequest, target: { model: string; quirks: Quirks }): EncodedRequest;
  /** Reads a vendor's answer with status 2xx: the one place that knows finish, failure, usage and text of this wire format. */
  reader(kind: AnswerKind): Reader;
  /** A vendor's answer that is not a success. */
  decodeError(answer: ErrorAnswer): SahabError;
}

/** What a path may depend on. */
export interface PathTarget {
  model: string;
  stream: boolean;
  /** The request's own form of the operation, as `WireBody` and `EncodedRequest` name it. */
  variant?: string | undefined;
}

export interface Route {
  method: "GET" | "POST" | "DELETE";
  /** A path, or a pattern for the whole path, whose group `model` is the model's name, and `id` that of a kept answer. */
  path: string | RegExp;
  serves: Operation | Showing | StoredAction;
  /** Where dialects share a path: whether a request with these headers is of this one. The first dialect that says yes has it. */
  accepts?(headers: RequestHeaders): boolean;
}

/** What is shown from the configuration, without asking a model. */
export type Showing = "list-models" | "show-model" | "show-balance";

export function isShowing(serves: Route["serves"]): serves is Showing {
  return serves === "list-models" || serves === "show-model" || serves === "show-balance";
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
   * The answer was promised under this id, and is now made: as a whole, whatever the request says of streams or of the background.
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
  /** What it has to do with answers that Sahab keeps; undefined where nothing. */
  readonly keeps?: Keeping | undefined;
  /**
   * The body with earlier turns, the oldest first, in front of its own input, without the field that names them, and with the parts
   * of answers that it only names, which are in the earlier turns or in `holders`: a splice. Asked for where `keeps` names such;
   * it is then opened anew.
   */
  continued?(earlier: readonly StoredAnswer[], holders: readonly StoredAnswer[]): Uint8Array;
  /** Makes the client's answer. */
  writer(options: WriterOptions): Writer;
}

/** What a request has to do with answers that Sahab keeps. */
export interface Keeping {
  /** The answer is kept, under the id that the writer tells. */
  isStored: boolean;
  /** The client does not wait: it gets an id at once, and asks for the answer later. */
  isBackground: boolean;
  /** The kept answer that this request goes on from, and the field that names it, for errors. */
  previous?: { id: string; param: string } | undefined;
  /** Ids of the parts of kept answers that the request only names. */
  namedParts?: readonly string[] | undefined;
  /** The request as it is kept, and in the background served: a JSON text. Asked for once, when it is opened. */
  requestText(): string;
}

/** What clients do with answers that Sahab keeps. */
export type StoredAction = "show-stored" | "delete-stored" | "cancel-stored" | "list-stored-input";

/** How a dialect shows the answers that Sahab keeps. */
export interface StoredForm {
  /** A new id for an answer that is made in the background. */
  createId(): string;
  /**
   * What a client gets for an action, which has been done: `stored` is as it is after it, or was before it was deleted. Also the
   * answer to a request in the background. JSON, or its text. Throws SahabErrors where the query is wrong, or the action is not for it.
   */
  encode(action: StoredAction, stored: StoredAnswer, query: URLSearchParams, requestId: string): JsonObject | string;
  /**
   * The same as a stream of events, where the request of `show-stored`, or the one in the background, asks for one: as much as can be
   * said by now. What is said of an answer that is still to come is the beginning of what is said when it has come.
   */
  encodeStream?(stored: StoredAnswer, query: URLSearchParams): string | undefined;
  /** What a client gets for an id that is not known; undefined where that is an error. */
  encodeMissing?(action: StoredAction, id: string, requestId: string): JsonObject | undefined;
  /** How an unknown id is told, of the answer itself or of the one that a request goes on from. */
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
   * The JSON text of the answer, or of the error of one that failed, as this dialect says it. Undefined where there is none yet, or where
   * Sahab ended in the middle of it.
   */
  answer: string | undefined;
  previousId: string | undefined;
}

export interface WriterOptions {
  requestId: string;
  /** The answer is kept under its id. */
  isKept?: boolean;
  /** The answer's batches hold bytes of this dialect, in the form that was asked for. */
  isRaw: boolean;
  /** What the bytes are, where they may be something else than the dialect's usual form. */
  contentType?: string | undefined;
  /** Fields to add to the last usage object: the cost, of all that has come so far. */
  usageExtra(usage: Usage): JsonObject;
}

/** Turns batches into what the client gets. A batch with a failure is never handed to it. */
export interface Writer {
  readonly contentType: string;
  /** What to send now; undefined where the batch says nothing to this client, and always for an answer that goes out whole. */
  write(batch: Batch): Uint8Array | string | undefined;
  /** The end of a stream, or the whole body. Called when the request's record is durable. */
  end(): Uint8Array | string;
  /** The same for a whole body that takes long to write, in turns that others' requests come between; undefined where `end` is to be called. */
  endInTurns?(): Promise<Uint8Array> | undefined;
  /** About how many bytes of the answer wait for more before they can be written; absent where none do. */
  readonly heldBytes?: number;
  /** What ends a stream that broke. */
  fail(error: SahabError): string;
  /** The form has no place for an error: the connection of a stream that broke is cut instead. */
  readonly failsByCut?: boolean;
  /** The whole answer as it is to be kept. Asked for once all batches are written, before the end of a stream, after that of a body. */
  kept?(): KeptAnswer;
}

/** A whole answer as it is kept. */
export interface KeptAnswer {
  /** The one that the client was told. */
  id: string;
  status: "completed" | "incomplete" | "failed";
  /** JSON text. */
  answer: string;
  /** Ids of its parts by which later requests may name them. */
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
  /** A form of the operation that has an address of its own, where the request needs it. */
  variant?: string | undefined;
}

/** What differs between vendors of one dialect. Everything is optional: nothing set is the dialect as its maker documents it. */
export interface Quirks {
  /** OpenAI's newer models take `max_completion_tokens` only; most other vendors know the older name. */
  maxTokensField?: "max_tokens" | "max_completion_tokens";
  /** vLLM and DashScope say `repetition_penalty`, llama.cpp `repeat_penalty`. */
  repeatPenaltyField?: "repetition_penalty" | "repeat_penalty";
  /** OpenAI-style vendors that take Anthropic's `cache_control` on parts. */
  takesCacheMarkers?: boolean;
  /** A turn with calls of tools is refused without `reasoning_content`; an empty one is taken. */
  demandsReasoning?: boolean;
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
  /** How many choices a whole answer has, or vectors, or documents that may be ranked; 0 where that is not known. */
  choiceCount: number;
  /** How vectors must be written; undefined where the vendor's own way is asked for. */
  vectorEncoding?: VectorEncoding | undefined;
  /** Told a reason for the end of a choice that nobody documents. */
  onUnknownFinish?: ((word: string) => void) | undefined;
  /** Looks for what no answer may hold. */
  guard?: AnswerGuard | undefined;
  /** The bytes are passed on as they are; of a large body only the facts may then be read. */
  isRaw: boolean;
  /** For a client of this dialect: whether it has a tool of this name of a kind that only the dialect knows. */
  isOwnTool?: ((name: string) => boolean) | undefined;
}

/** Looks for what no answer may hold, wherever the network or the vendor cuts it. */
export interface AnswerGuard {
  /** Whether a whole event or body holds it. */
  holds(bytes: Uint8Array): boolean;
  /** Follows a text that comes in pieces. */
  follow(): TextFollower;
  /** What is said of an answer that holds it. */
  failure(): SahabError;
}

/** Whether what it is given holds it, together with what was given before. */
export interface TextFollower {
  take(text: string): boolean;
  /** The inside of a JSON string. */
  takeBytes(bytes: Uint8Array, start: number, end: number): boolean;
}

/** Cuts a vendor's bytes into batches. What a vendor sends never makes it throw: a broken answer is a batch with a failure. */
export interface Reader {
  /** What this chunk completes; where that is too much for one turn of the event loop, the beginning of it. */
  push(chunk: Uint8Array): Batch[];
  /** To be called when the body has ended and no batch was the end: what is left, or that the answer is not whole. */
  end(): Batch;
  /** The same for what takes long, in turns that others' requests come between; undefined where `end` is to be called. */
  endInTurns?(): Promise<Batch> | undefined;
  /** What `push` has left of its chunk, to be pushed in the next turn. */
  readonly rest?: Uint8Array | undefined;
  /** Bytes that wait for more. */
  readonly heldBytes: number;
  /** What came must be encoded anew for clients of this dialect, too. Settled with the first text. */
  readonly isMended?: boolean;
}

/** Turns the data of a stream's events into neutral events, one payload at a time. */
export interface StreamDecoder {
  /**
   * `event` is the name of the event, `message` where it has none. Broken payloads become an error event, after which there are
   * no more. Undefined for a sign of life in a form that clients can't read: it is not passed on.
   */
  decode(data: string, event: string): AnswerEvent[] | undefined;
  /** What is left to say when the stream is done or has ended: an error where the answer is not whole. */
  end(): AnswerEvent[];
  /** The vendor has said that this was all. */
  readonly isDone: boolean;
  /** What came was understood, yet lacks what this dialect's clients need, so that its bytes are of no use to them. */
  readonly isMended?: boolean;
}

/** A vendor's answer that is not a success. */
export interface ErrorAnswer {
  status: number;
  body: string;
  contentType?: string | null;
  retryAfter?: string | null;
}

export interface ListedModel {
  id: string;
  ownedBy: string;
  /** Seconds since 1970. */
  createdS: number;
}
