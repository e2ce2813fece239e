/** A proof of reasoning in a client's own bytes, and how it is taken out of them. It can be sent to another thread. */
export interface ClientProof {
  /** See `proofKey`; `missingProof` for a place where vendors may demand one and there is none. */
  key: string;
  /** Its place in the client's request. */
  path: string;
  /** What goes with it; undefined where `edits` say it all. */
  element?: ListPlace | undefined;
  /** What else is changed: texts that take the place of bytes. */
  edits: readonly { start: number; end: number; text: string }[];
  /** Its turn goes on, as after calls of tools: without it, the vendor may refuse to think in the rest of the turn. */
  isInOpenTurn?: boolean;
}

/** An element of a list, by positions in the body. */
export interface ListPlace {
  /** Where the list begins. */
  list: number;
  index: number;
  count: number;
  start: number;
  end: number;
  /** The end of the element before it, and the start of the next; undefined where there is none. */
  previousEnd: number | undefined;
  nextStart: number | undefined;
  /** The element that the list is in, which goes with its last element. */
  holder?: ListPlace | undefined;
}

/** Names a proof by its text, so that whose it is can be remembered. Nobody's safety depends on it. */
export function proofKey(value: string | Uint8Array): string {
  return `proof:${Bun.hash(value).toString(36)}`;
}

export const missingProof = "proof:";

/** Notes that a proof was refused by those whose issuer this is. */
export function refusalKey(key: string, issuer: string): string {
  return `${key}!${Bun.hash(issuer).toString(36)}`;
}
