import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { ChatEvent, Usage } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { decodeErrorObject } from "./error-body.ts";
import { decodeFinishReason } from "./finish-reason.ts";
import { decodeLogprobs } from "./logprobs.ts";
import { ToolCallDecoder } from "./tool-call-decoder.ts";
import { usageOf } from "./usage.ts";

/** Turns the `data` of a vendor's stream into events, one payload at a time. */
export interface StreamDecoder {
  /** Nothing is thrown for what a vendor sends: broken payloads become an error event, after which there are no more. */
  decode(data: string): ChatEvent[];
  /**
   * To be called once when the stream has ended: the usage, unless it has been told, and an error where the answer
   * is not whole (neither `[DONE]` nor a finish reason for every choice that began).
   */
  end(): ChatEvent[];
  /** `[DONE]` has come. */
  readonly isDone: boolean;
}

/** Decodes a stream of `chat.completion.chunk`. Vendors' habits that it forgives stand beside the code that does. */
export function createChatStreamDecoder(): StreamDecoder {
  return new ChunkDecoder((choice, fields, state) => {
    const delta = isObject(fields["delta"]) ? fields["delta"] : {};
    return decodeChatDelta(choice, delta, fields, state);
  });
}

/** Decodes a whole `chat.completion`. Throws the error that stands in its place, or `upstream_invalid_response`. */
export function decodeChatResponse(json: unknown): ChatEvent[] {
  return decodeWhole(json, createMessageDecoder());
}

/** The answer of a vendor read as one big chunk; its choices must all be there. */
export function decodeWhole(json: unknown, decoder: ChunkDecoder): ChatEvent[] {
  if (isObject(json) && !hasError(json) && (!Array.isArray(json["choices"]) || json["choices"].length === 0)) {
    throw new SahabError("upstream_invalid_response", "The vendor's answer has no choices");
  }
  const events = [...decoder.decodeChunk(json), ...decoder.end()];
  const last = events.at(-1);
  if (last?.type === "error") throw last.error;
  return events;
}

function createMessageDecoder(): ChunkDecoder {
  return new ChunkDecoder((choice, fields, state) => {
    const message = isObject(fields["message"]) ? fields["message"] : {};
    return decodeChatDelta(choice, message, fields, state);
  });
}

interface ChoiceState {
  isFinished: boolean;
  /** Reasoning has come, if only an empty one. */
  hasReasoned: boolean;
  tools: ToolCallDecoder;
}

type DecodeChoice = (choice: number, fields: JsonObject, state: ChoiceState) => ChatEvent[];

/** The state of one stream: which choices began and finished, the latest usage, whether it broke. */
export class ChunkDecoder implements StreamDecoder {
  isDone = false;
  private hasStarted = false;
  private hasFailed = false;
  private usage: Usage | undefined;
  private readonly choices = new Map<number, ChoiceState>();
  private readonly decodeChoice: DecodeChoice;

  constructor(decodeChoice: DecodeChoice) {
    this.decodeChoice = decodeChoice;
  }

