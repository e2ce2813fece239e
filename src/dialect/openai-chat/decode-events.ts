import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { ChatEvent, Usage } from "../../call/index.ts";
import type { Quirks, StreamDecoder } from "../dialect.ts";
import { readFinishWord } from "../finish-words.ts";
import { throwBareError } from "../throw-bare-error.ts";
import { isObject, readName, type JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "../vendor-error.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { ThinkTags, type Told } from "./think-tags.ts";
import { hasToolCalls, ToolCallDecoder, type Remembered } from "./tool-call-decoder.ts";
import { usageOf } from "./usage.ts";

/** What `ChunkDecoder` must know of the request. */
export interface ChunkDecoderOptions {
  /** How many choices a whole answer has. */
  choiceCount: number;
  /** Told a reason for the end of a choice that nobody documents. */
  onUnknownFinish?: ((word: string) => void) | undefined;
  quirks?: Quirks | undefined;
  /** See AnswerKind. */
  isRaw?: boolean;
}

/** Decodes a stream of `chat.completion.chunk`. What it forgives of vendors' habits is said beside the code that does. */
export function createChatStreamDecoder(options: ChunkDecoderOptions): ChunkDecoder {
  return new ChunkDecoder(options, decodeDelta);
}

/**
 * Decodes a whole `chat.completion`. Throws the error that was sent in its place, or `upstream_invalid_response`; of an answer that was
 * broken off the error is the last event.
 */
export function decodeChatResponse(json: unknown, options: ChunkDecoderOptions): ChatEvent[] {
  return decodeWhole(json, new ChunkDecoder(options, decodeMessage));
}

/** The answer of a vendor read as one big chunk; its choices must all be there. */
export function decodeWhole(json: unknown, decoder: ChunkDecoder): ChatEvent[] {
  const choices = isObject(json) && !saysError(json) && !describesError(json) ? (json["choices"] ?? []) : undefined;
  if (choices !== undefined && (!Array.isArray(choices) || choices.length === 0))
    throw invalid("answer has no choices");
  const events = decoder.decodeChunk(json) ?? [];
  for (const event of decoder.end()) events.push(event);
  return throwBareError(events);
}

interface ChoiceState {
  isFinished: boolean;
  /** Reasoning has come, if only an empty one. */
  hasReasoned: boolean;
  /** Undefined until a call comes. */
  tools: ToolCallDecoder | undefined;
  /** Of the calls of all choices. */
  remembered: Remembered;
  /** Undefined where thoughts have a field of their own. */
  tags: ThinkTags | undefined;
}

/** Adds to `events` what a choice says. Returns what is wrong with it, if anything. */
type DecodeChoice = (choice: number, fields: JsonObject, state: ChoiceState, events: ChatEvent[]) => string | undefined;

/** The state of one stream: which choices began and finished, and whether it broke. */
export class ChunkDecoder implements StreamDecoder {
  readonly #options: ChunkDecoderOptions;
  readonly #decodeChoice: DecodeChoice;
  readonly #choices = new Map<number, ChoiceState>();
  readonly #remembered: Remembered = { chars: 0 };
  #isDone = false;
  #hasStarted = false;
  #hasFailed = false;

  constructor(options: ChunkDecoderOptions, decodeChoice: DecodeChoice) {
    this.#options = options;
    this.#decodeChoice = decodeChoice;
  }

  get isBetween(): boolean {
    for (const { tags } of this.#choices.values()) if (tags?.isThinking) return true;
    return false;
  }

  /** `[DONE]` has come. */
  get isDone(): boolean {
    return this.#isDone;
  }

  get heldBytes(): number {
    return this.#remembered.chars;
  }

  decode(data: string, event: string): ChatEvent[] | undefined {
    if (this.#hasFailed || this.#isDone) return [];
    const text = data.trim();
    if (text === "[DONE]") {
      this.#isDone = true;
      return [];
    }
    // By the rules such an event is none, but not all SDKs know that.
    if (text === "") return undefined;
    const chunk = parseJson(data);
    if (event === "error") return this.#fail(decodeErrorObject(chunk, this.#options.quirks));
    if (chunk !== undefined) return this.decodeChunk(chunk, event);
    return this.#fail(invalid("stream has an event that is not valid JSON"));
  }

  decodeChunk(chunk: unknown, event = "message"): ChatEvent[] | undefined {
    if (saysError(chunk)) return this.#fail(decodeErrorObject(chunk, this.#options.quirks), usageOf(chunk));
    if (!isObject(chunk)) return this.#fail(invalid("answer has JSON that is not an object"));
    const { choices } = chunk;
    if (Array.isArray(choices) && choices.length > 0) return this.#decodeChoices(chunk, choices);
    if (describesError(chunk)) return this.#fail(decodeErrorObject(chunk, this.#options.quirks), usageOf(chunk));
    // Some vendors count in an event that has no list of choices.
    if (Array.isArray(choices) || ((choices ?? null) === null && usageOf(chunk))) return this.#decodeChoices(chunk, []);
    if (choices === undefined && (event !== "message" || chunk["type"] === "ping")) return undefined;
    return this.#fail(invalid("stream has an event without a list of choices"));
  }

  #decodeChoices(chunk: JsonObject, choices: readonly unknown[]): ChatEvent[] {
    const events: ChatEvent[] = [];
    // Ark can send usage in every chunk, Moonshot in a choice.
    let usage = usageOf(chunk);
    // Azure's first chunk has filter results only, and neither id nor model.
    if (!this.#hasStarted && (choices.length > 0 || usage)) {
      this.#hasStarted = true;
      events.push(decodeStart(chunk));
    }
    if (choices.length > choicesMax)
      return [...events, ...this.#fail(invalid(`answer has more than ${choicesMax} choices`), usage)];
    for (let position = 0; position < choices.length; position++) {
      const fields = choices[position];
      if (!isObject(fields))
        return [...events, ...this.#fail(invalid("answer has a choice that is not an object"), usage)];
      usage = usageOf(fields) ?? usage;
      const failure = this.#decodeChoiceOf(fields, position, events);
      if (failure !== undefined) return [...events, ...this.#fail(failure, usage)];
    }
    if (usage) events.push({ type: "usage", usage });
    return events;
  }

  end(): ChatEvent[] {
    if (this.#hasFailed) return [];
    let finished = 0;
    for (const choice of this.#choices.values()) if (choice.isFinished) finished++;
    // Some vendors end without [DONE]; what proves an answer whole is the end of each choice that was asked for or begun.
    if (finished >= Math.max(this.#options.choiceCount, this.#choices.size)) return [];
    return this.#fail(new SahabError("stream_interrupted", "The vendor's answer ended before it was complete"));
  }

  #decodeChoiceOf(fields: JsonObject, position: number, events: ChatEvent[]): SahabError | undefined {
    const index = fields["index"];
    const choice =
      typeof index === "number" && Number.isInteger(index) && index >= 0 && index < choicesMax ? index : position;
    // OpenRouter reports an error inside the choice that failed.
    if (saysError(fields)) return decodeErrorObject(fields, this.#options.quirks);
    let state = this.#choices.get(choice);
    if (state === undefined) {
      state = {
        isFinished: false,
        hasReasoned: false,
        tools: undefined,
        remembered: this.#remembered,
        tags: this.#makeTags(),
      };
      this.#choices.set(choice, state);
    }
    // Some vendors repeat the last chunk with the usage added.
    if (state.isFinished) return undefined;
    const problem = this.#decodeChoice(choice, fields, state, events);
    if (problem !== undefined) return invalid(problem);
    const finish = readFinishWord(fields["finish_reason"]);
    if (finish === undefined) return undefined;
    if (finish.type === "failure")
      return new SahabError("stream_interrupted", `The vendor broke off the answer (${finish.word})`);
    const { reason, unknownWord } = finish;
    if (unknownWord !== undefined) this.#options.onUnknownFinish?.(unknownWord);
    if (state.tags) pushTold(state.tags.end(), choice, state, events);
    state.tools?.end(events);
    state.isFinished = true;
    // vLLM names the stop text that ended the choice.
    const stopSequence = fields["stop_reason"];
    events.push({
      type: "finish",
      choice,
      // Some vendors say "stop" after tool calls; clients run the tools only on the proper reason.
      reason: reason === "stop" && state.tools && unknownWord === undefined ? "tool-calls" : reason,
      ...(reason === "stop" && typeof stopSequence === "string" && { stopSequence }),
      ...(unknownWord !== undefined && { unknownWord }),
    });
    return undefined;
  }

  /** Bytes that are passed on have the tags that the client knows from its vendor. */
  #makeTags(): ThinkTags | undefined {
    const { quirks, isRaw } = this.#options;
    return quirks?.thinkTags && !isRaw ? new ThinkTags() : undefined;
  }

  /** Usage that came with the failure is reported: it was spent. */
  #fail(error: SahabError, usage?: Usage): ChatEvent[] {
    this.#hasFailed = true;
    return [...(usage ? [{ type: "usage", usage } as const] : []), { type: "error", error }];
  }
}

/** More choices than any request may ask for, prompts times answers. */
const choicesMax = 4096;

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's ${problem}`);
}

function decodeStart(chunk: JsonObject): ChatEvent {
  const { id, model, created, system_fingerprint: fingerprint } = chunk;
  return {
    type: "start",
    id: readName(id) || newId("chatcmpl"),
    model: readName(model),
    createdS: typeof created === "number" && created > 0 ? Math.floor(created) : Math.floor(Date.now() / 1000),
    ...(typeof fingerprint === "string" && { fingerprint: readName(fingerprint) }),
  };
}

const decodeDelta: DecodeChoice = (choice, fields, state, events) => {
  const { delta } = fields;
  if (isObject(delta)) return decodeSaid(choice, delta, fields["logprobs"], state, events);
  // Azure leaves the delta out where there is none. Clients of a stream read no message and no text.
  const other = [delta, fields["message"], fields["text"]].some((value) => (value ?? "") !== "");
  return other ? "stream has something else in the place of a delta" : undefined;
};

const decodeMessage: DecodeChoice = (choice, fields, state, events) => {
  const { message } = fields;
  // Go's vendors leave out an empty content, but not the role; a filter may leave nothing.
  const isMessage = isObject(message) && (Object.keys(message).length > 0 || isFiltered(fields["finish_reason"]));
  if (!isMessage) return "answer has a choice without a message";
  return decodeSaid(choice, message, fields["logprobs"], state, events);
};

function isFiltered(word: unknown): boolean {
  const finish = readFinishWord(word);
  return finish?.type === "finish" && finish.reason === "content-filter";
}

/** Returns what is wrong with a delta or message, if anything. */
function decodeSaid(
  choice: number,
  delta: JsonObject,
  tokens: unknown,
  state: ChoiceState,
  events: ChatEvent[],
): string | undefined {
  const content = delta["content"] ?? "";
  if (typeof content !== "string" && !Array.isArray(content))
    return "answer has a content that is neither text nor list";
  // OpenRouter and newer vLLM say `reasoning`.
  const reasoning =
    delta["reasoning_content"] ??
    delta["reasoning"] ??
    decodeDetails(delta["reasoning_details"]) ??
    decodeThinking(content);
  // The first is kept even if empty: DeepSeek demands an empty one back in later turns.
  if (typeof reasoning === "string" && (reasoning !== "" || !state.hasReasoned)) {
    state.hasReasoned = true;
    events.push({ type: "reasoning-delta", choice, text: reasoning });
  }
  const text = decodeText(content);
  const logprobs = decodeLogprobs(tokens);
  if (state.tags && !state.tags.isSettled && logprobs === undefined)
    pushTold(state.tags.take(text), choice, state, events);
  else if (text !== "" || logprobs !== undefined)
    events.push({ type: "text-delta", choice, text, ...(logprobs !== undefined && { logprobs }) });
  const { refusal } = delta;
  if (typeof refusal === "string" && refusal !== "") events.push({ type: "refusal-delta", choice, text: refusal });
  return hasToolCalls(delta)
    ? (state.tools ??= new ToolCallDecoder(choice, state.remembered)).decode(delta, events)
    : undefined;
}

function pushTold({ reasoning, text }: Told, choice: number, state: ChoiceState, events: ChatEvent[]): void {
  if (reasoning !== "") {
    state.hasReasoned = true;
    events.push({ type: "reasoning-delta", choice, text: reasoning });
  }
  if (text !== "") events.push({ type: "text-delta", choice, text });
}

/** OpenRouter's list, and MiniMax's; parts that are encrypted say nothing. */
function decodeDetails(details: unknown): string | undefined {
  if (!Array.isArray(details)) return undefined;
  const texts = details.map((detail) => (isObject(detail) ? (detail["text"] ?? detail["summary"]) : undefined));
  const said = texts.filter((text) => typeof text === "string");
  return said.length === 0 ? undefined : said.join("");
}

/** Mistral's thinking models send a list of parts for content. */
function decodeText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : "")).join("");
}

/** Mistral's thinking is a part that holds a list of its own; undefined where there is none. */
function decodeThinking(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  const thinking = content.filter((part) => isObject(part) && part["type"] === "thinking");
  return thinking.length === 0 ? undefined : thinking.map((part: JsonObject) => decodeText(part["thinking"])).join("");
}
