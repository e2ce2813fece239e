import type { LlamaModel, Token } from "node-llama-cpp";
import { cutText } from "./cut-text.ts";
import { inSlices } from "./slices.ts";
import { Spellings } from "./spellings.ts";
import type { Vocabulary } from "./token-text.ts";

/** Tokens of a text, in pieces. */
export type TokenPieces = Iterable<readonly Token[]>;

/** The one way to llama.cpp's tokenizer: long texts are read in pieces, so that none of them can crash or hold up the process. */
export interface Tokenizer {
  /** `withControls` makes control tokens of their spellings. */
  pieces(text: string, withControls: boolean): TokenPieces;
  /** Pieces of a text are read as parts of it. Where they are not, a text has to be counted before it is read. */
  readonly readsInPieces: boolean;
}

export function createTokenizer(model: LlamaModel, vocabulary: Pick<Vocabulary, "controls" | "kind">): Tokenizer {
  const spellings = new Spellings(vocabulary.controls);
  const readsInPieces = !wholeKinds.has(vocabulary.kind);
  function* plain(text: string): Generator<readonly Token[]> {
    for (const piece of cutText(text)) yield model.tokenize(piece, false);
  }
  return {
    readsInPieces,
    pieces(text, withControls) {
      if (!readsInPieces) return [model.tokenize(text, withControls)];
      return withControls ? spellings.read(text, plain) : plain(text);
    },
  };
}

/**
 * The kinds of vocabulary (`tokenizer.ggml.model`) that llama.cpp reads without patterns. These are not cut: each call may
 * put a space before its text.
 */
const wholeKinds: ReadonlySet<string> = new Set(["llama", "bert", "t5", "rwkv", "plamo2"]);

/** All tokens, while others run; of a text that has more than `tokensMax` only the first ones, but more than that. */
export function readTokens(
  pieces: TokenPieces,
  { tokensMax, signal }: { tokensMax: number; signal: AbortSignal },
): Promise<Token[]> {
  return inSlices(collect(pieces, tokensMax), signal);
}

/** Pauses after each piece: they differ by a thousand times, since llama.cpp compiles its patterns for each, which takes up to 3 ms. */
function* collect(pieces: TokenPieces, tokensMax: number): Generator<undefined, Token[]> {
  const tokens: Token[] = [];
  for (const piece of pieces) {
    // One by one: a piece has more tokens than a call may have arguments.
    for (const token of piece) tokens.push(token);
    if (tokens.length > tokensMax) break;
    yield undefined;
  }
  return tokens;
}
