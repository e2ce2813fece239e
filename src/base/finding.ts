/** What a check of this machine or of the server has found, and what to do about it. */
export interface Finding {
  /** What was looked at, in a few words; the same in every version. */
  check: string;
  status: "ok" | "warning" | "problem";
  detail: string;
}
