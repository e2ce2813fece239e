import type { Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { DetokenizeRequest, TokenizeRequest, TokenPiece } from "../../call/index.ts";
import type { LoadedModel } from "./model.ts";
import { inSlices } from "./slices.ts";
import { readTokens } from "./tokenizer.ts";

/** Read in pieces, between which others run. */
const charsMax = 4 * 1024 * 1024;
/** Of models whose tokenizer reads a text at once: about 0.2 s. */
const charsAtOnceMax = 256 * 1024;

/** The tokens of a text, however many fit the model's context. */
export async function tokenize(
  loaded: LoadedModel,
  { content, addSpecial, parseSpecial, withPieces }: TokenizeRequest,
  signal: AbortSignal,
): Promise<{ tokens: number[]; pieces?: TokenPiece[] }> {
  const { tokenizer, model } = loaded;
  const most = tokenizer.readsInPieces ? charsMax : charsAtOnceMax;
  if (content.length > most)
    throw new SahabError(
      "invalid_request",
      `content: has ${content.length} characters; model ${loaded.name} takes at most ${most} at once`,
      { param: "content" },
    );
  const pieces = tokenizer.pieces(content.toWellFormed(), parseSpecial);
  const tokens: number[] = await readTokens(pieces, { tokensMax: Infinity, signal });
  if (addSpecial) {
    const { bos, eos, shouldPrependBosToken, shouldAppendEosToken } = model.tokens;
    if (shouldPrependBosToken && bos !== null) tokens.unshift(bos);
    if (shouldAppendEosToken && eos !== null) tokens.push(eos);
  }
  if (!withPieces) return { tokens };
  return { tokens, pieces: await inSlices(readPieces(loaded, tokens), signal) };
}

/** The text of tokens, those of control among them. */
export async function detokenize(
  loaded: LoadedModel,
  { tokens }: DetokenizeRequest,
  signal: AbortSignal,
): Promise<string> {
  const { size } = loaded.vocabulary;
  const wrong = tokens.findIndex((token) => token < 0 || token >= size);
  if (wrong !== -1)
    throw new SahabError(
      "invalid_request",
      `tokens[${wrong}]: is ${tokens[wrong]}; model ${loaded.name} has ids from 0 to ${size - 1}`,
      { param: `tokens[${wrong}]` },
    );
  return await inSlices(joinBytes(loaded, tokens), signal);
}

/** After so many it is looked whether others should run. */
const tokensOfSlice = 10_000;

function* readPieces(loaded: LoadedModel, tokens: readonly number[]): Generator<undefined, TokenPiece[]> {
  const pieces: TokenPiece[] = [];
  const bytesOf = allBytes(loaded);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const token of tokens) {
    const bytes = bytesOf(token);
    try {
      pieces.push(decoder.decode(bytes));
    } catch {
      pieces.push([...bytes]);
    }
    if (pieces.length % tokensOfSlice === 0) yield undefined;
  }
  return pieces;
}

function* joinBytes(loaded: LoadedModel, tokens: readonly number[]): Generator<undefined, string> {
  const decoder = new TextDecoder();
  const bytesOf = allBytes(loaded);
  let text = "";
  for (const [at, token] of tokens.entries()) {
    text += decoder.decode(bytesOf(token), { stream: true });
    if (at % tokensOfSlice === tokensOfSlice - 1) yield undefined;
  }
  return text + decoder.decode();
}

/** What a token stands for. In answers, tokens of control stand for nothing; here they have their spelling. */
function allBytes({ vocabulary }: LoadedModel): (token: number) => Uint8Array {
  const controls = new Map(vocabulary.controls.map(({ token, text }) => [token, Buffer.from(text)]));
  return (token) => controls.get(token as Token) ?? vocabulary.bytesOf(token as Token);
}
