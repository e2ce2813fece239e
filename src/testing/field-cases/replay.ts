import type { AdminRecord } from "../run-sahab.ts";
import type { Findings } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import type { Reply } from "./reply.ts";

/** Through which dialect the client asks, and for which form of answer. `crossed`: for the form in which the vendor does not answer. */
export const roads = ["chat", "crossed", "messages"] as const;
export type Road = (typeof roads)[number];

/** One request that was answered by a vendor's exact bytes. */
export interface Replay {
  road: Road;
  /** Whether a healthy target stood behind the vendor's. */
  isBacked: boolean;
  reply: Reply;
  record: AdminRecord;
  /** How often the vendor was asked. */
  calls: number;
}

/** What must be true of every road, and what a case adds. */
export type ReplayRule = (replay: Replay, findings: Findings, fieldCase: FieldCase) => void;

export interface ReplayPlan {
  rule: ReplayRule;
  /** Which form the client asks for; by default the one that the vendor's media type says. */
  isStream?: boolean;
  operation?: "chat" | "embeddings";
  /** The client does not ask for usage in a stream, so that a vendor's bytes can pass unchanged. */
  isPlain?: boolean;
  /** By default all. */
  roads?: readonly Road[];
}

export const spareText = "spare answer";
export const price = { currency: "USD", input: 1, cached_input: 0.5, output: 2 };

/** The name of the provider and the model that a case's vendor has for one road. */
export const replayName = (name: string, road: Road, isBacked: boolean): string =>
  `${name}.${road}-${isBacked ? "backed" : "alone"}`;

export function isStreamed({ isStream }: ReplayPlan, fieldCase: FieldCase): boolean {
  return isStream ?? /^content-type: text\/event-stream/im.test(fieldCase.text("vendor.http"));
}

/** Whether the spare target has answered: text of the failed one must not be there. */
export const isSpare = ({ reply, record }: Replay): boolean =>
  record.provider === "spare" && reply.content === spareText;
