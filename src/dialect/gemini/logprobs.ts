import type { TokenLogprob } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";

/** Google's shape: the tokens that were chosen, and beside them the likeliest ones at each place. */
export function encodeLogprobs(logprobs: readonly TokenLogprob[]): JsonObject {
  const encode = ({ token, logprob }: { token: string; logprob: number }) => ({ token, logProbability: logprob });
  return {
    chosenCandidates: logprobs.map(encode),
    topCandidates: logprobs.map(({ top }) => ({ candidates: top.map(encode) })),
  };
}

export function decodeLogprobs(value: unknown): TokenLogprob[] | undefined {
  if (!isObject(value) || !Array.isArray(value["chosenCandidates"])) return undefined;
  const tops: unknown[] = Array.isArray(value["topCandidates"]) ? value["topCandidates"] : [];
  const logprobs = value["chosenCandidates"].map((chosen, index) => ({
    ...readToken(chosen),
    top: readTop(tops[index]),
  }));
  return logprobs.length === 0 ? undefined : logprobs;
}

function readTop(value: unknown): TokenLogprob["top"] {
  const candidates = isObject(value) ? value["candidates"] : undefined;
  return Array.isArray(candidates) ? candidates.map(readToken) : [];
}

/** Google's tokens are whole texts, so their bytes are known. */
function readToken(value: unknown): { token: string; logprob: number; bytes: number[] | null } {
  const { token, logProbability } = isObject(value) ? value : {};
  const text = typeof token === "string" ? token : "";
  return {
    token: text,
    logprob: typeof logProbability === "number" ? logProbability : 0,
    bytes: [...Buffer.from(text)],
  };
}
