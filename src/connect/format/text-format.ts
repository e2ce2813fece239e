import type { SettingsFormat } from "./settings-format.ts";

/** A file that holds one text and nothing else. */
export const textFormat: Omit<SettingsFormat, "insertFirst"> = {
  empty: "",
  parse: (text) => (text.trim() === "" ? undefined : text.trim()),
  set: (_text, _at, value) => (typeof value === "string" ? `${value}\n` : ""),
};
