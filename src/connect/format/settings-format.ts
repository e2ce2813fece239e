import type { ExactPath } from "../settings-tree.ts";

/** A language of settings files, edited so that what else is there stays, comments too. */
export interface SettingsFormat {
  /** What a file starts with that does not exist yet. */
  empty: string;
  /** What the text says. Throws a SettingsFault. */
  parse(text: string): unknown;
  /** The text with another value at a place whose parent is there; undefined takes it out. */
  set(text: string, at: ExactPath, value: unknown): string;
  /** The text with a new first entry of a list that is there and has others. */
  insertFirst(text: string, at: ExactPath, value: unknown): string;
}
