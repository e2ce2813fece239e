import type { Json } from "../wire/json.ts";
import { nothingSaid, type Said, type SaidUsage } from "../wire/said.ts";

/** What an answer says, whatever its wire format: what a translation must keep. */
export interface Meaning extends Said {
  /** `written`: input that was written to a cache, part of `input`. */
  usage: SaidUsage & { written: number };
  /** Proofs of reasoning: of Messages, and the encrypted content of Responses. */
  signatures: string[];
  /** The cost fields that Sahab adds; a vendor's answer has none. */
  cost: string | undefined;
}

export function noMeaning(): Meaning {
  const said = nothingSaid();
  return { ...said, usage: { ...said.usage, written: 0 }, signatures: [], cost: undefined };
}

/** Where several answers were asked for, the first is read; empty where a chunk is of another one. */
export function firstOf(choices: readonly Json[]): Json {
  return choices.find(({ index }) => (index ?? 0) === 0) ?? {};
}
