import type { LlamaModel, Token } from "node-llama-cpp";
import { byteLetters } from "../gguf/byte-letters.ts";
import type { GgufFile } from "../gguf/read-gguf.ts";
import { TextList } from "../gguf/text-list.ts";
import { genericRules, isSeen, type OutputRules } from "./output/index.ts";

const normal = 1;
const unknown = 2;
const control = 3;
const userDefined = 4;
const byte = 6;

export interface Vocabulary {
  size: number;
  /** How llama.cpp reads texts (`tokenizer.ggml.model`). */
  kind: string;
  /** The most bytes of a text that one token stands for; Infinity where a text may lose bytes on its way into tokens. */
  tokenBytesMax: number;
  /** The exact bytes that a token adds to the text; empty for control tokens, but for those in tags of thoughts and calls. */
  bytesOf(token: Token): Uint8Array;
  isEnd(token: Token): boolean;
  /** All tokens that end an answer. */
  readonly ends: readonly Token[];
  /** Texts of the tokens that only a template may write, with their ids. */
  controls: readonly ControlToken[];
}

export interface ControlToken {
  text: string;
  token: Token;
  /** White space before it, or after it, belongs to it. */
  stripsLeft?: boolean;
  stripsRight?: boolean;
}

/**
 * Reads the bytes of each token. node-llama-cpp turns tokens into strings, which loses the bytes of a character that is
 * split over two tokens, so the bytes are taken from the file's own vocabulary: each token when it is first needed, since
 * vocabularies have hundreds of thousands.
 */
export function openVocabulary(
  model: LlamaModel,
  { metadata }: Pick<GgufFile, "metadata">,
  rules: OutputRules = genericRules,
): Vocabulary {
  const texts = readTexts(metadata);
  const types = readTypes(metadata, texts.length);
  const stated = metadata["tokenizer.ggml.model"];
  const kind = typeof stated === "string" ? stated : "";
  const byLetter = new Map(byteLetters().map((letter, value) => [letter, value]));
  const cache = new Map<Token, Uint8Array>();
  const ends = new Map<Token, boolean>();

  const decode = (token: Token): Uint8Array => {
    const text = texts.at(token);
    const type = types[token] ?? normal;
    if (text === undefined) return Buffer.from(model.detokenize([token], false));
    if (type === control) return isSeen(rules, text) ? Buffer.from(text) : new Uint8Array(0);
    const spelled = /^<0x([0-9A-Fa-f]{2})>$/.exec(text);
    if (type === byte && spelled) return Uint8Array.of(Number.parseInt(spelled[1] ?? "0", 16));
    if (type === userDefined) return Buffer.from(kind === "gpt2" ? text : text.replaceAll("▁", " "));
    if (kind === "gpt2") {
      const bytes = Array.from(text, (letter) => byLetter.get(letter));
      if (bytes.every((value) => value !== undefined)) return Uint8Array.from(bytes);
    }
    if (kind === "llama" || text.includes("▁")) return Buffer.from(text.replaceAll("▁", " "));
    return Buffer.from(model.detokenize([token], false));
  };

  const isEnd = (token: Token) => {
    let isOne = ends.get(token);
    if (isOne === undefined) ends.set(token, (isOne = model.isEogToken(token)));
    return isOne;
  };
  let allEnds: readonly Token[] | undefined;

  return {
    size: texts.length,
    kind,
    tokenBytesMax: tokenBytesMax(kind, texts, types, decode),
    bytesOf(token) {
      let bytes = cache.get(token);
      if (bytes === undefined) cache.set(token, (bytes = decode(token)));
      return bytes;
    },
    isEnd,
    get ends() {
      return (allEnds ??= Array.from({ length: texts.length }, (_, token) => token as Token).filter((token) =>
        model.isEogToken(token),
      ));
    },
    controls: Array.from(controlTokens(texts, types), ([text, token]) => readControl(text, token, model)),
  };
}

function readTexts(metadata: GgufFile["metadata"]): TextList {
  const texts = metadata["tokenizer.ggml.tokens"];
  return texts instanceof TextList ? texts : new TextList(Buffer.alloc(0), new Uint32Array(0));
}

function readTypes(metadata: GgufFile["metadata"], size: number): Uint8Array {
  const stated = metadata["tokenizer.ggml.token_type"];
  const types = new Uint8Array(size).fill(normal);
  if (Array.isArray(stated))
    for (let token = 0; token < Math.min(size, stated.length); token++) types[token] = Number(stated[token]);
  return types;
}

function* controlTokens(texts: TextList, types: Uint8Array): Generator<[string, Token]> {
  for (let token = 0; token < types.length; token++) {
    if (types[token] !== control && types[token] !== unknown) continue;
    const text = texts.at(token) ?? "";
    if (text.length > 1) yield [text, token as Token];
  }
}

function readControl(text: string, token: Token, model: LlamaModel): ControlToken {
  const { lstrip, rstrip } = model.getTokenAttributes(token);
  return { text, token, ...(lstrip && { stripsLeft: true }), ...(rstrip && { stripsRight: true }) };
}

/**
 * Of vocabularies that have a token for each byte; others skip what they do not know, and some kinds drop white space. Looks at
 * the bytes of each text where it can, since making strings of a large vocabulary takes longer than all else.
 */
function tokenBytesMax(kind: string, texts: TextList, types: Uint8Array, decode: (token: Token) => Uint8Array): number {
  if (kind !== "gpt2" && kind !== "llama") return Infinity;
  const single = new Set<number>();
  let most = 1;
  for (let token = 0; token < types.length; token++) {
    const type = types[token];
    const start = texts.startOf(token);
    const end = texts.startOf(token + 1);
    // A control token has a spelling in a prompt that the caller writes whole; "▁" has three bytes and stands for one.
    if (type === control || (type === normal && kind === "llama" && end - start > 3)) {
      most = Math.max(most, end - start);
      continue;
    }
    const letters = type === normal && kind === "gpt2" ? countByteLetters(texts.bytes, start, end) : -1;
    if (letters > 1) {
      most = Math.max(most, letters);
      continue;
    }
    const bytes = decode(token as Token);
    most = Math.max(most, bytes.length, kind === "gpt2" ? (texts.at(token) ?? "").length : end - start);
    if (bytes.length === 1) single.add(bytes[0] ?? 0);
  }
  return single.size === 256 ? most : Infinity;
}

/** How many bytes a text in the letters of bytes stands for; -1 where another letter is in it. In UTF-8 each of them has one or two bytes. */
function countByteLetters(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; count++) {
    const first = bytes[at] ?? 0;
    const code = first < 128 ? first : first >> 5 === 6 ? ((first & 31) << 6) | ((bytes[at + 1] ?? 0) & 63) : -1;
    if (isByteLetter[code] !== 1) return -1;
    at += first < 128 ? 1 : 2;
  }
  return count;
}

const isByteLetter = new Uint8Array(512);
for (const letter of byteLetters()) isByteLetter[letter.charCodeAt(0)] = 1;
