import type { ReasoningPart } from "./chat.ts";

/**
 * What a model thought in a turn that ended with calls of tools. Vendors want it back with the next request, and some clients
 * have no place for it, so that Sahab keeps it.
 */
export interface KeptTurn {
  /** See `turnKey`. */
  key: string;
  /** Whose proofs it has: see `Answer.issuer`. Empty where that is not known. */
  issuer: string;
  pieces: KeptPiece[];
}

export interface KeptPiece {
  /** Where it was in the turn: first, last, or right before the call of this id (`givenId`). */
  place: "start" | "end" | { before: string };
  part: ReasoningPart;
}

/** Finds what was kept for a project. */
export interface TurnMemory {
  /** The turns of these keys, at once where all are at hand. Never throws or rejects: what cannot be found is left out. */
  find(project: string, keys: readonly string[]): TurnsByKey | Promise<TurnsByKey>;
  /** The same of those alone that this process has at hand. */
  recall(project: string, keys: readonly string[]): TurnsByKey;
  /** Keeps turns in this process only, not in the store. A turn that records a proof (`proofKey`) has no pieces. */
  remember(project: string, turns: readonly KeptTurn[]): void;
}

export type TurnsByKey = ReadonlyMap<string, KeptTurn>;

/** A turn with calls of tools that a client sent without its reasoning. It can be sent to another thread. */
export interface MuteTurn {
  /** See `turnKey`. */
  key: string | undefined;
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
 * Names a turn by its first call of a tool. Clients write the arguments in their own way; it is what they say that counts. An id
 * that other conversations may have, too, since its vendor numbers calls from 0 in each answer, counts with the mark of its
 * conversation: no turn gets the thoughts of another one. Undefined where that is not known.
 */
export function turnKey(call: FirstCall, mark?: () => string): string | undefined {
  const own = [givenId(call), call.name, sameForm(call.arguments)];
  const isAlone = isRandom(call);
  if (!isAlone && !mark) return undefined;
  const text = JSON.stringify(isAlone ? own : [...own, mark?.()]);
  return Bun.CryptoHasher.hash("sha256", text, "base64url");
}

/** A call's id as the model's vendor gave it: Gemini CLI 0.61 puts the tool's name and two underscores before each. */
export function givenId({ id, name }: Pick<FirstCall, "id" | "name">): string {
  return name !== "" && id.startsWith(`${name}__`) ? id.slice(name.length + 2) : id;
}

/**
 * Whether an id looks as if no other call had it: a run of letters and digits in turns, or of many digits, that is not the tool's
 * name (`call_00_Tc9KJDpV`, and not `functions.list_dir:0`). A random one that does not look so counts with its conversation.
 */
function isRandom({ id, name }: FirstCall): boolean {
  const runs = (name === "" ? id : id.replaceAll(name, "")).match(/[a-z0-9]{8,}/gi) ?? [];
  return runs.some((run) => /\d[a-z]+\d|[a-z]\d+[a-z]|[1-9]\d{11}/i.test(run));
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
