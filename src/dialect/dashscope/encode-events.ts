import { must, unreachable } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { AnswerEvent, ChatEvent, TokenLogprob, Usage } from "../../call/index.ts";
import { foldAnswer, textOf, toolCallsOf, type FoldedChoice } from "../fold-answer.ts";
import { encodeFinishReason } from "../openai-chat/finish-reason.ts";
import { encodeLogprobs } from "../openai-chat/logprobs.ts";
import { heldSizeOf } from "../held-size.ts";
import type { JsonObject } from "../read.ts";
import { frameEvent } from "./frame.ts";
import type { ResultFormat } from "./model-rules.ts";
import { encodeUsage } from "./usage.ts";

/** How the client wants its answer. */
export interface AnswerForm {
  /** The content is a list of parts. */
  isMultimodal: boolean;
  resultFormat: ResultFormat;
  /** Each chunk has what is new, and not all of the text so far. */
  isIncremental: boolean;
}

export interface EncodeOptions {
  form: AnswerForm;
  requestId: string;
  /** Fields to add to the usage object: the cost. */
  usageExtra?: (usage: Usage) => JsonObject;
}

/** Turns events into the text of an event stream. */
export interface StreamEncoder {
  /** How many events have been written. */
  readonly count: number;
  /** About how many bytes are kept to be written again. */
  readonly heldBytes: number;
  encode(events: readonly AnswerEvent[]): string;
  /** The chunks in which the choices finish, the last with the usage. Apart from `encode`, so that they can be held back until the call is settled. */
  end(): string;
}

/** Encodes a chat answer as DashScope's stream: one chunk for what came together of a choice. */
export function createGenerationStreamEncoder(options: EncodeOptions): StreamEncoder {
  return new GenerationStreamEncoder(options);
}

/** The whole answer. An error among the events is thrown. */
export function encodeGeneration(events: readonly AnswerEvent[], options: EncodeOptions): JsonObject {
  const { choices, usage } = foldAnswer(events);
  const said = choices.map((choice) => saidOf(choice));
  return {
    output: encodeOutput(
      said.map((all, index) => ({ all, index, finish: finishOf(choices[index]) })),
      options.form,
      said.length > 1,
    ),
    ...(usage && { usage: encodeUsage(usage, options.usageExtra) }),
    request_id: options.requestId,
  };
}

/** What is said in a chunk, or so far. */
interface Said {
  text: string;
  reasoning: string | undefined;
  calls: { index: number; id: string; name: string | undefined; arguments: string }[];
  logprobs: TokenLogprob[];
}

interface OpenChoice {
  fresh: Said;
  /** All so far, where chunks repeat it. */
  all: Said;
  /** About the size of all, and what it was when it was last written. */
  bytes: number;
  writtenBytes: number;
  finish: Extract<ChatEvent, { type: "finish" }> | undefined;
}

