import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { assert, unreachable } from "../../base/assert.ts";
import {
  isDecoded,
  type DecodedOperation,
  type MuteTurn,
  type NeutralRequest,
  type Pieces,
  type RewriteRules,
  type TextCutter,
  type TurnChanges,
  type TurnShape,
  type VectorEncoding,
  type WireBody,
} from "../../call/index.ts";
import type { IncomingRequest, Keeping, OpenedRequest, Writer, WriterOptions } from "../dialect.ts";
import {
  asBuffer,
  peekCount,
  readBoolean,
  readInteger,
  scanField,
  skipSpace,
  type JsonField,
  type JsonScan,
} from "../json-scan.ts";
import { setField, type JsonEdit } from "../json-splice.ts";
import { createKeyGuard } from "../key-guard.ts";
import { FoundRequest, type FoundFields } from "../found-request.ts";
import { findHostedTools } from "../hosted-tools.ts";
import { keepBody } from "../keep-body.ts";
import { keepWithinModel } from "../keep-within-model.ts";
import { rerankBytesOf, searchesOf } from "../rerank-bytes.ts";
import {
  editBody,
  openBody,
  parseBody,
  promptBytesOf,
  readMessages,
  readModel,
  renameModel,
  type OpenedBody,
} from "../open-body.ts";
import { isObject } from "../read.ts";
import { keepSchemaTexts } from "../schema-texts.ts";
import { decodeCompletionRequest } from "./decode-completion-request.ts";
import { decodeEmbeddingRequest } from "./decode-embedding-request.ts";
import { decodeRerankRequest } from "./decode-rerank-request.ts";
import { decodeChatRequest, keepAllowed } from "./decode-request.ts";
import { findCustomTools, tellCustomToolsApart } from "./find-custom-tools.ts";
import { findEmptyFields } from "./empty-fields.ts";
import { fitTurns } from "./fit-turns.ts";
import { asksForLater, toDeferred } from "./deferred.ts";
import { findMuteTurns, insertReasoning } from "./mute-turns.ts";
import { dialectName, usesFunctions } from "./shared-fields.ts";
import {
  asksForOlderRerank,
  contextVariantOf,
  continuationVariant,
  isContinuation,
  olderRerankVariant,
} from "./variants.ts";
import { rewriteThinking } from "./rewrite-thinking.ts";
import { createWriter } from "./writer.ts";

/** Looks at the few fields that the path reads; the others are the vendor's or the engine's to judge. Throws errors with `param`. */
export function openRequest({ operation, path, body, queuedId, found }: IncomingRequest): OpenedRequest {
  assert(isDecoded(operation), "what only passes is opened elsewhere");
  const known = (found as Found | undefined) ?? find(operation, openBody(body));
  return new OpenedOpenAiRequest({ operation, path, queuedId }, body, known);
}

/** What the path reads. */
interface Found extends FoundFields {
  choiceCount: number;
  vectorEncoding: VectorEncoding | undefined;
  /** The client's own options of its stream. */
  streamOptions: JsonScan | undefined;
  /** The answer is to be fetched later. */
  isDeferred: boolean;
  /** Whether the client itself asked for usage at the end of its stream. */
  streamUsage: boolean;
}

function find(operation: DecodedOperation, opened: OpenedBody): Found {
  const { body, scan } = opened;
  const model = readModel(opened);
  const isStreamable = operation !== "embedding" && operation !== "rerank";
  const stream = isStreamable && readBoolean(body, scan, "stream") === true;
  const streamOptions = stream ? scanField(body, scan, "stream_options", { keys: optionKeys }) : undefined;
  const streamUsage =
    streamOptions !== undefined &&
    readBoolean(body, streamOptions, "include_usage", "stream_options.include_usage") === true;
  const choiceCount = countChoices(operation, opened);
  const vectorEncoding = operation === "embedding" ? readVectorEncoding(opened) : undefined;
  const promptBytes = readPromptBytes(operation, opened);
  const hostedTools = findHostedTools(body, { tools: scan.fields.get("tools"), messages: scan.fields.get("messages") });
  const isDeferred = operation === "chat" && asksForLater(opened, stream);
  return {
    scan,
    model,
    stream,
    hostedTools,
    promptBytes,
    choiceCount,
    vectorEncoding,
    streamOptions,
    streamUsage,
    isDeferred,
  };
}

