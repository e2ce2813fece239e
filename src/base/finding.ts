/** What a check of this machine or of the server has found, and what to do about it. */
export interface Finding {
  /** What was looked at, in a few words; the same in every version. */
  check: string;
  status: "ok" | "warning" | "problem";
  detail: string;
  told?: Told;
}

/** What a sentence says, for those who write it in another language; absent where the English one is all that there is. */
export interface Told {
  code: string;
  /** Names, numbers and paths in it. */
  values: Readonly<Record<string, string>>;
}
