import { envFormat } from "./env-format.ts";
import { jsonFormat } from "./json-format.ts";
import { SettingsFault } from "../settings-tree.ts";
import type { SettingsFormat } from "./settings-format.ts";
import { textFormat } from "./text-format.ts";
import { tomlFormat } from "./toml-format.ts";
import { yamlFormat } from "./yaml-format.ts";

const formats: Record<"json" | "yaml" | "toml" | "env" | "text", FormatOfFiles> = {
  json: jsonFormat,
  yaml: yamlFormat,
  toml: tomlFormat,
  env: envFormat,
  text: textFormat,
};

/** Only formats whose lists are changed so have `insertFirst`. */
type FormatOfFiles = Omit<SettingsFormat, "insertFirst"> & Partial<Pick<SettingsFormat, "insertFirst">>;

export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];

/** The same, for texts with a byte order mark and Windows' ends of lines too: an edited text keeps both. */
export function settingsFormat(name: FormatName): SettingsFormat {
  const format = formats[name];
  const likeIt = (text: string, next: string) => {
    const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
    return mark + (text.includes("\r\n") ? next.replaceAll("\n", "\r\n") : next);
  };
  return {
    empty: format.empty,
    parse: (text) => format.parse(plain(text)),
    set: (text, at, value) => likeIt(text, format.set(plain(text), at, value)),
    insertFirst(text, at, value) {
      if (!format.insertFirst) throw new SettingsFault(`lists of ${name} get new entries at their end alone`);
      return likeIt(text, format.insertFirst(plain(text), at, value));
    },
  };
}

function plain(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
