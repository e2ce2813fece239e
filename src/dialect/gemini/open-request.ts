import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { ClientProof, NeutralRequest, Operation, RewriteRules, TextCutter, WireBody } from "../../call/index.ts";
import type { IncomingRequest, OpenedRequest, Writer, WriterOptions } from "../dialect.ts";
import { hasLongNumber, parseExactJson } from "../exact-json.ts";
import { FoundRequest, type FoundFields } from "../found-request.ts";
import { findHostedTools } from "../hosted-tools.ts";
import {
  asBuffer,
  peekCount,
  readInteger,
  scanField,
  scanObjectAt,
  type JsonField,
  type JsonScan,
} from "../json-scan.ts";
import { setField, type JsonEdit } from "../json-splice.ts";
import { keepWithinModel } from "../keep-within-model.ts";
import { leaveOut } from "../leave-out.ts";
import {
  checkModelName,
  editBody,
  openBody,
  parseBody,
  promptBytesOf,
  readMessages,
  type OpenedBody,
} from "../open-body.ts";
import { isObject, type JsonObject } from "../read.ts";
import { readPath, resourceOf, type Method } from "./addresses.ts";
import { decodeEmbeddingRequest } from "./decode-embedding-request.ts";
import { decodeRequest } from "./decode-request.ts";
import { findProofs, proofKeysIn } from "./find-proofs.ts";
import { configGuard, findSpelling, topGuard } from "./guarded-fields.ts";
import { inlineImageBytes } from "./inline-images.ts";
import { keepConfigWithinModel } from "./keep-config-within-model.ts";
import { dialectName } from "./shared-fields.ts";
import { createWriter } from "./writer.ts";

/** Looks at the few fields that the path reads; the others are the vendor's to judge. Throws errors with `param`. */
export function openRequest({ operation, path, query, body, found }: IncomingRequest): OpenedRequest {
  const { model, method } = readPath(path);
  const known =
    (found as Found | undefined) ?? find(checkModelName(model || undefined), method, openBody(body, topGuard));
  return new OpenedGeminiRequest(operation, method, query ?? "", body, known);
}

/** What the path reads. */
interface Found extends FoundFields {
  choiceCount: number;
  /** Of `generationConfig`, and of the whole request that `countTokens` may have within it. */
  config: JsonScan | undefined;
  inner: JsonScan | undefined;
}

function find(model: string, method: Method, opened: OpenedBody): Found {
  const { body, scan } = opened;
  const none = { scan, model, stream: false, hostedTools: [], config: undefined, inner: undefined };
  if (method === "embedContent") return { ...none, choiceCount: 1, promptBytes: readBytes(opened, "content") };
  if (method === "batchEmbedContents")
    return { ...none, choiceCount: countRequests(scan), promptBytes: readBytes(opened, "requests") };
  const wrapper = method === "countTokens" ? findSpelling(scan, "generateContentRequest") : undefined;
  const inner = wrapper === undefined ? undefined : scanField(body, scan, wrapper, { keys: topGuard });
  const holder = inner ? { body, scan: inner } : opened;
  const spelled = findSpelling(holder.scan, "generationConfig");
  const config = spelled === undefined ? undefined : scanField(body, holder.scan, spelled, { keys: configGuard });
  return {
    scan,
    model,
    stream: method === "streamGenerateContent",
    hostedTools: findHostedTools(body, { tools: holder.scan.fields.get("tools") }),
    choiceCount: config ? countCandidates(body, config) : 1,
    promptBytes: readPromptBytes(holder),
    config,
    inner,
  };
}

class OpenedGeminiRequest extends FoundRequest<Found> implements OpenedRequest {
  readonly dialect = dialectName;
  readonly operation: Operation;
  readonly #method: Method;
  readonly #query: string;

  constructor(operation: Operation, method: Method, query: string, body: Uint8Array, found: Found) {
    super(body, found);
    this.operation = operation;
    this.#method = method;
    this.#query = query;
  }

  get choiceCount(): number {
    return this.found.choiceCount;
  }

  get outputField(): string | undefined {
    return this.operation === "chat" ? "generationConfig.maxOutputTokens" : undefined;
  }

  outputTokensMax(): number | undefined {
    const { config } = this.found;
    const name = config && findSpelling(config, "maxOutputTokens", "generationConfig.");
    return config && name !== undefined ? peekCount(this.body, config, name) : undefined;
  }

  get offersTools(): boolean {
    return countElements(this.body, this.scan.fields.get("tools")) > 0;
  }

  get #asksForEvents(): boolean {
    return new URLSearchParams(this.#query).get("alt") === "sse";
  }

