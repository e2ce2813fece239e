import type { ModelFacts } from "./model-facts.ts";
import type { Places } from "./places.ts";
import type { SettingsFile } from "./settings-file.ts";

/** The wire formats that programs speak, by their names in `src/dialect`. */
export type SpokenDialect = "chat" | "responses" | "messages" | "gemini";

/** What a program is to be told. */
export interface Connection {
  /** The address of Sahab, without a slash at its end. */
  address: string;
  key: string;
  model: ModelFacts;
  /** What else may be picked in the program, where it shows a list of its own; the model itself is the first. */
  models: readonly ModelFacts[];
}

/** A program that calls models: what it is, how it is pointed at Sahab, and what one has to know. */
export interface ClientProgram {
  /** As `sahab connect NAME` has it. */
  name: string;
  title: string;
  /** What it is, in a few words. */
  about: string;
  speaks: SpokenDialect;
  /** Whether it works with tools, so that a model without them or with a small context is of little use. */
  isAgent: boolean;
  /** Set where requests come from the maker's servers and not from this machine. */
  callsFromElsewhere?: boolean;
  /** What shows that it is on this machine: commands, and files or folders that it makes. */
  signs: { commands?: readonly string[]; paths?: (places: Places) => readonly string[] };
  /** The settings that `--write` changes; a program without them is set up by hand. */
  files?: (connection: Connection, places: Places) => readonly SettingsFile[];
  /** Variables of the shell that it is started in. */
  environment?: (connection: Connection) => Readonly<Record<string, string>>;
  /** What a person does, one step a line. */
  steps?: (connection: Connection) => readonly string[];
  /** How it is started once it is set up. */
  start: string;
  /** What one has to know. */
  notes: readonly string[];
  /** Names of models that it asks for by itself and that no setting of it changes: they need an alias in cloud.yaml. */
  aliases?: readonly string[];
  /** The version that was looked at, where, and when. */
  seen: { version: string; source: string; date: string };
}

/** The base address of each dialect's SDK. */
export function baseOf(dialect: SpokenDialect, address: string): string {
  return dialect === "chat" || dialect === "responses" ? `${address}/v1` : address;
}
