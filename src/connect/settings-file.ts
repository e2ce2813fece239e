import type { FormatName } from "./format/index.ts";
import type { SettingsPath } from "./settings-tree.ts";

/** A file of a program's settings and what Sahab puts into it. */
export interface SettingsFile {
  /** Absolute. */
  path: string;
  format: FormatName;
  values: readonly SettingsValue[];
}

export interface SettingsValue {
  path: SettingsPath;
  /** A text, number, boolean or list; an object is a block that is Sahab's as a whole. */
  value: unknown;
  /** Left alone where there is one already: what a new file needs to be valid. */
  isDefault?: boolean;
  /** A new entry of a list goes before the others, and not behind them. */
  isFirst?: boolean;
}