function countChoices(operation: DecodedOperation, opened: OpenedBody): number {
  if (operation === "embedding") return countInputs(opened);
  if (operation === "rerank") return opened.scan.fields.get("documents")?.elements ?? 0;
  const choices = readInteger(opened.body, opened.scan, "n", { min: 1, max: limits.choicesMax }) ?? 1;
  return choices * (operation === "completion" ? countPrompts(opened) : 1);
}

class OpenedOpenAiRequest extends FoundRequest<Found> implements OpenedRequest {
  readonly dialect = dialectName;
  readonly operation: DecodedOperation;
  readonly keeps: Keeping | undefined;
  readonly #path: string;
  readonly #queuedId: string | undefined;

  constructor(
    { operation, path, queuedId }: Pick<IncomingRequest, "path" | "queuedId"> & { operation: DecodedOperation },
    body: Uint8Array,
    found: Found,
  ) {
    super(body, found);
    this.operation = operation;
    this.#path = path;
    this.#queuedId = queuedId;
    this.keeps = found.isDeferred ? toDeferred(this) : undefined;
  }

  get choiceCount(): number {
    return this.found.choiceCount;
  }

  get toolBytes(): number {
    return ["tools", "functions", "response_format"].reduce((sum, name) => {
      const field = this.scan.fields.get(name);
      return field ? sum + field.end - field.start : sum;
    }, 0);
  }

  get outputField(): string | undefined {
    return this.operation === "chat" || this.operation === "completion" ? "max_tokens" : undefined;
  }

  outputTokensMax(): number | undefined {
    const { body, scan } = this;
    const [older, newer] = [peekCount(body, scan, "max_tokens"), peekCount(body, scan, "max_completion_tokens")];
    if (this.operation === "completion") return older ?? newer ?? peekCount(body, scan, "n_predict");
    return older === undefined || newer === undefined ? (older ?? newer) : Math.max(older, newer);
  }

  get vectorEncoding(): VectorEncoding | undefined {
    return this.found.vectorEncoding;
  }

  get pieces(): Pieces | undefined {
    return this.operation === "rerank" ? searchesOf(this.choiceCount, this.promptBytes) : undefined;
  }

  get offersTools(): boolean {
    return this.#isGiven("tools") || this.#isGiven("functions");
  }

  muteTurns(): readonly MuteTurn[] {
    return this.operation === "chat" ? findMuteTurns(this) : [];
  }

  fitTurns(shape: TurnShape): TurnChanges {
    return this.operation === "chat" ? fitTurns(this, shape) : { edits: [], dropped: [] };
  }

  /** Sets the vendor's name of the model, and asks for usage in streams: the event with it stays with Sahab. */
  rewrite(model: string, given?: RewriteRules): WireBody {
    const { rules, left } = given?.thinking ? rewriteThinking(this, model, given) : { rules: given, left: [] };
    const edits = renameModel(this, this.model, model);
    if (this.stream && !this.found.streamUsage) edits.push(this.#askForUsage());
    const variant = this.#findVariant(rules);
    const empty = this.operation === "chat" ? findEmptyFields(this) : undefined;
    const beyond = keepWithinModel(this, this.found.hostedTools, edits, rules, undefined, empty);
    const { edits: fitting = [], dropped: unfit = [] } = rules?.turns ?? {};
    edits.push(...fitting);
    const dropped = left.length + unfit.length > 0 ? [...left, ...(beyond ?? []), ...unfit] : beyond;
    if (rules?.reasoning) edits.push(...insertReasoning(rules));
    return { pieces: editBody(this.body, edits), dropped, variant };
  }

  #findVariant(rules: RewriteRules | undefined): string | undefined {
    const ofContext = contextVariantOf(this.#path);
    if (ofContext !== undefined) {
      refuseContextUnless(rules?.passes.has("context_id") === true);
      return ofContext;
    }
    if (this.operation === "rerank")
      return rules?.findsVariants && asksForOlderRerank(this) ? olderRerankVariant : undefined;
    return rules?.findsVariants && isContinuation(this) ? continuationVariant : undefined;
  }

  #isGiven(list: "functions" | "tools"): boolean {
    return (this.scan.fields.get(list)?.elements ?? 0) > 0;
  }