  /** The model is in the address; where a body names one, too, it must be the same one. */
  rewrite(model: string, rules?: RewriteRules): WireBody {
    const { body, scan, found } = this;
    const name = JSON.stringify(resourceOf(model));
    const edits: JsonEdit[] = [];
    const isSingle = this.#method === "embedContent";
    if (isSingle || scan.fields.has("model")) edits.push(setField(scan, "model", name));
    const dropped = keepWithinModel(this, found.inner ? [] : found.hostedTools, edits, rules) ?? [];
    if (found.inner) {
      if (found.inner.fields.has("model")) edits.push(setField(found.inner, "model", name));
      const inner = { body, scan: found.inner };
      const passes = { passes: rules?.passes ?? new Set<string>() };
      for (const field of keepWithinModel(inner, found.hostedTools, edits, passes) ?? [])
        dropped.push(`generateContentRequest.${field}`);
    }
    if (found.config) dropped.push(...keepConfigWithinModel(body, found.config, edits, rules));
    if (this.#method === "batchEmbedContents") edits.push(...this.#renameRequests(name));
    if (rules?.without) {
      edits.push(...leaveOut(rules.without));
      dropped.push(...rules.without.map(({ path }) => path));
    }
    const pieces = editBody(body, edits);
    return {
      pieces: isSingle ? [Buffer.from('{"requests":['), ...pieces, Buffer.from("]}")] : pieces,
      dropped: dropped.length === 0 ? undefined : dropped,
    };
  }

  proofKeys(): string[] {
    return proofKeysIn(this.body);
  }

  proofs(model: string): ClientProof[] {
    const { body, scan, found } = this;
    return findProofs({ body, scan: found.inner ?? scan }, model);
  }

  #renameRequests(name: string): JsonEdit[] {
    const field = this.scan.fields.get("requests");
    const bytes = asBuffer(this.body);
    const edits: JsonEdit[] = [];
    let at = (field?.start ?? 0) + 1;
    for (let left = field?.elements ?? 0; left > 0; left--) {
      const { scan, end } = scanObjectAt(bytes, at, { depthMax: limits.jsonDepthMax, keys: topGuard });
      edits.push(setField(scan, "model", name));
      at = end + 1;
    }
    return edits;
  }

  decode(cutter?: TextCutter): NeutralRequest {
    const { operation, model, stream } = this;
    if (operation === "embedding") return { operation, request: decodeEmbeddingRequest(parseBody(this), model) };
    const body = parseBody(this, "contents", cutter);
    if (isObject(body)) this.#keepDigits(body);
    const known = operation === "token-count" ? "token-count" : "chat";
    return { operation: known, request: decodeRequest(body, { model, stream }) };
  }

  /** Bounds in the schemas of tools may have more digits than a double holds. */
  #keepDigits(body: JsonObject): void {
    const field = this.scan.fields.get("tools");
    if (!field) return;
    const text = asBuffer(this.body).toString("utf8", field.start, field.end);
    if (hasLongNumber(text)) body["tools"] = parseExactJson(text);
  }

  writer(options: WriterOptions): Writer {
    const { operation, stream } = this;
    const form = stream ? (this.#asksForEvents ? "events" : "list") : "body";
    return createWriter({ operation, form, isSingle: this.#method === "embedContent" }, options);
  }
}

/** Of a list, or of the one object in its place. */
function countElements(body: Uint8Array, field: JsonField | undefined): number {
  return field?.elements ?? (isLone(body, field) ? 1 : 0);
}

function isLone(body: Uint8Array, field: JsonField | undefined): field is JsonField {
  return field !== undefined && body[field.start] === openBrace;
}

const openBrace = 0x7b;

function countCandidates(body: Uint8Array, config: JsonScan): number {
  const name = findSpelling(config, "candidateCount", "generationConfig.");
  return (name === undefined ? undefined : readInteger(body, config, name, { min: 1, max: limits.choicesMax })) ?? 1;
}

function countRequests({ fields }: JsonScan): number {
  const count = fields.get("requests")?.elements;
  if (count !== undefined && count > 0 && count <= limits.embeddingInputsMax) return count;
  const found = count === undefined ? "none" : String(count);
  const message = `requests: expected an array of 1 to ${limits.embeddingInputsMax} items, found ${found}`;
  throw new SahabError("invalid_request", message, { param: "requests" });
}

function readBytes({ scan }: OpenedBody, name: string): number {
  const field = scan.fields.get(name);
  if (field) return promptBytesOf(field);
  throw new SahabError("invalid_request", `${name}: expected a value, found nothing`, { param: name });
}

/** Contents, system prompt and tools; images are inline in contents only. */
function readPromptBytes(opened: OpenedBody): number {
  const { body, scan } = opened;
  const given = scan.fields.get("contents");
  const contents = isLone(body, given) ? given : readMessages(opened, "contents");
  let bytes = promptBytesOf(contents, inlineImageBytes(body, contents));
  for (const name of [findSpelling(scan, "systemInstruction"), "tools"]) {
    const field = name === undefined ? undefined : scan.fields.get(name);
    if (field) bytes += field.end - field.start;
  }
  return bytes;
}