  decode(data: string): ChatEvent[] {
    if (this.hasFailed || this.isDone) return [];
    if (data.trim() === "[DONE]") {
      this.isDone = true;
      return [];
    }
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      return this.fail(
        new SahabError("upstream_invalid_response", "An event of the vendor's stream is not valid JSON"),
      );
    }
    return this.decodeChunk(chunk);
  }

  decodeChunk(chunk: unknown): ChatEvent[] {
    if (!isObject(chunk))
      return this.fail(
        new SahabError("upstream_invalid_response", "The vendor answered with JSON that is not an object"),
      );
    if (hasError(chunk)) return this.fail(decodeErrorObject(chunk));
    const events: ChatEvent[] = [];
    // Ark can send usage in every chunk, Moonshot in a choice; the last one counts.
    this.usage = usageOf(chunk) ?? this.usage;
    if (!this.hasStarted) {
      this.hasStarted = true;
      events.push(decodeStart(chunk));
    }
    const choices = Array.isArray(chunk["choices"]) ? chunk["choices"].filter(isObject) : [];
    for (const [position, fields] of choices.entries()) {
      this.usage = usageOf(fields) ?? this.usage;
      const failure = this.decodeOne(fields, position, events);
      if (failure !== undefined) return [...events, ...this.fail(failure)];
    }
    return events;
  }

  end(): ChatEvent[] {
    if (this.hasFailed) return [];
    // Vendors that end without [DONE] have said all when every choice has its finish reason, and the other way round.
    const unfinished = [...this.choices].filter(([, choice]) => !choice.isFinished);
    if (this.choices.size > 0 && (this.isDone || unfinished.length === 0)) {
      const finishes = unfinished.map(([choice]): ChatEvent => ({ type: "finish", choice, reason: "stop" }));
      return [...finishes, ...this.tellUsage()];
    }
    return this.fail(new SahabError("stream_interrupted", "The vendor's stream ended in the middle of the answer"));
  }

  private decodeOne(fields: JsonObject, position: number, events: ChatEvent[]): SahabError | undefined {
    const index = fields["index"];
    const choice =
      typeof index === "number" && Number.isInteger(index) && index >= 0 && index < choicesMax ? index : position;
    let state = this.choices.get(choice);
    if (state === undefined) {
      state = { isFinished: false, hasReasoned: false, tools: new ToolCallDecoder(choice) };
      this.choices.set(choice, state);
    }
    // Some vendors repeat the last chunk with the usage added.
    if (state.isFinished) return undefined;
    events.push(...this.decodeChoice(choice, fields, state));
    const reason = fields["finish_reason"];
    if (typeof reason !== "string" || reason === "") return undefined;
    const decoded = decodeFinishReason(reason);
    if (decoded === "failed")
      return new SahabError("stream_interrupted", `The vendor broke off the answer (${reason})`);
    events.push(...state.tools.end());
    state.isFinished = true;
    // Some vendors say "stop" after tool calls; clients run the tools only on the proper reason.
    events.push({
      type: "finish",
      choice,
      reason: decoded === "stop" && state.tools.count > 0 ? "tool-calls" : decoded,
    });
    return undefined;
  }

  /** The usage so far is told even then: it was spent. */
  private fail(error: SahabError): ChatEvent[] {
    this.hasFailed = true;
    return [...this.tellUsage(), { type: "error", error }];
  }

  private tellUsage(): ChatEvent[] {
    return this.usage && this.hasStarted ? [{ type: "usage", usage: this.usage }] : [];
  }
}

/** More choices than any request may ask for, prompts times answers. */
const choicesMax = 4096;

function hasError(chunk: JsonObject): boolean {
  const { error } = chunk;
  // vLLM before 0.10 sends `{"object":"error","message":…}`.
  return (error !== undefined && error !== null && error !== false) || chunk["object"] === "error";
}

function decodeStart(chunk: JsonObject): ChatEvent {
  const { id, model, created, system_fingerprint: fingerprint } = chunk;
  return {
    type: "start",
    id: typeof id === "string" && id !== "" ? id : newId("chatcmpl"),
    model: typeof model === "string" ? model : "",
    createdS: typeof created === "number" && created > 0 ? Math.floor(created) : Math.floor(Date.now() / 1000),
    ...(typeof fingerprint === "string" && { fingerprint }),
  };
}

function decodeChatDelta(choice: number, delta: JsonObject, fields: JsonObject, state: ChoiceState): ChatEvent[] {
  const events: ChatEvent[] = [];
  // OpenRouter and newer vLLM say `reasoning`.
  const reasoning = delta["reasoning_content"] ?? delta["reasoning"];
  // The first is kept even if empty: DeepSeek demands an empty one back in later turns.
  if (typeof reasoning === "string" && (reasoning !== "" || !state.hasReasoned)) {
    state.hasReasoned = true;
    events.push({ type: "reasoning-delta", choice, text: reasoning });
  }
  const text = decodeText(delta["content"]);
  const logprobs = decodeLogprobs(fields["logprobs"]);
  if (text !== "" || logprobs !== undefined)
    events.push({ type: "text-delta", choice, text, ...(logprobs !== undefined && { logprobs }) });
  const { refusal } = delta;
  if (typeof refusal === "string" && refusal !== "") events.push({ type: "refusal-delta", choice, text: refusal });
  events.push(...state.tools.decode(delta));
  return events;
}

/** Mistral's thinking models send a list of parts for content. */
function decodeText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : "")).join("");
}
