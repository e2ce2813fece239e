import type { JournalPosition } from "../journal.ts";
import type { Recovered } from "../recover-journal.ts";
import type { Store } from "../store/index.ts";
import type { StoreLocation } from "../store/open-store.ts";
import type { Failure } from "./failure.ts";

/** What the thread can be asked: all of the store, and to take in journals. */
export interface Calls extends Omit<Store, "close"> {
  /** Takes in lines before the position, and deletes segments that the store has in full; see move-journal.ts. */
  drainJournal(dir: string, position: JournalPosition): Promise<boolean>;
  /** See recover-journal.ts. */
  recoverJournal(dir: string): Promise<Recovered>;
  recoverJournals(root: string): Promise<Recovered>;
  /** See retire-usage.ts. */
  exportUsageDay(dir: string, beforeMs: number): Promise<string | undefined>;
  deleteUsageDay(dir: string): Promise<string | undefined>;
}

export type ToThread =
  | { type: "open"; location: StoreLocation }
  | { type: "call"; id: number; method: keyof Calls; args: unknown[] }
  | { type: "cancel"; id: number }
  | { type: "close" };

export type FromThread =
  | { type: "opened" | "closed" }
  | { type: "not-opened"; failure: Failure }
  | { type: "value"; id: number; value: unknown }
  | { type: "failure"; id: number; failure: Failure }
  | { type: "log"; level: "warn" | "error"; fields: object; text: string };
