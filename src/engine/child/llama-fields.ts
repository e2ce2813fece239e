import { SahabError } from "../../base/errors.ts";
import {
  asArray,
  asBoolean,
  asString,
  integerIn,
  invalidField,
  numberIn,
  optional,
  wrongType,
} from "../../dialect/read.ts";

/** What a request asks of llama.cpp beside the sampling that every dialect knows. */
export interface ExtraSampling {
  /** The answer ends by its length or a stop sequence only. */
  ignoreEos: boolean;
  /** What slots hold of earlier requests may be used. */
  cachePrompt: boolean;
  /** In llama.cpp's grammar language; not checked yet. */
  grammar: string | undefined;
  /** How many of the last tokens, prompt included, all penalties count: 0 for none, -1 for all; undefined for the usual ones. */
  repeatLastN: number | undefined;
  dry: DrySampling | undefined;
  xtc: { probability: number; threshold: number } | undefined;
  /** Logits to add, by token; -Infinity for tokens that may not come. */
  logitBias: ReadonlyMap<number, number> | undefined;
  /** Asks for the most likely tokens, as `logprobs` does. */
  topLogprobs: number | undefined;
}

/** Penalty for tokens that go on with a repetition: `multiplier * base ** (length - allowedLength)`. */
export interface DrySampling {
  multiplier: number;
  base: number;
  /** In tokens. */
  allowedLength: number;
  /** How many of the last tokens are looked at; -1 for all. */
  lastTokens: number;
  /** No repetition goes over one of these. The same array for all tokens of an answer: reading them takes long. */
  sequenceBreakers: string[];
}

/** Fields of llama-server that are read here, by its names. Those that llama.cpp's binding lacks (`mirostat`, `typical_p`) are told as dropped. */
export const llamaFieldNames = [
  "cache_prompt",
  "dry_allowed_length",
  "dry_base",
  "dry_multiplier",
  "dry_penalty_last_n",
  "dry_sequence_breakers",
  "grammar",
  "ignore_eos",
  "logit_bias",
  "n_probs",
  "repeat_last_n",
  "xtc_probability",
  "xtc_threshold",
] as const;

export type LlamaFields = Partial<Record<(typeof llamaFieldNames)[number], unknown>>;

interface Tokens {
  /** How many tokens the model has. */
  size: number;
  tokenize(text: string): Iterable<number>;
}

/** Reads the fields, with llama-server's meaning and defaults. Throws `invalid_request` with the field at fault. */
export function readLlamaFields(fields: LlamaFields, tokens: Tokens): ExtraSampling {
  const read = <T>(name: keyof LlamaFields, as: (value: unknown, path: string) => T) =>
    optional(fields[name], name, as);
  return {
    ignoreEos: read("ignore_eos", asBoolean) ?? false,
    cachePrompt: read("cache_prompt", asBoolean) ?? true,
    // An empty one is none, as at llama-server.
    grammar: read("grammar", asGrammarText) || undefined,
    repeatLastN: read("repeat_last_n", integerIn(-1, lastTokensMax)),
    dry: readDry(read),
    xtc: readXtc(read),
    logitBias: readBias(fields.logit_bias ?? undefined, tokens),
    topLogprobs: read("n_probs", integerIn(0, 20)) || undefined,
  };
}

type Read = <T>(name: keyof LlamaFields, as: (value: unknown, path: string) => T) => T | undefined;

/** No context is longer. */
const lastTokensMax = 10_000_000;
const grammarCharsMax = 64 * 1024;
/** llama.cpp goes through the whole vocabulary for each. */
const breakersMax = 16;
/** llama.cpp cuts longer ones. */
const breakerCharsMax = 40;
const breakersDefault = ["\n", ":", '"', "*"];

function asGrammarText(value: unknown, path: string): string {
  const text = asString(value, path);
  if (text.length <= grammarCharsMax) return text;
  throw invalidField(path, `at most ${grammarCharsMax} characters are allowed, found ${text.length}`);
}

