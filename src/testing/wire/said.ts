/** What a model says, whatever the wire format: what a translation must keep on the way to the client. */
export interface Said {
  text: string;
  reasoning: string;
  calls: SaidCall[];
  stop: Stop;
  usage: SaidUsage;
}

export interface SaidCall {
  id: string;
  name: string;
  /** Parsed, since their spelling may change. */
  arguments: unknown;
}

/** `refusal`: the model or a filter refuses. `none`: the answer did not say. */
export type Stop = "stop" | "length" | "tool-calls" | "refusal" | "none";

/** Input includes what was read from a cache, and output what was thought; all 0 where nobody counted. */
export interface SaidUsage {
  input: number;
  cached: number;
  output: number;
  reasoning: number;
}

/** What a client has got. */
export interface Got {
  status: number;
  said: Said;
  /** In the body, or at the end of a stream. */
  error: GotError | undefined;
  /** The answer said that it was complete. */
  isWhole: boolean;
  /** The assistant's turn with all that it has, as the client sends it back in the next request. */
  native: unknown;
  /** Paths that `x-sahab-dropped` names. */
  dropped: string[];
  /** The cost fields that Sahab adds to the usage. */
  cost: string | undefined;
}

export interface GotError {
  /** Sahab's own code, where the body has one. */
  code: string;
  /** The dialect's own name for the kind of error. */
  type: string;
  message: string;
}

export function nothingSaid(): Said {
  return { text: "", reasoning: "", calls: [], stop: "none", usage: { input: 0, cached: 0, output: 0, reasoning: 0 } };
}
