import type { TokenLogprob } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";

/** Chat's shape: one object per token, in `logprobs.content`. */
export function encodeLogprobs(logprobs: TokenLogprob[]): JsonObject[] {
  return logprobs.map(({ token, logprob, bytes, top }) => ({
    token,
    logprob,
    bytes,
    top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: other.bytes })),
  }));
}

export function decodeLogprobs(value: unknown): TokenLogprob[] | undefined {
  const content = isObject(value) ? value["content"] : undefined;
  if (!Array.isArray(content)) return undefined;
  const logprobs = content
    .filter(isObject)
    .map((entry) => Object.assign(readToken(entry), { top: readTop(entry["top_logprobs"]) }));
  return logprobs.length === 0 ? undefined : logprobs;
}

function readTop(value: unknown): TokenLogprob["top"] {
  return Array.isArray(value) ? value.filter(isObject).map(readToken) : [];
}

function readToken(entry: JsonObject): { token: string; logprob: number; bytes: number[] | null } {
  const { token, logprob, bytes } = entry;
  return {
    token: typeof token === "string" ? token : "",
    logprob: typeof logprob === "number" ? logprob : 0,
    bytes: Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === "number") : null,
  };
}

/** The legacy completions' shape: parallel arrays. `textOffset` is where the first token's text begins. */
export function encodeLegacyLogprobs(logprobs: TokenLogprob[], textOffset: number): JsonObject {
  let offset = textOffset;
  const offsets = logprobs.map(({ token }) => {
    const start = offset;
    offset += token.length;
    return start;
  });
  return {
    tokens: logprobs.map(({ token }) => token),
    token_logprobs: logprobs.map(({ logprob }) => logprob),
    top_logprobs: logprobs.map(({ top }) => Object.fromEntries(top.map((other) => [other.token, other.logprob]))),
    text_offset: offsets,
  };
}

/** The first token of an echoed prompt has no probability (null on the wire); it reads as 0. This shape has no bytes. */
export function decodeLegacyLogprobs(value: unknown): TokenLogprob[] | undefined {
  if (!isObject(value) || !Array.isArray(value["tokens"])) return undefined;
  const { token_logprobs: own, top_logprobs: tops } = value;
  const logprobs = value["tokens"].map((token: unknown, index): TokenLogprob => {
    const logprob: unknown = Array.isArray(own) ? own[index] : undefined;
    const top: unknown = Array.isArray(tops) ? tops[index] : undefined;
    return {
      token: typeof token === "string" ? token : "",
      logprob: typeof logprob === "number" ? logprob : 0,
      bytes: null,
      top: isObject(top)
        ? Object.entries(top).flatMap(([other, at]) =>
            typeof at === "number" ? [{ token: other, logprob: at, bytes: null }] : [],
          )
        : [],
    };
  });
  return logprobs.length === 0 ? undefined : logprobs;
}
