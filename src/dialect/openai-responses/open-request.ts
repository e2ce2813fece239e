import type { ClientProof, NeutralRequest, RewriteRules, TextCutter, WireBody } from "../../call/index.ts";
import type { IncomingRequest, Keeping, OpenedRequest, StoredAnswer, Writer, WriterOptions } from "../dialect.ts";
import { FoundRequest, type FoundFields } from "../found-request.ts";
import { findHostedTools } from "../hosted-tools.ts";
import { asBuffer, peekCount, readBoolean } from "../json-scan.ts";
import { setField, type JsonEdit } from "../json-splice.ts";
import { keepWithinModel } from "../keep-within-model.ts";
import { leaveOut } from "../leave-out.ts";
import {
  editBody,
  kindOf,
  openBody,
  parseBody,
  promptBytesOf,
  readModel,
  renameModel,
  type OpenedBody,
} from "../open-body.ts";
import { invalidField, isObject } from "../read.ts";
import { keepSchemaTexts } from "../schema-texts.ts";
import { parseJson } from "../vendor-error.ts";
import { askForSummary, rewriteCompaction } from "./ask-for-summary.ts";
import { createCompactionWriter } from "./compaction-writer.ts";
import { hasTrigger, spellOutSummaries } from "./compacted-input.ts";
import { isCompactionPath } from "./compaction.ts";
import { continueInput, findUnproved, inputOf } from "./continue-input.ts";
import { decodeRequest } from "./decode-request.ts";
import { keepAllowed } from "./decode-tools.ts";
import { echoRequest } from "./echo.ts";
import { findProofs, proofKeysIn } from "./find-proofs.ts";
import { findKeeping, toKeeping, type FoundKeeping } from "./keeping.ts";
import { dialectName, encryptedReasoning, isReasoningModel } from "./shared-fields.ts";
import { ToolNames } from "../tool-aliases.ts";
import { createWriter } from "./writer.ts";

/** Looks at the few fields that the path reads; the others are the vendor's to judge. Throws errors with `param`. */
export function openRequest(incoming: IncomingRequest): OpenedRequest {
  const { operation, body, found } = incoming;
  const known = operation === "token-count" ? "token-count" : "chat";
  return new OpenedResponses(known, incoming, (found as Found | undefined) ?? find(known, openBody(body), incoming));
}

interface Found extends FoundFields {
  keeping: FoundKeeping;
  /** Its input asks for a shorter conversation in place of an answer. */
  asksForSummary: boolean;
}

function find(operation: "chat" | "token-count", opened: OpenedBody, { path, queuedId }: IncomingRequest): Found {
  const { body, scan } = opened;
  const model = readModel(opened);
  const isCompaction = isCompactionPath(path);
  const keeping = findKeeping(opened, isCompaction ? "token-count" : operation);
  const promptBytes = readPromptBytes(opened, keeping.previousId !== undefined);
  const asksForStream = operation === "chat" && readBoolean(body, scan, "stream") === true;
  const hostedTools = findHostedTools(body, { tools: scan.fields.get("tools"), input: scan.fields.get("input") });
  const stream = asksForStream && !isCompaction && queuedId === undefined;
  const asksForSummary = operation === "chat" && !isCompaction && !keeping.isBackground && hasTrigger(opened);
  return { scan, model, stream, hostedTools, promptBytes, keeping, asksForSummary };
}

class OpenedResponses extends FoundRequest<Found> implements OpenedRequest {
  readonly dialect = dialectName;
  readonly operation: "chat" | "token-count";
  readonly choiceCount = 1;
  readonly #incoming: Pick<IncomingRequest, "path" | "queuedId" | "continues">;
  #knownNames: ToolNames | undefined;
  /** The vendor was sent the client's own wish for a summary, and answers it itself. */
  #isSummaryVendors = false;

  constructor(operation: "chat" | "token-count", incoming: IncomingRequest, found: Found) {
    super(incoming.body, found);
    this.operation = operation;
    this.#incoming = incoming;
  }

  get keeps(): Keeping | undefined {
    return toKeeping(this, this.found.keeping);
  }

  get outputField(): string | undefined {
    return this.operation === "chat" ? "max_output_tokens" : undefined;
  }

  outputTokensMax(): number | undefined {
    return peekCount(this.body, this.scan, "max_output_tokens");
  }

  get offersTools(): boolean {
    return (this.scan.fields.get("tools")?.elements ?? 0) > 0;
  }

  continued(earlier: readonly StoredAnswer[], holders: readonly StoredAnswer[]): Uint8Array {
    return continueInput(this, earlier, holders);
  }

