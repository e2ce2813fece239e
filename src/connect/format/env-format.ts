import { SettingsFault } from "../settings-tree.ts";
import type { SettingsFormat } from "./settings-format.ts";

/** Lines of NAME=value, as `.env` files have them. */
export const envFormat: Omit<SettingsFormat, "insertFirst"> = {
  empty: "",
  parse: (text) => Object.fromEntries(assignments(text).map(({ name, value }) => [name, value])),
  set(text, [name], value) {
    if (typeof name !== "string" || !/^[A-Za-z_]\w*$/.test(name))
      throw new SettingsFault(`${name} is no variable's name`);
    // Of several the last one counts: all of them are ours to change.
    const found = assignments(text).filter((one) => one.name === name);
    let next = text;
    for (const { start, end } of found.toReversed()) next = next.slice(0, start) + next.slice(end);
    if (value === undefined) return next;
    if (typeof value !== "string") throw new SettingsFault(`${name} is no text`);
    const line = `${name}=${quote(value)}\n`;
    const at = found.at(-1);
    if (at) {
      const before = found.slice(0, -1).reduce((sum, { start, end }) => sum + end - start, 0);
      return next.slice(0, at.start - before) + line + next.slice(at.start - before);
    }
    return `${next}${next === "" || next.endsWith("\n") ? "" : "\n"}${line}`;
  },
};

interface Assignment {
  name: string;
  value: string;
  start: number;
  /** Behind the end of its last line. */
  end: number;
}

/** Values in quotes may have several lines. */
const assignment =
  /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:"((?:\\[^]|[^"\\])*)"|'([^']*)'|`([^`]*)`|([^\n#]*))[^\n]*(?:\n|$)/;

function assignments(text: string): Assignment[] {
  const all: Assignment[] = [];
  let at = 0;
  while (at < text.length) {
    const found = assignment.exec(text.slice(at));
    if (found) {
      const [whole, name = "", double, single, back, bare = ""] = found;
      all.push({ name, value: double ?? single ?? back ?? bare.trim(), start: at, end: at + whole.length });
      at += whole.length;
    } else {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end + 1;
    }
  }
  return all;
}

function quote(value: string): string {
  if (/^[\w./:@%+,-]*$/.test(value)) return value;
  if (/["\n\\$`]/.test(value)) throw new SettingsFault("a value has a quote, a line's end, \\, $ or ` in it");
  return `"${value}"`;
}
