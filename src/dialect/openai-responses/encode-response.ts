import { newId } from "../../base/ids.ts";
import {
  noUsage,
  type AnswerEvent,
  type ChatEvent,
  type FinishReason,
  type ReasoningSignature,
  type Usage,
} from "../../call/index.ts";
import { foldAnswer, textOf, type FoldedChoice } from "../fold-answer.ts";
import type { JsonObject } from "../read.ts";
import {
  encodeItem,
  newCall,
  newMessage,
  newReasoning,
  newSummary,
  type ItemStatus,
  type OutputItem,
} from "./encode-items.ts";
import type { KeepingState } from "./keeping-state.ts";
import { dialectName } from "./shared-fields.ts";
import type { ToolNames } from "../tool-aliases.ts";
import { encodeUsage } from "./usage.ts";

export interface EncodeOptions {
  /** What the client calls its tools. */
  names: ToolNames;
  /** The request's parameters, as `echoRequest` makes them. */
  echo: string;
  state?: KeepingState | undefined;
  /** The text is a summary of the conversation, which the client gets as the one item that stands for it. */
  isSummary?: boolean;
  /** Fields to add to the usage object: the cost. */
  usageExtra?: ((usage: Usage) => JsonObject) | undefined;
}

/** The whole answer as the JSON text of a response. An error among the events is thrown. */
export function encodeResponse(events: readonly AnswerEvent[], options: EncodeOptions): string {
  const { start, choices, usage } = foldAnswer(events);
  const [answer] = choices;
  const finish = endOf(answer?.finish ?? "stop", answer?.unknownWord);
  const items = itemsOf(answer, options);
  const output = items.map((item, at) =>
    JSON.stringify(encodeItem(item, at === items.length - 1 ? finish.status : "completed")),
  );
  return new ResponseHead(start, options).encode({ ...finish, output, usage: usage ?? noUsage });
}

/** The items of a whole answer. */
function itemsOf(answer: FoldedChoice | undefined, { names, isSummary }: EncodeOptions): OutputItem[] {
  if (isSummary) return [newSummary(answer && textOf(answer, "text"), answer?.finish)];
  const items: OutputItem[] = [];
  const { parts = [], logprobs } = answer ?? {};
  // Nothing tells which text they belong to, and nearly every answer has one.
  let proofs = logprobs ?? [];
  for (const part of parts) {
    if (part.type === "tool-call") items.push({ ...newCall(part, names.alias(part.name)), arguments: part.arguments });
    else if (part.type === "reasoning") {
      const signature = ownSignature(part.signature);
      if (signature || !part.signature?.isRedacted) items.push({ ...newReasoning(signature), text: part.text });
    } else if (part.text !== "") {
      const last = items.at(-1);
      const message = last?.type === "message" ? last : newMessage();
      if (message !== last) items.push(message);
      const isText = part.type === "text";
      message.parts.push({ type: isText ? "output_text" : "refusal", text: part.text, logprobs: isText ? proofs : [] });
      if (isText) proofs = [];
    }
  }
  return items;
}

/** Another vendor's proof is worth nothing here, and would be taken for one of this dialect when it came back. */
export function ownSignature(signature: ReasoningSignature | undefined): ReasoningSignature | undefined {
  return signature?.origin === dialectName ? signature : undefined;
}

interface ResponseEnd {
  status: Exclude<ItemStatus, "in_progress">;
  /** Why it is incomplete. */
  reason: string | undefined;
}

/** What the reason of an end is called here. A paused turn is not complete, and has no word of its own. */
export function endOf(reason: FinishReason, unknownWord?: string): ResponseEnd {
  if (unknownWord !== undefined || reason === "stop" || reason === "tool-calls")
    return { status: "completed", reason: undefined };
  const isFiltered = reason === "content-filter" || reason === "refusal";
  return { status: "incomplete", reason: isFiltered ? "content_filter" : "max_output_tokens" };
}

type StartEvent = Extract<ChatEvent, { type: "start" }>;

interface ResponseState {
  status: "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";
  reason?: string | undefined;
  /** JSON of each item. */
  output: readonly string[];
  usage?: Usage | undefined;
  error?: JsonObject | undefined;
}

/** Writes the response object of one answer, as far as that has come. */
export class ResponseHead {
  readonly id: string;
  readonly #start: string;
  readonly #rest: string;
  readonly #createdS: number;
  readonly #options: EncodeOptions;

  /** An id of another dialect's kind would be refused where clients give it back. */
  constructor({ id, model, createdS }: StartEvent, options: EncodeOptions) {
    const { queuedId, previousId, isStored = false } = options.state ?? {};
    this.id = queuedId ?? (id.startsWith("resp_") ? id : newId("resp"));
    this.#options = options;
    this.#createdS = createdS;
    this.#start = `{"id":${JSON.stringify(this.id)},"object":"response","created_at":${createdS},`;
    const previous = JSON.stringify(previousId ?? null);
    this.#rest = `"background":${queuedId !== undefined},${options.echo}"model":${JSON.stringify(model)},"previous_response_id":${previous},"store":${isStored},`;
  }

  encode({ status, reason, output, usage, error }: ResponseState): string {
    const counts = usage ? encodeUsage(usage, usage === noUsage ? undefined : this.#options.usageExtra?.(usage)) : null;
    const now = Math.max(this.#createdS, Math.floor(Date.now() / 1000));
    const state = JSON.stringify({
      status,
      completed_at: status === "completed" ? now : null,
      error: error ?? null,
      incomplete_details: reason === undefined ? null : { reason },
      usage: counts,
    });
    return `${this.#start}${this.#rest}"output":[${output.join(",")}],${state.slice(1)}`;
  }
}