function readDry(read: Read): DrySampling | undefined {
  const multiplier = read("dry_multiplier", numberIn(0, 100)) ?? 0;
  const base = read("dry_base", numberIn(1, 100)) ?? 1.75;
  const allowedLength = read("dry_allowed_length", integerIn(1, lastTokensMax)) ?? 2;
  const lastTokens = read("dry_penalty_last_n", integerIn(-1, lastTokensMax)) ?? -1;
  const sequenceBreakers = read("dry_sequence_breakers", asBreakers) ?? breakersDefault;
  if (multiplier === 0 || lastTokens === 0) return undefined;
  return { multiplier, base, allowedLength, lastTokens, sequenceBreakers };
}

function asBreakers(value: unknown, path: string): string[] {
  return asArray(value, path, breakersMax).map((item, index) => {
    const place = `${path}[${index}]`;
    const text = asString(item, place);
    if (text !== "" && text.length <= breakerCharsMax) return text;
    throw invalidField(place, `expected 1 to ${breakerCharsMax} characters, found ${text.length}`);
  });
}

function readXtc(read: Read): ExtraSampling["xtc"] {
  const probability = read("xtc_probability", numberIn(0, 1)) ?? 0;
  const threshold = read("xtc_threshold", numberIn(0, 1)) ?? 0.1;
  return probability > 0 ? { probability, threshold } : undefined;
}

const biasPath = "logit_bias";
/** Read at once, in about 10 ms. */
const biasTextCharsMax = 16_384;

/** Reads OpenAI's form, an object whose keys are token ids, and llama-server's, a list of pairs. A text in a pair stands for each of its tokens. */
function readBias(value: unknown, tokens: Tokens): ExtraSampling["logitBias"] {
  if (typeof value !== "object" || value === null) {
    if (value === undefined) return undefined;
    throw wrongType(biasPath, "an object, or an array of pairs", value);
  }
  const biases = new Map<number, number>();
  if (Array.isArray(value)) {
    let textChars = 0;
    for (const [index, pair] of asArray(value, biasPath, tokens.size).entries()) {
      const path = `${biasPath}[${index}]`;
      if (!Array.isArray(pair) || pair.length !== 2) throw wrongType(path, "a pair of a token and a bias", pair);
      const [of, given] = pair as [unknown, unknown];
      if (typeof of === "string" && (textChars += of.length) > biasTextCharsMax)
        throw invalidField(path, `at most ${biasTextCharsMax} characters of text are allowed in all`);
      const bias = asPairBias(given, `${path}[1]`);
      for (const token of tokensOf(of, `${path}[0]`, tokens)) biases.set(token, bias);
    }
  } else {
    for (const [key, bias] of Object.entries(value)) {
      const token = Number(key);
      // Of spellings such as "007" there could be any number.
      if (!isToken(token, tokens) || String(token) !== key || !isBias(bias)) throw wrongBias(key, bias, tokens);
      biases.set(token, bias);
    }
  }
  return biases.size > 0 ? biases : undefined;
}

function asPairBias(value: unknown, path: string): number {
  if (value === false) return -Infinity;
  if (isBias(value)) return value;
  throw invalidField(path, "expected a number from -100 to 100, or false");
}

function tokensOf(value: unknown, path: string, tokens: Tokens): Iterable<number> {
  if (typeof value === "string" && value !== "") return tokens.tokenize(value);
  if (isToken(value, tokens)) return [value];
  throw invalidField(path, `expected a text, or a token id from 0 to ${tokens.size - 1}`);
}

function isToken(value: unknown, { size }: Tokens): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < size;
}

function isBias(value: unknown): value is number {
  return typeof value === "number" && value >= -100 && value <= 100;
}

function wrongBias(key: string, bias: unknown, { size }: Tokens): SahabError {
  const found = `${JSON.stringify(key.slice(0, 40))}: ${JSON.stringify(bias)?.slice(0, 40)}`;
  const allowed = `token ids from 0 to ${size - 1} and numbers from -100 to 100 are allowed`;
  return new SahabError("invalid_request", `logit_bias has ${found}; ${allowed}`, { param: biasPath });
}