  rewrite(model: string, rules?: RewriteRules): WireBody {
    if (this.#isCompaction) return rewriteCompaction(this, model, rules);
    this.#isSummaryVendors = rules?.hasCompaction === true;
    if (this.found.asksForSummary && !this.#isSummaryVendors) return rewriteCompaction(this, model, rules);
    const edits = renameModel(this, this.model, model);
    const { without = [] } = rules ?? {};
    const tooFar = keepWithinModel(this, this.found.hostedTools, edits, rules, isOfKeeping);
    const dropped = without.length === 0 ? tooFar : [...(tooFar ?? []), ...without.map(({ path }) => path)];
    const { isStored } = this.found.keeping;
    if (isStored && !rules?.passes.has("store")) edits.push(...this.#keepNothing(model));
    if (this.#incoming.queuedId !== undefined) edits.push(...this.#answerAtOnce());
    const unproved = this.#incoming.continues ? findUnproved(this.body, this.scan) : [];
    edits.push(...spellOutSummaries(this), ...leaveOut([...without, ...unproved]));
    return { pieces: editBody(this.body, edits), dropped };
  }

  proofKeys(): string[] {
    return proofKeysIn(this.body);
  }

  proofs(): ClientProof[] {
    return findProofs(this);
  }

  get #isCompaction(): boolean {
    return isCompactionPath(this.#incoming.path);
  }

  /** Who waits in the background is Sahab. */
  #answerAtOnce(): JsonEdit[] {
    const names = ["background", "stream"].filter((name) => this.scan.fields.has(name));
    return names.map((name) => setField(this.scan, name, "false"));
  }

  /**
   * What a vendor keeps, all projects of the account could get at, so it is asked to keep nothing. A client that counted on it gets
   * the reasoning encrypted, without which it could not be sent back.
   */
  #keepNothing(model: string): JsonEdit[] {
    const { scan } = this;
    const edits = [setField(scan, "store", "false")];
    const mayReason = isReasoningModel(model) || scan.fields.has("reasoning");
    const include = this.#parsed("include") ?? [];
    if (mayReason && Array.isArray(include) && !include.includes(encryptedReasoning))
      edits.push(setField(scan, "include", JSON.stringify([...(include as unknown[]), encryptedReasoning])));
    return edits;
  }

  decode(cutter?: TextCutter): NeutralRequest {
    const names = this.#names();
    const body = parseBody(this, "messages", cutter);
    const request = decodeRequest(body, names);
    keepSchemaTexts(request, this, { schema: "parameters", list: "tools" });
    if (isObject(body)) keepAllowed(request, body["tool_choice"], names);
    if (this.#isCompaction) return { operation: "chat", request: askForSummary(request) };
    const asked = this.found.asksForSummary ? askForSummary(request) : request;
    asked.stream = asked.streamUsage = this.stream;
    return { operation: this.operation, request: asked };
  }

  isOwnTool(name: string): boolean {
    return this.#names().alias(name) !== undefined;
  }

  writer(options: WriterOptions): Writer {
    if (this.#isCompaction) return createCompactionWriter(this, options);
    const { operation, stream } = this;
    const { queuedId, continues } = this.#incoming;
    const state = { isStored: options.isKept === true, queuedId, previousId: continues?.previousId };
    const isSummary = this.found.asksForSummary && !(options.isRaw && this.#isSummaryVendors);
    return createWriter(
      {
        operation,
        stream,
        state,
        encoding: () => ({ names: this.#names(), echo: echoRequest(this), state, isSummary }),
      },
      isSummary ? { ...options, isRaw: false } : options,
    );
  }

  #names(): ToolNames {
    return (this.#knownNames ??= this.#readNames());
  }

  /** Most requests have neither custom tools nor namespaces, which a native search shows without parsing the tools. */
  #readNames(): ToolNames {
    const field = this.scan.fields.get("tools");
    if (!field?.elements) return new ToolNames([]);
    const tools = asBuffer(this.body).subarray(field.start, field.end);
    return new ToolNames(marks.some((mark) => tools.includes(mark)) ? parseJson(tools.toString("utf8")) : []);
  }

  #parsed(name: string): unknown {
    const field = this.scan.fields.get(name);
    return field && parseJson(asBuffer(this.body).toString("utf8", field.start, field.end));
  }
}

/** How a custom tool or a namespace may be written in JSON. */
const marks = ['"custom"', '"namespace"', "\\u00"].map((mark) => Buffer.from(mark));

/** What Sahab itself minds. */
function isOfKeeping(name: string): boolean {
  return name === "store" || name === "background";
}

/** Instructions, input and tools; images are inline in the input only. What goes on from an earlier answer may say nothing new. */
function readPromptBytes({ body, scan }: OpenedBody, isContinued: boolean): number {
  const input = inputOf(body, scan);
  let bytes = 0;
  if (input && (body[input.start] === quote || input.elements !== undefined)) bytes += promptBytesOf(input);
  else if (input || !isContinued)
    throw invalidField(
      "input",
      `expected a string or an array of items, found ${input ? kindOf(body[input.start]) : "nothing"}`,
    );
  for (const name of ["instructions", "tools"]) {
    const field = scan.fields.get(name);
    if (field) bytes += field.end - field.start;
  }
  return bytes;
}

const quote = 0x22;
