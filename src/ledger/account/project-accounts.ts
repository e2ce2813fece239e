import type { AccountTerms } from "./terms.ts";

/** Where the requests of a project are counted, and what bounds them. */
export interface ProjectAccounts {
  /** Empty where the project belongs to none. */
  organisation: string;
  currency: string;
  /** IANA name. */
  timeZone: string;
  /** Tokens of an answer that are reserved where neither the request nor the model bounds it. */
  output: number;
  /** The organisation's and its own; none where nothing is bounded. */
  terms: readonly AccountTerms[];
}
