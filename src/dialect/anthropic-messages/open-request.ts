import type {
  ClientProof,
  NeutralRequest,
  RewriteRules,
  TextCutter,
  TurnChanges,
  TurnShape,
  WireBody,
} from "../../call/index.ts";
import type { IncomingRequest, OpenedRequest, RequestHeaders, Writer, WriterOptions } from "../dialect.ts";
import { peekCount, readBoolean, readInteger, scanField } from "../json-scan.ts";
import { setField } from "../json-splice.ts";
import { FoundRequest, type FoundFields } from "../found-request.ts";
import { findHostedTools } from "../hosted-tools.ts";
import { keepWithinModel } from "../keep-within-model.ts";
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
import { wrongType } from "../read.ts";
import { tokensMax } from "../token-count.ts";
import { blocksAsText } from "./blocks-as-text.ts";
import { decodeRequest } from "./decode-request.ts";
import { editsWithout, findProofs, proofKeysIn } from "./find-proofs.ts";
import { keepSchemaTexts } from "../schema-texts.ts";
import { inlineImageBytes } from "./inline-images.ts";
import { dialectName } from "./shared-fields.ts";
import { foldSystem, mayHaveSystemTurns } from "./fold-system.ts";
import { createWriter } from "./writer.ts";

/** Looks at the few fields that the path reads; the others are the vendor's to judge. Throws errors with `param`. */
export function openRequest({ operation, headers, body, found }: IncomingRequest): OpenedRequest {
  const known = operation === "token-count" ? "token-count" : "chat";
  return new OpenedMessages(known, headers, body, (found as FoundFields | undefined) ?? find(known, openBody(body)));
}

function find(operation: "chat" | "token-count", opened: OpenedBody): FoundFields {
  const { body, scan } = opened;
  const model = readModel(opened);
  const promptBytes = readPromptBytes(opened);
  const stream = operation === "chat" && readBoolean(body, scan, "stream") === true;
  if (operation === "chat" && readInteger(body, scan, "max_tokens", { min: 1, max: tokensMax }) === undefined)
    throw wrongType("max_tokens", "a whole number from 1", undefined);
  const hostedTools = findHostedTools(body, { tools: scan.fields.get("tools"), messages: scan.fields.get("messages") });
  return { scan, model, stream, hostedTools, promptBytes };
}

class OpenedMessages extends FoundRequest<FoundFields> implements OpenedRequest {
  readonly dialect = dialectName;
  readonly operation: "chat" | "token-count";
  readonly choiceCount = 1;
  readonly #headers: Record<string, string>;
  readonly #session: string | null;

  constructor(operation: "chat" | "token-count", headers: RequestHeaders, body: Uint8Array, found: FoundFields) {
    super(body, found);
    this.operation = operation;
    this.#headers = dialectHeaders(headers);
    this.#session = headers.get("x-claude-code-session-id");
  }

  /** Agents put their session's name into the user's id, or into a header, which no vendor gets. */
  override get conversation(): string | undefined {
    return this.textOf("metadata") ?? this.#session ?? undefined;
  }

  get outputField(): string | undefined {
    return this.operation === "chat" ? "max_tokens" : undefined;
  }

  outputTokensMax(): number | undefined {
    return peekCount(this.body, this.scan, "max_tokens");
  }

  get offersTools(): boolean {
    return (this.scan.fields.get("tools")?.elements ?? 0) > 0;
  }

  rewrite(model: string, rules?: RewriteRules): WireBody {
    const edits = renameModel(this, this.model, model);
    const dropped = keepWithinModel(this, this.found.hostedTools, edits, rules, namesUserOnly);
    const { without = [], shape } = rules ?? {};
    const betas = this.#headers["anthropic-beta"];
    const betasField = betas === undefined ? undefined : shape?.betasField;
    if (betas !== undefined && betasField !== undefined)
      edits.push(setField(this.scan, betasField, JSON.stringify(betas.split(",").map((beta) => beta.trim()))));
    if (without.length > 0) edits.push(...editsWithout(this, without));
    edits.push(...(rules?.turns?.edits ?? []));
    const { "anthropic-beta": _, ...others } = this.#headers;
    return {
      pieces: editBody(this.body, edits),
      headers: betasField === undefined ? this.#headers : others,
      dropped: without.length > 0 ? [...(dropped ?? []), ...without.map(({ path }) => path)] : dropped,
    };
  }

  hasSystemTurns(): boolean {
    return mayHaveSystemTurns(this);
  }

  fitTurns({ foldsSystem }: TurnShape): TurnChanges {
    return { edits: foldsSystem ? foldSystem(this) : [], dropped: [] };
  }

  proofKeys(): string[] {
    return proofKeysIn(this.body);
  }

  proofs(): ClientProof[] {
    return findProofs(this);
  }

  decode(cutter?: TextCutter): NeutralRequest {
    const request = decodeRequest(parseBody(this, "messages", cutter));
    keepSchemaTexts(request, this, { schema: "input_schema" });
    return { operation: this.operation, request: blocksAsText(request) };
  }

  writer(options: WriterOptions): Writer {
    return createWriter({ operation: this.operation, stream: this.stream }, options);
  }
}

/** Anthropic's metadata has the user's id only, which agents send with each request; gateways read more from it. */
function namesUserOnly(name: string, { body, scan }: OpenedBody): boolean {
  const fields = name === "metadata" ? scanField(body, scan, name, {})?.fields : undefined;
  return fields !== undefined && [...fields.keys()].every((key) => key === "user_id");
}

/** Messages, system prompt and tools; images are inline in messages only. */
function readPromptBytes(opened: OpenedBody): number {
  const { body, scan } = opened;
  const messages = readMessages(opened);
  let bytes = promptBytesOf(messages, inlineImageBytes(body, messages));
  for (const name of ["system", "tools"]) {
    const field = scan.fields.get(name);
    if (field) bytes += field.end - field.start;
  }
  return bytes;
}

/** Headers that reach an Anthropic vendor as they are: the list of betas is open, so it is not checked. */
function dialectHeaders(headers: RequestHeaders): Record<string, string> {
  const own: Record<string, string> = {};
  for (const name of ["anthropic-version", "anthropic-beta"]) {
    const value = headers.get(name);
    if (value !== null) own[name] = value;
  }
  return own;
}
