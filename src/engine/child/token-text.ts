import type { LlamaModel, Token } from "node-llama-cpp";
import { byteLetters } from "../gguf/byte-letters.ts";
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
 * split over two tokens, so the bytes are taken from the vocabulary itself.
 */
export function openVocabulary(model: LlamaModel, rules: OutputRules = genericRules): Vocabulary {
  const metadata = model.fileInfo.metadata.tokenizer?.ggml;
  const texts = metadata?.tokens ?? [];
  const types = (metadata?.token_type ?? []) as readonly number[];
  const kind = metadata?.model as string | undefined;
  const byLetter = new Map(byteLetters().map((letter, value) => [letter, value]));
  const cache: (Uint8Array | undefined)[] = [];
  const ends = new Map<Token, boolean>();

  const decode = (token: Token): Uint8Array => {
    const text = texts[token];
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

  const bytesOf = (token: Token) => (cache[token] ??= decode(token));
  return {
    size: texts.length,
    kind: kind ?? "",
    tokenBytesMax: tokenBytesMax(kind, texts, types, bytesOf),
    bytesOf,
    isEnd(token) {
      let isEnd = ends.get(token);
      if (isEnd === undefined) ends.set(token, (isEnd = model.isEogToken(token)));
      return isEnd;
    },
    controls: texts.flatMap((text, token) =>
      (types[token] === control || types[token] === unknown) && text.length > 1
        ? [readControl(text, token as Token, model)]
        : [],
    ),
  };
}

function readControl(text: string, token: Token, model: LlamaModel): ControlToken {
  const { lstrip, rstrip } = model.getTokenAttributes(token);
  return { text, token, ...(lstrip && { stripsLeft: true }), ...(rstrip && { stripsRight: true }) };
}

/** Of vocabularies that have a token for each byte; others skip what they do not know, and some kinds drop white space. */
function tokenBytesMax(
  kind: string | undefined,
  texts: readonly string[],
  types: readonly number[],
  bytesOf: (token: Token) => Uint8Array,
): number {
  if (kind !== "gpt2" && kind !== "llama") return Infinity;
  const single = new Set<number>();
  let most = 1;
  for (let token = 0; token < texts.length; token++) {
    if (types[token] === control) {
      // A spelling in a prompt that the caller writes whole.
      most = Math.max(most, Buffer.byteLength(texts[token] ?? ""));
      continue;
    }
    const bytes = bytesOf(token as Token);
    most = Math.max(most, bytes.length, Buffer.byteLength(texts[token] ?? "", kind === "gpt2" ? "latin1" : "utf8"));
    if (bytes.length === 1) single.add(bytes[0] ?? 0);
  }
  return single.size === 256 ? most : Infinity;
}
