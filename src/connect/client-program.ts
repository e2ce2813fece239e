import type { FormatName } from "./format/index.ts";
import type { ModelFacts } from "./model-facts.ts";
import type { Places } from "./places.ts";
import type { SettingsFile } from "./settings-file.ts";
import type { SettingsPath } from "./settings-tree.ts";

/** The wire formats that programs speak, by their names in `src/dialect`. */
export type SpokenDialect = "chat" | "responses" | "messages" | "gemini";

/** What a program is to be told. */
export interface Connection {
  /** The address of Sahab, without a slash at its end. */
  address: string;
  key: string;
  model: ModelFacts;
  /** The time, as some programs note it beside a key; ISO. */
  at: string;
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
  /** Set where its settings demand a context, so that a model of unknown context gets the usual one. */
  guessesContext?: boolean;
  /** Set where requests come from the maker's servers and not from this machine. */
  callsFromElsewhere?: boolean;
  /** What shows that it is on this machine: commands, and files or folders that it makes. */
  signs: { commands?: readonly string[]; paths?: (places: Places) => readonly string[] };
  /** The settings that `--write` changes; a program without them is set up by hand. */
  files?: (connection: Connection, places: Places) => readonly SettingsFile[];
  /** Settings of a person's own that win over what is written. */
  rivals?: (places: Places) => readonly Rival[];
  /** Variables of the shell that it is started in. */
  environment?: (connection: Connection) => Readonly<Record<string, string>>;
  /** What a person does, one step a line. */
  steps?: (connection: Connection) => readonly string[];
  /** How it is started once it is set up. */
  start: string;
  /** Set where `start` is no command but what a person opens. */
  isNoCommand?: boolean;
  /** What one has to know. */
  notes: readonly string[];
  /** What of it asks for models by names that no setting of it changes: they need an alias in cloud.yaml. */
  aliases?: { asker: string; names: readonly string[] };
  /** The version that was looked at, where, and when. */
  seen: { version: string; source: string; date: string };
}

/** A setting that wins over those of Sahab where it is there. */
export interface Rival {
  path: string;
  format: FormatName;
  at: SettingsPath;
  /** A value, or one among several, with which it does not. */
  but?: string;
  /** What to do; the end of a sentence. */
  advice: string;
}

/** Tokens of prompt and answer together that models hold today, where one is not known and a number is demanded. */
export const usualContext = 128_000;

/** The base address of each dialect's SDK. */
export function baseOf(dialect: SpokenDialect, address: string): string {
  return dialect === "chat" || dialect === "responses" ? `${address}/v1` : address;
}
