import { envFormat } from "./env-format.ts";
import { jsonFormat } from "./json-format.ts";
import type { SettingsFormat } from "./settings-format.ts";
import { textFormat } from "./text-format.ts";
import { tomlFormat } from "./toml-format.ts";
import { yamlFormat } from "./yaml-format.ts";

const formats = { json: jsonFormat, yaml: yamlFormat, toml: tomlFormat, env: envFormat, text: textFormat };

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];

/** The same, for texts with a byte order mark and Windows' ends of lines too: an edited text keeps both. */
export function settingsFormat(name: FormatName): SettingsFormat {
  const format = formats[name];
  return {
    empty: format.empty,
    parse: (text) => format.parse(plain(text)),
    set(text, at, value) {
      const next = format.set(plain(text), at, value);
      const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
      return mark + (text.includes("\r\n") ? next.replaceAll("\n", "\r\n") : next);
    },
  };
}

function plain(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
