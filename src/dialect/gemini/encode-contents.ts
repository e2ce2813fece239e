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
  type ToolCallPart,
} from "../../call/index.ts";
import { CallIds } from "../call-ids.ts";
import { isDataUrl, readImageData } from "../data-url.ts";
import { GatheredTurns, type GatheredTurn } from "../gathered-turns.ts";
import { isObject, type JsonObject } from "../read.ts";
import { parseToolInput } from "../tool-input.ts";
import { dialectName, isGemini3, noSignature } from "./shared-fields.ts";

interface EncodedContents {
  systemInstruction: JsonObject | undefined;
  contents: JsonObject[];
}

/**
 * Google's contents: what the system and the developer say goes to the front, neighbours of one role become one content,
 * answers of functions lead theirs, and what is empty is left out.
 */
export function encodeContents(request: ChatRequest, model: string): EncodedContents {
  return new ContentEncoder(request, isGemini3(model)).encode();
}

type Role = "user" | "model";

class ContentEncoder {
  readonly #request: ChatRequest;
  /** The request is of this dialect, so what only Google knows may go to it. */
  readonly #isOwn: boolean;
  /** The model takes no call without a proof, or what stands for one. */
  readonly #needsProof: boolean;
  readonly #ids = new CallIds();
  /** Names of the functions that were called, by our ids. */
  readonly #names = new Map<string, string>();
  readonly #system: JsonObject[] = [];
  readonly #contents = new GatheredTurns<Role>();

  constructor(request: ChatRequest, needsProof: boolean) {
    this.#request = request;
    this.#isOwn = request.dialect === dialectName;
    this.#needsProof = needsProof && !this.#isOwn;
  }

