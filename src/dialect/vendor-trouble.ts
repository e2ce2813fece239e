import type { ErrorTopic } from "./error-topic.ts";

/** What a vendor's error is about, as far as it says so in its own way. */
export type Trouble =
  | ErrorTopic
  /** The account has no money left, or no more of what it may spend. */
  | "money"
  /** Too many requests or tokens in some time. */
  | "rate"
  /** The vendor has too much to do, whoever asks. */
  | "overloaded"
  /** Something else is wrong with the request. */
  | "parameter";

/** A vendor's own way to say what went wrong. It counts before the rules for all vendors. */
export interface VendorErrors {
  /** By its code, type or reason as the vendor writes it; numbers as text. */
  codes?: Readonly<Record<string, Trouble>>;
  statuses?: Readonly<Record<number, Trouble>>;
  messages?: readonly { pattern: RegExp; trouble: Trouble }[];
  /** Finds a code in a message, as its first group, where a format has no other place for it. */
  codeInMessage?: RegExp;
}

interface Said {
  /** All that may be a code. */
  marks: readonly string[];
  message: string;
}

/** What a vendor's table says of an error; undefined where it does not know it. `status` is undefined where the vendor has told none. */
export function findTrouble(errors: VendorErrors, said: Said | undefined, status?: number): Trouble | undefined {
  const { codes = {}, statuses = {}, messages = [], codeInMessage } = errors;
  const inMessage = said && codeInMessage?.exec(said.message)?.[1];
  const marks = inMessage === undefined ? (said?.marks ?? []) : [...(said?.marks ?? []), inMessage];
  const known = marks.find((mark) => Object.hasOwn(codes, mark));
  if (known !== undefined) return codes[known];
  const told = said && messages.find(({ pattern }) => pattern.test(said.message))?.trouble;
  return told ?? (status === undefined ? undefined : statuses[status]);
}
