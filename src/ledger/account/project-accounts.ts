import type { AccountTerms } from "./terms.ts";

/** What the requests of a project are admitted by, beside the terms of their key. */
export interface ProjectAccounts {
  /** Empty where it belongs to none. */
  organisation: string;
  /** What its accounts, and those of its keys, are kept in. */
  currency: string;
  /** IANA name; of the calendar of its keys, too. */
  timeZone: string;
  /** Tokens of output that are reserved for a request that bounds it nowhere. */
  output: number;
  /** The organisation's first. */
  terms: readonly AccountTerms[];
}
