import type { Notes, NotePlace } from "./notes.ts";
import type { Place } from "./places.ts";
import type { Variables } from "./variables.ts";

/** A provider as a cloud.yaml has it, without its name. */
export interface ProviderFields {
  vendor: Place["vendor"];
  base_url?: string;
  region?: string;
  api_key?: string;
  headers?: Record<string, string>;
  timeouts?: Record<string, number>;
}

/** Where the calls of a deployment go. */
export interface FoundTarget {
  provider: ProviderFields;
  /** The name that the provider is to have. */
  named: string;
  model: string;
  api?: "responses";
  /** A server of one's own, which costs nothing. */
  isOwn: boolean;
}

/** What is found with; `model` is where it is told. */
export interface Finding {
  notes: Notes;
  variables: Variables;
  at: NotePlace;
  /** For all calls that have no timeout of their own, in seconds. */
  timeoutS: number | undefined;
}