  encode(): EncodedContents {
    for (const [index, message] of this.#request.messages.entries()) this.#add(message, `messages[${index}]`);
    const contents = this.#contents.all.map(({ role, results, parts, extensions }) => ({
      ...extensions,
      role,
      parts: [...results, ...parts],
    }));
    return { systemInstruction: this.#system.length === 0 ? undefined : { parts: this.#system }, contents };
  }

  #add(message: ChatMessage, path: string): void {
    const { role, content } = message;
    if (role === "tool") this.#addAnswer(message, path);
    else if (role === "system" || role === "developer") {
      for (const [index, part] of content.entries()) {
        const encoded = this.#encodePlain(part, `${path}.content[${index}]`);
        if (encoded) this.#system.push(encoded);
      }
    } else if (role === "assistant") this.#addTurn(message, path);
    else {
      const ours = this.#extend("user", message);
      for (const [index, part] of content.entries()) {
        const encoded = this.#encodePlain(part, `${path}.content[${index}]`);
        if (encoded) ours.parts.push(encoded);
      }
    }
  }

  /**
   * What a function gave; an object as it is, a text as Google's convention has it. Images that it gave stand behind the
   * answers, since models before Gemini 3 take none within them.
   */
  #addAnswer(message: ChatMessage, path: string): void {
    const content = this.#extend("user");
    const id = this.#ids.ofResult(message.toolCallId ?? "");
    const texts: string[] = [];
    for (const [index, part] of message.content.entries()) {
      if (part.type === "text" || part.type === "refusal") texts.push(part.text);
      else {
        const encoded = this.#encodePlain(part, `${path}.content[${index}]`);
        if (encoded) content.parts.push(encoded);
      }
    }
    const functionResponse = {
      ...(this.#isOwn && message.extensions),
      id,
      name: this.#names.get(id) ?? message.name ?? "unknown",
      response: encodeResponse(texts, message.isError === true),
    };
    content.results.push({ functionResponse });
  }

  #addTurn(message: ChatMessage, path: string): void {
    const content = this.#extend("model", message);
    const turn = new TurnWriter(content.parts, this.#needsProof);
    for (const [index, part] of message.content.entries()) {
      if (part.type === "reasoning") {
        const thought = turn.addReasoning(part, this.#isOwn);
        if (thought) turn.push(thought);
      } else if (part.type === "tool-call") turn.addCall(this.#encodeCall(part));
      else {
        const encoded = this.#encodePlain(part, `${path}.content[${index}]`);
        if (encoded) turn.push(encoded);
      }
    }
    turn.end();
  }

  /** The content of the role that goes on. */
  #extend(role: Role, message?: ChatMessage): GatheredTurn<Role> {
    if (role === "model" && this.#contents.lastRole !== "model") this.#ids.beginTurn();
    const content = this.#contents.of(role);
    if (this.#isOwn) Object.assign(content.extensions, message?.extensions);
    return content;
  }

  #encodeCall({ id, name, arguments: json, extensions }: ToolCallPart): JsonObject {
    const { part, ...inner } = (this.#isOwn && extensions) || {};
    const ours = this.#ids.ofCall(id);
    this.#names.set(ours, name);
    // The model is shown what it wrote, in the one form that is allowed for it.
    const args = parseToolInput(json) ?? { invalid_arguments: json };
    return { ...(isObject(part) && part), functionCall: { ...inner, id: ours, name, args } };
  }

  /** A part that may stand in any content. */
  #encodePlain(part: Part, path: string): JsonObject | undefined {
    switch (part.type) {
      case "text":
        if (part.text === "" && !(this.#isOwn && part.extensions)) return undefined;
        return { ...(this.#isOwn && part.extensions), text: part.text };
      case "refusal":
        return part.text === "" ? undefined : { text: part.text };
      case "image":
        return { ...(this.#isOwn && part.extensions), ...encodeImage(part, path, this.#request) };
      case "other": {
        if (!this.#isOwn && !isMedia(part.value)) return undefined;
        if (!this.#isOwn) throw kindNotCarried(this.#request, path, to, part.value["type"]);
        // The type is ours.
        const { type: _, ...value } = part.value;
        return value;
      }
      case "reasoning":
      case "tool-call":
        throw notCarried(this.#request, path, `${to}: parts of type ${part.type} are allowed in a model's turn only`);
      default:
        return unreachable(part);
    }
  }
}

/**
 * Puts Google's proofs back onto the parts that they came with: a proof goes with the next call, or where another one or nothing
 * follows, with the text after it, or an empty one.
 */
class TurnWriter {
  readonly #parts: JsonObject[];
  readonly #needsProof: boolean;
  #pending: { value: string; at: number } | undefined;
  #hasCall = false;

  constructor(parts: JsonObject[], needsProof: boolean) {
    this.#parts = parts;
    this.#needsProof = needsProof;
  }

  push(part: JsonObject): void {
    this.#parts.push(part);
  }

  /** The thought as a part; undefined where there is none to show. Of other vendors' thoughts nothing is sent. */
  addReasoning({ text, signature }: ReasoningPart, isOwn: boolean): JsonObject | undefined {
    if (signature?.origin !== dialectName) return isOwn && !signature ? { text, thought: true } : undefined;
    if (!signature.isRedacted) return { text, thought: true, thoughtSignature: signature.value };
    this.#flush();
    this.#pending = { value: signature.value, at: this.#parts.length };
    return undefined;
  }

  addCall(part: JsonObject): void {
    const proof = this.#pending?.value ?? (this.#needsProof && !this.#hasCall ? noSignature : undefined);
    this.#pending = undefined;
    // Of calls beside each other the first has the proof.
    this.#hasCall = true;
    this.#parts.push(proof === undefined ? part : { ...part, thoughtSignature: proof });
  }

  end(): void {
    this.#flush();
  }

  #flush(): void {
    const { value, at } = this.#pending ?? { value: "", at: 0 };
    if (!this.#pending) return;
    this.#pending = undefined;
    const next = this.#parts[at];
    if (next && !("thoughtSignature" in next) && next["thought"] !== true) next["thoughtSignature"] = value;
    else this.#parts.splice(at, 0, { text: "", thoughtSignature: value });
  }
}

const to = "Cannot send it to Google's API";

function encodeResponse(texts: readonly string[], isError: boolean): JsonObject {
  const text = texts.join("\n");
  if (isError) return { error: text };
  if (texts.length === 0) return {};
  const object = text.trimStart().startsWith("{") ? parseToolInput(text) : undefined;
  const keys = object ? Object.keys(object) : [];
  // An object with one of these fields alone would be taken for what the convention means by it.
  const isTaken = keys.length === 0 || (keys.length === 1 && (keys[0] === "output" || keys[0] === "error"));
  return object && !isTaken ? object : { output: text };
}

/** Unverified: which models read an image at any address. Google's own clients may name one; for others it must be in the request. */
function encodeImage({ url }: ImagePart, path: string, request: ChatRequest): JsonObject {
  if (isDataUrl(url)) {
    const { mediaType, data } = readImageData(url, fieldName(request, path));
    return { inlineData: { mimeType: mediaType, data } };
  }
  if (request.dialect === dialectName) return { fileData: { fileUri: url } };
  throw notCarried(request, path, `${to}: images are allowed in the request itself only, as data URLs`);
}