  #askForUsage(): JsonEdit {
    const options = this.found.streamOptions;
    if (options) return setField(options, "include_usage", "true");
    return setField(this.scan, "stream_options", '{"include_usage":true}');
  }

  decode(cutter?: TextCutter): NeutralRequest {
    const { operation } = this;
    if (contextVariantOf(this.#path) !== undefined) refuseContextUnless(false);
    if (operation === "chat" || operation === "token-count") {
      const body = tellCustomToolsApart(parseBody(this, "messages", cutter));
      const request = decodeChatRequest(body);
      keepSchemaTexts(request, this, { wrapper: "function", schema: "parameters" });
      if (isObject(body)) keepAllowed(request, body["tool_choice"]);
      return { operation, request };
    }
    const json = parseBody(this);
    switch (operation) {
      case "completion":
        return { operation, request: decodeCompletionRequest(json) };
      case "embedding":
        return { operation, request: decodeEmbeddingRequest(json) };
      case "rerank":
        return { operation, request: decodeRerankRequest(json) };
      default:
        return unreachable(operation);
    }
  }

  writer(options: WriterOptions): Writer {
    const { operation, stream } = this;
    const writer = createWriter(
      {
        operation,
        stream,
        streamUsage: this.found.streamUsage,
        usesFunctions: () => usesFunctions((name) => this.#isGiven(name)),
        customTools: () => findCustomTools(this),
        encoding: this.vectorEncoding ?? "float",
      },
      options,
    );
    return this.#queuedId === undefined ? writer : keepBody(writer, this.#queuedId);
  }
}

/** Without its context a prompt would be another one. */
function refuseContextUnless(isPassed: boolean): void {
  if (isPassed) return;
  throw new SahabError(
    "unsupported_parameter",
    "context_id: a context is kept by the vendor for all projects of its account, so that it passes only to a provider whose pass_fields has context_id",
    { param: "context_id" },
  );
}

const optionKeys = createKeyGuard(["include_usage"], { prefix: "stream_options." });

/** Prompts of a legacy completion: a list of texts or of token lists has several, a text or a list of tokens is one. */
function countPrompts({ body, scan }: OpenedBody): number {
  const field = scan.fields.get("prompt");
  return field?.elements && !isTokenList(body, field) ? field.elements : 1;
}

/** Inputs of which each becomes a vector; 0 for inputs of a kind that only the vendor knows, such as texts with images. */
function countInputs({ body, scan }: OpenedBody): number {
  const field = scan.fields.get("input");
  if (field?.elements === undefined || isTokenList(body, field)) return 1;
  const first = body[skipSpace(body, field.start + 1)];
  return first === quote || first === openBracket ? field.elements : 0;
}

/** OpenAI's default is numbers; encodings that it does not have (`int8`) are the vendor's. */
function readVectorEncoding({ body, scan }: OpenedBody): VectorEncoding | undefined {
  const field = scan.fields.get("encoding_format");
  const json = field && asBuffer(body).toString("latin1", field.start, Math.min(field.end, field.start + 16));
  if (json === undefined || json === "null" || json === '"float"') return "float";
  return json === '"base64"' ? "base64" : undefined;
}

const quote = 0x22;
const openBracket = 0x5b;

function isTokenList(body: Uint8Array, field: JsonField): boolean {
  const first = body[skipSpace(body, field.start + 1)] ?? 0;
  return first >= 0x30 && first <= 0x39;
}

function readPromptBytes(operation: DecodedOperation, opened: OpenedBody): number {
  if (operation === "chat" || operation === "token-count") return promptBytesOf(readMessages(opened));
  if (operation === "rerank") return rerankBytesOf(opened);
  const name = operation === "completion" ? "prompt" : "input";
  const field = opened.scan.fields.get(name);
  if (field === undefined) {
    // Legacy completions may leave the prompt out; the vendor then begins a new document.
    if (operation === "completion") return 0;
    throw new SahabError("invalid_request", `${name}: expected a text or an array, found nothing`, { param: name });
  }
  const itemsMax = operation === "completion" ? limits.messagesMax : limits.embeddingInputsMax;
  // An array of numbers is one prompt of token ids, however long.
  if (field.elements !== undefined && field.elements > itemsMax && !isTokenList(opened.body, field)) {
    throw new SahabError("invalid_request", `${name}: expected at most ${itemsMax} items, found ${field.elements}`, {
      param: name,
    });
  }
  return promptBytesOf(field);
}
