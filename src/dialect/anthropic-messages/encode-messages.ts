import { unreachable } from "../../base/assert.ts";
import {
  fieldName,
  isMedia,
  kindNotCarried,
  notCarried,
  type ChatMessage,
  type ChatRequest,
  type ImagePart,
  type Part,
  type ReasoningPart,
  type TextPart,
} from "../../call/index.ts";
import type { JsonObject } from "../read.ts";
import { CallIds } from "../call-ids.ts";
import { isDataUrl, readImageData } from "../data-url.ts";
import { GatheredTurns } from "../gathered-turns.ts";
import { dialectName } from "./shared-fields.ts";
import { parseToolInput } from "../tool-input.ts";

interface EncodedMessages {
  /** One plain text as a string. */
  system: string | JsonObject[] | undefined;
  messages: JsonObject[];
}

/**
 * Anthropic's turns: what the system and the developer say goes to the front, neighbours of one role become one turn, results
 * of tools lead theirs, and what is empty is left out.
 */
export function encodeMessages(request: ChatRequest): EncodedMessages {
  return new MessageEncoder(request).encode();
}

type Role = "user" | "assistant" | "system";

class MessageEncoder {
  readonly #request: ChatRequest;
  /** The request is of this dialect, so what only Anthropic knows may go to it. */
  readonly #isOwn: boolean;
  readonly #ids = new CallIds();
  readonly #system: JsonObject[] = [];
  readonly #turns = new GatheredTurns<Role>();

  constructor(request: ChatRequest) {
    this.#request = request;
    this.#isOwn = request.dialect === dialectName;
  }

  encode(): EncodedMessages {
    for (const [index, message] of this.#request.messages.entries()) this.#add(message, `messages[${index}]`);
    const [first, ...more] = this.#system;
    const isPlain = first && more.length === 0 && Object.keys(first).length === 2;
    const messages = this.#turns.all.map(({ role, results, parts, extensions }) => ({
      ...extensions,
      role,
      content: plain([...results, ...parts]),
    }));
    return { system: isPlain ? (first["text"] as string) : first && this.#system, messages };
  }

  #add(message: ChatMessage, path: string): void {
    if (message.role === "tool") {
      this.#turns.of("user").results.push(this.#encodeResult(message, path));
      return;
    }
    if (message.role === "system" || message.role === "developer") {
      const blocks = this.#encodeParts(message.content, path, "system");
      // A client of this dialect that has one in the middle means it to stay there.
      if (this.#isOwn && this.#turns.lastRole !== undefined) this.#extend("system", message, blocks);
      else this.#system.push(...blocks);
      return;
    }
    if (message.role === "assistant" && this.#turns.lastRole !== "assistant") this.#ids.beginTurn();
    this.#extend(message.role, message, this.#encodeParts(message.content, path, message.role));
  }

  #extend(role: Role, message: ChatMessage, blocks: JsonObject[]): void {
    const turn = this.#turns.of(role);
    turn.parts.push(...blocks);
    if (this.#isOwn) Object.assign(turn.extensions, message.extensions);
  }

  #encodeResult(message: ChatMessage, path: string): JsonObject {
    const blocks = this.#encodeParts(message.content, path, "user");
    return {
      ...(this.#isOwn && message.extensions),
      type: "tool_result",
      tool_use_id: this.#ids.ofResult(message.toolCallId ?? ""),
      ...(blocks.length > 0 && { content: plain(blocks) }),
      ...(message.isError && { is_error: true }),
    };
  }

  #encodeParts(parts: readonly Part[], path: string, role: Role): JsonObject[] {
    const blocks: JsonObject[] = [];
    for (let index = 0; index < parts.length; index++) {
      const block = this.#encodePart(parts[index] as Part, `${path}.content[${index}]`, role);
      if (block) blocks.push(block);
    }
    return blocks;
  }

  #encodePart(part: Part, path: string, role: Role): JsonObject | undefined {
    switch (part.type) {
      case "text":
        return isBlank(part.text) ? undefined : this.#encodeText(part);
      case "refusal":
        return isBlank(part.text) ? undefined : { type: "text", text: part.text };
      case "image":
        if (role !== "user") throw notCarried(this.#request, path, `${to}: images are allowed in a user's turn only`);
        return this.#encodeImage(part, path);
      case "reasoning":
        return encodeReasoning(part);
      case "tool-call":
        return {
          ...(this.#isOwn && part.extensions),
          type: "tool_use",
          id: this.#ids.ofCall(part.id),
          name: part.name,
          // The model is shown what it wrote, in the one form that is allowed for it.
          input: parseToolInput(part.arguments) ?? { invalid_arguments: part.arguments },
          ...(part.cache && { cache_control: part.cache }),
        };
      case "other":
        if (this.#isOwn) return part.value;
        if (!isMedia(part.value)) return undefined;
        throw kindNotCarried(this.#request, path, to, part.value["type"]);
      default:
        return unreachable(part);
    }
  }

  #encodeText(part: TextPart): JsonObject {
    return {
      ...(this.#isOwn && part.extensions),
      type: "text",
      text: part.text,
      ...(part.cache && { cache_control: part.cache }),
    };
  }

  #encodeImage(part: ImagePart, path: string): JsonObject {
    return {
      ...(this.#isOwn && part.extensions),
      type: "image",
      source: encodeImageSource(part.url, fieldName(this.#request, path)),
      ...(part.cache && { cache_control: part.cache }),
    };
  }
}

const to = "Cannot send it to Anthropic Messages";

/** Thoughts without Anthropic's proof are refused by its models. */
function encodeReasoning({ text, signature }: ReasoningPart): JsonObject | undefined {
  if (signature?.origin !== dialectName) return undefined;
  return signature.isRedacted
    ? { type: "redacted_thinking", data: signature.value }
    : { type: "thinking", thinking: text, signature: signature.value };
}

/** One plain text goes as a string, which every vendor of this dialect takes. */
function plain(blocks: JsonObject[]): string | JsonObject[] {
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.["type"] === "text" && Object.keys(first).length === 2;
  return isPlain ? (first["text"] as string) : blocks;
}

/** Anthropic refuses a text of nothing but white space. */
function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

function encodeImageSource(url: string, path: string): JsonObject {
  if (!isDataUrl(url)) return { type: "url", url };
  const { mediaType, data } = readImageData(url, path);
  return { type: "base64", media_type: mediaType, data };
}
