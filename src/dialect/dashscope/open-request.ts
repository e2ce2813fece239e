import { limits } from "../../base/limits.ts";
import type { Extras, NeutralRequest, Pieces, RewriteRules, TextCutter, WireBody } from "../../call/index.ts";
import type { IncomingRequest, Keeping, OpenedRequest, RequestHeaders, Writer, WriterOptions } from "../dialect.ts";
import { findExtras } from "../find-extras.ts";
import { FoundRequest, type FoundFields } from "../found-request.ts";
import { findHostedTools } from "../hosted-tools.ts";
import { asBuffer, peekCount, readBoolean, readInteger, readString, scanField, type JsonScan } from "../json-scan.ts";
import type { JsonEdit } from "../json-splice.ts";
import { createKeyGuard } from "../key-guard.ts";
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
import { rerankBytesOf, searchesOf } from "../rerank-bytes.ts";
import { reachesBeyond } from "../reaching-fields.ts";
import { invalidField, isObject, wrongType } from "../read.ts";
import { keepAllowed } from "../openai-chat/decode-request.ts";
import { keepSchemaTexts } from "../schema-texts.ts";
import { decodeEmbeddingRequest } from "./decode-embedding-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { keepPartsWithinModel } from "./keep-parts-within-model.ts";
import { defaultResultFormat, isIncrementalByDefault, type ResultFormat } from "./model-rules.ts";
import { multimodalVariant, textVariant } from "./paths.ts";
import { decodeRerankRequest } from "./rerank.ts";
import { dialectName } from "./shared-fields.ts";
import { keepBody } from "../keep-body.ts";
import { asksForTask } from "./task-form.ts";
import { createWriter } from "./writer.ts";

/** Looks at the few fields that the path reads; the others are the vendor's to judge. Throws errors with `param`. */
export function openRequest(incoming: IncomingRequest): OpenedRequest {
  const { operation, path, headers, body, queuedId } = incoming;
  const known = operation === "embedding" || operation === "rerank" ? operation : "chat";
  const isMultimodal = path.includes("/multimodal-generation/");
  const found = (incoming.found as Found | undefined) ?? find(known, isMultimodal, openBody(body));
  // What is found on another thread is found without the headers.
  const isTask = queuedId !== undefined || asksForTask(headers);
  const stream = known === "chat" && !isTask && (found.stream || asksForStream(headers));
  return new OpenedDashscope(known, incoming, stream === found.stream ? found : { ...found, stream });
}

/** The operations of the native API. */
type Served = "chat" | "embedding" | "rerank";

/** What the path reads. */
interface Found extends FoundFields {
  input: JsonScan;
  parameters: JsonScan | undefined;
  choiceCount: number;
  isMultimodal: boolean;
  resultFormat: ResultFormat;
  isIncremental: boolean;
}

function find(operation: Served, isMultimodal: boolean, opened: OpenedBody): Found {
  const { body, scan } = opened;
  const model = readModel(opened);
  const input = scanField(body, scan, "input", { keys: inputKeys });
  if (!input) throw wrongType("input", "an object", undefined);
  const parameters = scanField(body, scan, "parameters", { keys: parameterKeys });
  const rest = { scan, model, input, parameters, isMultimodal, stream: false };
  if (operation === "embedding") return { ...rest, ...findTexts({ body, scan: input }), ...noChoices };
  if (operation === "rerank") return { ...rest, ...findDocuments({ body, scan: input }), ...noChoices };
  const tools = parameters?.fields.get("tools");
  const choices = parameters && readInteger(body, parameters, "n", { min: 1, max: limits.choicesMax });
  const given = parameters && readResultFormat(body, parameters);
  const usesText =
    !isMultimodal &&
    (tools?.elements ?? 0) === 0 &&
    (hasPromptOnly({ body, scan: input }) || defaultResultFormat(model) === "text");
  return {
    ...rest,
    hostedTools: findHostedTools(body, { "parameters.tools": tools, "input.messages": input.fields.get("messages") }),
    promptBytes: readPromptBytes({ body, scan: input }),
    choiceCount: choices ?? 1,
    resultFormat: isMultimodal ? "message" : (given ?? (usesText ? "text" : "message")),
    isIncremental:
      (parameters && readBoolean(body, parameters, "incremental_output", "parameters.incremental_output")) ??
      isIncrementalByDefault(model),
  };
}

const inputKeys = createKeyGuard(["messages", "prompt", "history", "texts", "query", "documents"], {
  prefix: "input.",
  guardsMore: reachesBeyond,
});
const parameterKeys = createKeyGuard(["n", "max_tokens", "incremental_output", "result_format", "tools"], {
  prefix: "parameters.",
  guardsMore: reachesBeyond,
});

const noChoices = { hostedTools: [], resultFormat: "message", isIncremental: true } as const;

function readResultFormat(body: Uint8Array, parameters: JsonScan): ResultFormat | undefined {
  const said = readString(body, parameters, "result_format");
  if (said === undefined || said === "message" || said === "text") return said;
  throw invalidField("parameters.result_format", `expected "message" or "text", found "${said.slice(0, 40)}"`);
}

/** The conversation, or the prompt of the older form with what was said before it. */
function readPromptBytes(input: OpenedBody): number {
  const { fields } = input.scan;
  if (!hasPromptOnly(input)) return promptBytesOf(readMessages(input, "messages", "input.messages"));
  return ["prompt", "history"].reduce((sum, name) => {
    const field = fields.get(name);
    return sum + (field ? field.end - field.start : 0);
  }, 0);
}

