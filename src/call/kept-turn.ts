import type { ReasoningPart } from "./chat.ts";

/**
 * What a model thought in a turn that ended with calls of tools. Vendors want it back with the next request, and some clients
 * have no place for it, so that Sahab keeps it.
 */
export interface KeptTurn {
  /** See `turnKey`. */
  key: string;
  pieces: KeptPiece[];
}

export interface KeptPiece {
  /** Where it was in the turn: first, last, or right before the call of this id. */
  place: "start" | "end" | { before: string };
  part: ReasoningPart;
}

/** Finds what was kept for a project. */
export interface TurnMemory {
  /** The turns of these keys, at once where all are at hand. Never throws or rejects: what cannot be found is left out. */
  find(project: string, keys: readonly string[]): TurnsByKey | Promise<TurnsByKey>;
}

export type TurnsByKey = ReadonlyMap<string, KeptTurn>;

/** A turn with calls of tools that a client sent without its reasoning. It can be sent to another thread. */
export interface MuteTurn {
  /** See `turnKey`. */
  key: string;
  /** Where in the body the reasoning belongs: its JSON takes the place of these bytes, between two texts. */
  start: number;
  end: number;
  before: string;
  after: string;
}

/** What a turn is found by: its first call of a tool. */
interface FirstCall {
  id: string;
  name: string;
  /** JSON text. */
  arguments: string;
}

/**
 * Names a turn by its first call of a tool. Some vendors number calls from 0 in each answer, so that name and arguments belong
 * to the key: no turn gets the thoughts of another conversation. Clients write the arguments in their own way; it is what they say that
 * counts.
 */
export function turnKey(call: FirstCall): string {
  const text = JSON.stringify([call.id, call.name, sameForm(call.arguments)]);
  return Bun.CryptoHasher.hash("sha256", text, "base64url");
}

/** Arguments that say the same have one form: without white space, with their keys in order. */
function sameForm(json: string): unknown {
  try {
    return inOrder(json.trim() === "" ? {} : JSON.parse(json));
  } catch {
    return json;
  }
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}

/** All that the model said of what it thought; empty where the vendor withheld it. */
export function textOfTurn({ pieces }: KeptTurn): string {
  return pieces.map(({ part }) => (part.signature?.isRedacted ? "" : part.text)).join("");
}
