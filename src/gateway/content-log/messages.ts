import type { MaskRule } from "../../base/mask-text.ts";

/** What an answer said in one of its choices, put together from its events. */
export type SaidPart =
  | { type: "text" | "reasoning" | "refusal"; text: string }
  | { type: "tool-call"; id: string; name: string; arguments: string };

/** An answer as it is kept: its parts by choice, or how large it was where it is no text. */
export type SaidAnswer =
  | { choices: { parts: SaidPart[]; finish: string | null }[]; isCut: boolean }
  | { omitted: string };

/** The text of one request, as it goes to the thread. */
export interface Content {
  id: string;
  project: string;
  /** Milliseconds since 1970: when the request came. */
  timeMs: number;
  keyId: string;
  model: string;
  operation: string;
  outcome: string;
  /** The client's body; null where it was too large to be kept. */
  body: ArrayBuffer | null;
  bodyBytes: number;
  answer: SaidAnswer | null;
  mask: readonly MaskRule[];
  retentionDays: number;
}

/** What the admin API shows of a request's text. Masked already. */
export interface KeptContent {
  id: string;
  project: string;
  time: string;
  key_id: string;
  model: string;
  operation: string;
  outcome: string;
  /** The body in the client's own format; a text where it is no JSON. */
  request: unknown;
  answer: SaidAnswer | null;
}

export type ToContentThread =
  | { type: "open"; dir: string; dataKey: string; index: number }
  | { type: "write"; number: number; content: Content }
  | { type: "read"; number: number; id: string };

/** `fault` says why it could not be done; `full` that the file of the day has no room. */
export interface FromContentThread {
  number: number;
  found?: KeptContent | undefined;
  fault?: string;
}