function hasPromptOnly({ body, scan: { fields } }: OpenedBody): boolean {
  const messages = fields.get("messages");
  const hasMessages = messages !== undefined && body[messages.start] !== smallN;
  return !hasMessages && (fields.has("prompt") || fields.has("history"));
}

/** Of null. */
const smallN = 0x6e;

function findTexts(input: OpenedBody): { choiceCount: number; promptBytes: number } {
  const field = input.scan.fields.get("texts");
  if (!field) throw wrongType("input.texts", "a list of texts", undefined);
  if (field.elements !== undefined && field.elements > limits.embeddingInputsMax)
    throw invalidField("input.texts", `expected at most ${limits.embeddingInputsMax} items, found ${field.elements}`);
  return { choiceCount: field.elements ?? 1, promptBytes: promptBytesOf(field) };
}

function findDocuments(input: OpenedBody): { choiceCount: number; promptBytes: number } {
  const promptBytes = rerankBytesOf(input, "input.");
  return { promptBytes, choiceCount: input.scan.fields.get("documents")?.elements ?? 0 };
}

/** Both ways are documented. */
function asksForStream(headers: RequestHeaders): boolean {
  return (
    headers.get("x-dashscope-sse")?.trim().toLowerCase() === "enable" ||
    (headers.get("accept")?.toLowerCase().includes("text/event-stream") ?? false)
  );
}

class OpenedDashscope extends FoundRequest<Found> implements OpenedRequest {
  readonly dialect = dialectName;
  readonly operation: Served;
  readonly #headers: RequestHeaders;
  readonly #queuedId: string | undefined;

  constructor(operation: Served, { body, headers, queuedId }: IncomingRequest, found: Found) {
    super(body, found);
    this.operation = operation;
    this.#headers = headers;
    this.#queuedId = queuedId;
  }

  get keeps(): Keeping | undefined {
    if (!asksForTask(this.#headers)) return undefined;
    return { isStored: true, isBackground: true, requestText: () => asBuffer(this.body).toString("utf8") };
  }

  get choiceCount(): number {
    return this.found.choiceCount;
  }

  get pieces(): Pieces | undefined {
    return this.operation === "rerank" ? searchesOf(this.choiceCount, this.promptBytes) : undefined;
  }

  get outputField(): string | undefined {
    return this.operation === "chat" ? "parameters.max_tokens" : undefined;
  }

  outputTokensMax(): number | undefined {
    const { parameters } = this.found;
    return parameters && peekCount(this.body, parameters, "max_tokens");
  }

  get vectorEncoding(): "float" | undefined {
    return this.operation === "embedding" ? "float" : undefined;
  }

  override extras(): Extras {
    const { parameters } = this.found;
    return findExtras(this, parameters && { body: this.body, scan: parameters });
  }

  get offersTools(): boolean {
    const fields = this.found.parameters?.fields;
    return ["tools", "functions"].some((name) => (fields?.get(name)?.elements ?? 0) > 0);
  }

  rewrite(model: string, rules?: RewriteRules): WireBody {
    const edits: JsonEdit[] = renameModel(this, this.model, model);
    const dropped = keepPartsWithinModel(this, this.found, edits, rules);
    const { headers, unsent } = this.#ownHeaders();
    return {
      pieces: editBody(this.body, edits),
      headers,
      dropped: dropped.length + unsent.length === 0 ? undefined : [...dropped, ...unsent],
      variant: this.operation === "chat" ? (this.found.isMultimodal ? multimodalVariant : textVariant) : undefined,
    };
  }

  decode(cutter?: TextCutter): NeutralRequest {
    const json = parseBody(this, "messages", cutter);
    if (this.operation === "embedding") return { operation: "embedding", request: decodeEmbeddingRequest(json) };
    if (this.operation === "rerank") return { operation: "rerank", request: decodeRerankRequest(json) };
    const request = decodeRequest(json, { stream: this.stream });
    const { parameters } = this.found;
    if (parameters) keepSchemaTexts(request, { body: this.body, scan: parameters }, toolSchema);
    const asked = isObject(json) ? json["parameters"] : undefined;
    if (isObject(asked)) keepAllowed(request, asked["tool_choice"]);
    return { operation: "chat", request };
  }

  writer(options: WriterOptions): Writer {
    const { choiceCount, isMultimodal, resultFormat, isIncremental } = this.found;
    const { operation, stream } = this;
    const form = { isMultimodal, resultFormat, isIncremental };
    const writer = createWriter({ operation, stream, choiceCount, form }, options);
    return this.#queuedId === undefined ? writer : keepBody(writer, this.#queuedId);
  }

  /** The headers that say how the answer is sent and how media are read. Those that name the account's plugins and workspaces stay here. */
  #ownHeaders(): { headers: Record<string, string>; unsent: string[] } {
    const headers: Record<string, string> = this.stream ? { "x-dashscope-sse": "enable" } : {};
    for (const name of ["x-dashscope-ossresourceresolve", "x-dashscope-datainspection"]) {
      const value = this.#headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const unsent = ["x-dashscope-plugin", "x-dashscope-workspace"].filter((name) => this.#headers.get(name) !== null);
    return { headers, unsent };
  }
}

const toolSchema = { wrapper: "function", schema: "parameters" };