class GenerationStreamEncoder implements StreamEncoder {
  readonly #options: EncodeOptions;
  readonly #choices = new Map<number, OpenChoice>();
  #usage: Usage | undefined;
  #frame: TextFrame | undefined;
  #count = 0;
  #heldBytes = 0;

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  encode(events: readonly AnswerEvent[]): string {
    for (const event of events) {
      if (event.type === "usage") this.#usage = event.usage;
      else if ("choice" in event) this.#take(event);
    }
    let text = "";
    for (const [index, choice] of this.#choices) if (this.#isDue(choice)) text += this.#write(index, choice);
    return text;
  }

  end(): string {
    let text = "";
    let left = this.#choices.size;
    for (const [index, choice] of this.#choices) text += this.#write(index, choice, --left === 0 ? "last" : "end");
    return text;
  }

  #take(event: Exclude<ChatEvent, { type: "start" | "usage" | "error" }>): void {
    const choice = this.#choiceAt(event.choice);
    if (event.type === "finish") {
      choice.finish = event;
      return;
    }
    add(choice.fresh, event);
    if (this.#options.form.isIncremental) return;
    add(choice.all, event);
    const bytes = heldSizeOf(event);
    choice.bytes += bytes;
    this.#heldBytes += bytes;
    if (this.#heldBytes > limits.parsedAnswerBytesMax)
      throw new SahabError(
        "upstream_invalid_response",
        `The vendor's answer takes more than ${limits.parsedAnswerBytesMax} bytes, too many to be repeated in each chunk`,
      );
  }

  #choiceAt(index: number): OpenChoice {
    let choice = this.#choices.get(index);
    if (!choice) {
      choice = { fresh: nothingSaid(), all: nothingSaid(), bytes: 0, writtenBytes: 0, finish: undefined };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  /** All that was said goes out in every chunk; of a long answer there are fewer, so that it is not sent more than some hundred times. */
  #isDue({ fresh, bytes, writtenBytes }: OpenChoice): boolean {
    if (isNothing(fresh)) return false;
    return this.#options.form.isIncremental || bytes - writtenBytes >= bytes / repeatsMax;
  }

  /** `end`: the choice has been said in full; `last`: so have all. */
  #write(index: number, choice: OpenChoice, place?: "end" | "last"): string {
    const { form, usageExtra } = this.#options;
    const all = form.isIncremental ? choice.fresh : choice.all;
    choice.fresh = nothingSaid();
    choice.writtenBytes = choice.bytes;
    if (place === undefined && isTextAlone(all)) {
      const { before, after } = this.#frameOf(index);
      return frameEvent(++this.#count, before + JSON.stringify(all.text) + after);
    }
    const finish = place === undefined ? "null" : finishOf(wordOf(choice));
    const usage = place === "last" && this.#usage ? encodeUsage(this.#usage, usageExtra) : undefined;
    return frameEvent(++this.#count, this.#chunkOf({ all, index, finish }, usage));
  }

  #chunkOf(choice: OutputChoice, usage?: JsonObject): string {
    const { form, requestId } = this.#options;
    const output = encodeOutput([choice], form, this.#choices.size > 1);
    return JSON.stringify({ output, usage, request_id: requestId });
  }

  /** A chunk with nothing but a text, around that text: made once, since most chunks differ in nothing else. */
  #frameOf(index: number): TextFrame {
    const known = this.#frame;
    const choices = this.#choices.size;
    if (known?.index === index && known.choices === choices) return known;
    const [before = "", after = ""] = this.#chunkOf({
      all: { ...nothingSaid(), text: placeholder },
      index,
      finish: "null",
    }).split(JSON.stringify(placeholder));
    return (this.#frame = { index, choices, before, after });
  }
}

const repeatsMax = 256;

interface TextFrame {
  /** Of the choice, and how many choices there are. */
  index: number;
  choices: number;
  before: string;
  after: string;
}

/** No request's id has it. */
const placeholder = "\0";

function isTextAlone({ text, reasoning, calls, logprobs }: Said): boolean {
  return text !== "" && reasoning === undefined && calls.length + logprobs.length === 0;
}

function nothingSaid(): Said {
  return { text: "", reasoning: undefined, calls: [], logprobs: [] };
}

function isNothing({ text, reasoning, calls, logprobs }: Said): boolean {
  return text === "" && !reasoning && calls.length + logprobs.length === 0;
}

type SayingEvent = Exclude<ChatEvent, { type: "start" | "usage" | "error" | "finish" }>;

/** Adds what an event says. A proof has no place in this dialect. */
function add(said: Said, event: SayingEvent): void {
  switch (event.type) {
    case "text-delta":
      for (const logprob of event.logprobs ?? []) said.logprobs.push(logprob);
      said.text += event.text;
      return;
    case "refusal-delta":
      said.text += event.text;
      return;
    case "reasoning-delta":
      said.reasoning = (said.reasoning ?? "") + event.text;
      return;
    case "tool-call-start":
      said.calls.push({ index: event.index, id: event.id, name: event.name, arguments: "" });
      return;
    case "tool-call-delta": {
      const known = said.calls.find(({ index }) => index === event.index);
      if (known) known.arguments += event.arguments;
      // Of a call that began in an earlier chunk only the arguments are new.
      else said.calls.push({ index: event.index, id: "", name: undefined, arguments: event.arguments });
      return;
    }
    case "reasoning-signature":
      return;
    default:
      unreachable(event);
  }
}

function saidOf(choice: FoldedChoice): Said {
  return {
    text: (textOf(choice, "text") ?? "") + (textOf(choice, "refusal") ?? ""),
    reasoning: textOf(choice, "reasoning"),
    calls: toolCallsOf(choice).map(({ id, name, arguments: json }, index) => ({ index, id, name, arguments: json })),
    logprobs: choice.logprobs ?? [],
  };
}

function wordOf({ finish }: OpenChoice): Pick<FoldedChoice, "finish" | "unknownWord"> {
  return { finish: finish?.reason ?? null, unknownWord: finish?.unknownWord };
}

/** The text `null` where it goes on. */
function finishOf(choice: Pick<FoldedChoice, "finish" | "unknownWord"> | undefined): string {
  return choice?.finish ? encodeFinishReason(choice.finish, choice.unknownWord) : "null";
}

interface OutputChoice {
  all: Said;
  index: number;
  finish: string;
}

function encodeOutput(choices: readonly OutputChoice[], form: AnswerForm, areSeveral: boolean): JsonObject {
  if (form.resultFormat === "text" && !areSeveral) {
    const { all, finish } = must(choices[0], "an answer has a choice");
    // Unverified: where the older form has what the model thought.
    return { text: all.text, reasoning_content: all.reasoning, finish_reason: finish };
  }
  return {
    choices: choices.map(({ all, index, finish }) => ({
      finish_reason: finish,
      index: areSeveral ? index : undefined,
      message: encodeMessage(all, form),
      logprobs: all.logprobs.length === 0 ? undefined : { content: encodeLogprobs(all.logprobs) },
    })),
  };
}

function encodeMessage({ text, reasoning, calls }: Said, { isMultimodal }: AnswerForm): JsonObject {
  return {
    role: "assistant",
    content: isMultimodal ? (text === "" ? [] : [{ text }]) : text,
    reasoning_content: reasoning,
    tool_calls:
      calls.length === 0
        ? undefined
        : calls.map(({ index, id, name, arguments: json }) => ({
            index,
            id,
            type: "function",
            function: { name, arguments: json },
          })),
  };
}
