import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { ChatEvent } from "../../call/index.ts";
import type { StreamDecoder } from "../dialect.ts";
import { readFinishWord } from "../finish-words.ts";
import {
  createChatStreamDecoder,
  decodeChatResponse,
  type ChunkDecoder,
  type ChunkDecoderOptions,
} from "../openai-chat/decode-events.ts";
import { isObject, type JsonObject } from "../read.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "../vendor-error.ts";
import { Increments, type ChunkPart } from "./increments.ts";
import { UsageOfChoices } from "./usage.ts";

interface DecoderOptions extends ChunkDecoderOptions {
  /** Native answers do not name their model. */
  model?: string | undefined;
}

/** Decodes a stream of native chunks. Its increments say what OpenAI's chunks say, and are read as such. */
export function createGenerationStreamDecoder(options: DecoderOptions): StreamDecoder {
  return new GenerationStreamDecoder(options);
}

/** Decodes a whole native answer. Throws the error that was sent in its place, or `upstream_invalid_response`. */
export function decodeGeneration(json: unknown, options: DecoderOptions): ChatEvent[] {
  if (saysError(json)) throw decodeErrorObject(json);
  if (!isObject(json)) throw invalid("answer is JSON that is not an object");
  if (!isObject(json["output"])) throw describesError(json) ? decodeErrorObject(json) : invalid("answer has no output");
  const choices = choicesOf(json["output"]).map((choice) => {
    const message = isObject(choice["message"]) ? choice["message"] : {};
    const { reasoning_content: reasoning, ...rest } = message;
    return { ...choice, message: reasoning === "" ? rest : message };
  });
  return decodeChatResponse({ ...headOf(json, options), choices, usage: json["usage"] }, options);
}

/** The state of one stream. */
class GenerationStreamDecoder implements StreamDecoder {
  readonly isDone = false;
  readonly #options: DecoderOptions;
  readonly #chunks: ChunkDecoder;
  readonly #increments = new Increments();
  readonly #usage: UsageOfChoices;
  #head: JsonObject = {};
  #failure: SahabError | undefined;

  constructor(options: DecoderOptions) {
    this.#options = options;
    this.#chunks = createChatStreamDecoder(options);
    this.#usage = new UsageOfChoices(options.choiceCount);
  }

  get heldBytes(): number {
    return this.#increments.heldBytes + this.#chunks.heldBytes;
  }

  decode(data: string, event: string): ChatEvent[] | undefined {
    if (this.#failure) return [];
    const isError = event === "error";
    if (!isError && (data.trim() === "" || event === "done")) return undefined;
    const json = parseJson(data);
    if (isError || saysError(json)) return this.#fail(decodeErrorObject(json));
    if (json === undefined) return this.#fail(invalid("stream has an event that is not valid JSON"));
    if (!isObject(json)) return this.#fail(invalid("stream has JSON that is not an object"));
    const { output } = json;
    if (!isObject(output) && describesError(json)) return this.#fail(decodeErrorObject(json));
    this.#head = headOf(json, this.#options);
    const parts = isObject(output) ? choicesOf(output).map(partOf) : [];
    const ready = this.#increments.take(parts, data.length);
    if (!ready) return this.#fail(invalid("stream changes what it had sent"));
    if (this.#increments.heldBytes > limits.parsedAnswerBytesMax)
      return this.#fail(
        invalid(`answer takes more than ${limits.parsedAnswerBytesMax} bytes, of which each chunk repeats all`),
      );
    return this.#chunksOf(ready, this.#usage.add(json["usage"], parts));
  }

  end(): ChatEvent[] {
    if (this.#failure) return [{ type: "error", error: this.#failure }];
    return [...this.#chunksOf(this.#increments.end(), undefined), ...this.#chunks.end()];
  }

  #chunksOf(ready: readonly ChunkPart[][], usage: unknown): ChatEvent[] {
    const [first, ...others] = ready;
    if (others.length === 0) return this.#chunkOf(first ?? [], usage);
    const last = ready.length - 1;
    return ready.flatMap((parts, index) => this.#chunkOf(parts, index === last ? usage : undefined));
  }

  #chunkOf(parts: readonly ChunkPart[], usage: unknown): ChatEvent[] {
    if (parts.length === 0 && usage === undefined) return [];
    const { id, model } = this.#head;
    const events = this.#chunks.decodeChunk({ id, model, choices: parts.map(encodeChunkChoice), usage }) ?? [];
    const last = events.at(-1);
    if (last?.type === "error") this.#failure = last.error;
    return events;
  }

  #fail(error: SahabError): ChatEvent[] {
    this.#failure = error;
    return [{ type: "error", error }];
  }
}

function headOf(json: JsonObject, { model }: DecoderOptions): JsonObject {
  return { id: json["request_id"], model };
}

/** The choices, or the one that the older form has instead of them. */
function choicesOf({ choices, text, reasoning_content: reasoning, finish_reason: finish }: JsonObject): JsonObject[] {
  if (Array.isArray(choices) && choices.length > 0) return choices.filter(isObject);
  if (typeof text !== "string" && (finish ?? null) === null) return [];
  return [
    {
      index: 0,
      message: { role: "assistant", content: text ?? "", reasoning_content: reasoning },
      finish_reason: finish,
    },
  ];
}

function partOf(choice: JsonObject, position: number): ChunkPart {
  const { index, finish_reason: finish, logprobs } = choice;
  const message = isObject(choice["message"]) ? choice["message"] : {};
  const calls = Array.isArray(message["tool_calls"]) ? message["tool_calls"].filter(isObject) : [];
  return {
    choice: typeof index === "number" ? index : position,
    text: textOf(message["content"]),
    reasoning: textOf(message["reasoning_content"]),
    calls: calls.map((call, at) => {
      const called = isObject(call["function"]) ? call["function"] : {};
      const given = called["arguments"];
      return {
        index: typeof call["index"] === "number" ? call["index"] : at,
        id: call["id"],
        name: called["name"],
        arguments: typeof given === "string" ? given : isObject(given) ? JSON.stringify(given) : "",
      };
    }),
    logprobs,
    finish,
    isFinish: readFinishWord(finish) !== undefined,
  };
}

/** The content of a model that takes media is a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part) => (isObject(part) && typeof part["text"] === "string" ? part["text"] : "")).join("");
}

function encodeChunkChoice({ choice, text, reasoning, calls, logprobs, finish }: ChunkPart): JsonObject {
  const delta: JsonObject = { content: text };
  // An empty one beside each text says that there was none.
  if (reasoning !== "") delta["reasoning_content"] = reasoning;
  if (calls.length > 0)
    delta["tool_calls"] = calls.map(({ index, id, name, arguments: json }) => ({
      index,
      id,
      function: { name, arguments: json },
    }));
  return { index: choice, delta, logprobs, finish_reason: finish };
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's ${problem}`);
}
