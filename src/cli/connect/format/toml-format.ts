import { parse, patch } from "@decimalturn/toml-patch";
import { changeTree, findValue, isContainer, SettingsFault } from "../settings-tree.ts";
import type { SettingsFormat } from "./settings-format.ts";

/** TOML. Tables of ours are added at the end, and lines of ours are cut out, so that comments around them stay where they are. */
export const tomlFormat: SettingsFormat = {
  empty: "",
  parse(text) {
    try {
      return parse(text) as unknown;
    } catch (cause) {
      const { message, line } = cause as { message: string; line?: number };
      throw new SettingsFault(`it is no TOML: ${message.split("\n").at(-1)}`, line);
    }
  },
  set(text, at, value) {
    const tree = changeTree(tomlFormat.parse(text), at, value);
    const simple = at.every(isBare) ? setSimply(text, at, value) : undefined;
    if (simple !== undefined && means(simple, tree)) return simple;
    return patch(text, tree);
  },
};

function setSimply(text: string, at: readonly string[], value: unknown): string | undefined {
  const header = `[${at.join(".")}]`;
  const start = text.startsWith(`${header}\n`) ? 0 : text.indexOf(`\n${header}\n`) + 1;
  const isThere = text.startsWith(`${header}\n`) || start > 0;
  if (value === undefined) return isThere ? cutTable(text, start) : cutLine(text, at);
  if (isThere || !isContainer(value) || Array.isArray(value) || findValue(tomlFormat.parse(text), at) !== undefined)
    return undefined;
  const lines = Object.entries(value).map(
    ([name, inner]) => `${isBare(name) ? name : JSON.stringify(name)} = ${encode(inner)}\n`,
  );
  const blank = text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  return `${text}${blank}${header}\n${lines.join("")}`;
}

/** The header and the lines of values behind it; the blank line before them goes too. */
function cutTable(text: string, start: number): string {
  const lines = text.slice(start).split(/(?<=\n)/);
  const next = lines.findIndex((line, at) => at > 0 && /^\s*\[/.test(line));
  const own = lines.slice(0, next < 0 ? lines.length : next);
  // Comments before the next table are that one's.
  const last = own.findLastIndex((line) => !/^\s*(?:#.*)?$/.test(line));
  const cut = own.slice(0, last + 1).join("").length;
  return text.slice(0, start).replace(/(?<=^|\n)\n$/, "") + text.slice(start + cut);
}

function cutLine(text: string, at: readonly string[]): string | undefined {
  const [name, ...more] = at;
  return more.length > 0 || name === undefined
    ? undefined
    : text.replace(new RegExp(String.raw`^[ \t]*${name}[ \t]*=.*(?:\n|$)`, "m"), "");
}

function means(text: string, tree: unknown): boolean {
  try {
    return Bun.deepEquals(plain(tomlFormat.parse(text)), plain(tree), true);
  } catch {
    return false;
  }
}

/** The library's objects have no prototype, copies of them have one. */
function plain(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(plain);
  if (!isContainer(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, plain(value)]));
}

function encode(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encode).join(", ")}]`;
  if (isContainer(value))
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${isBare(name) ? name : JSON.stringify(name)} = ${encode(inner)}`)
      .join(", ")} }`;
  return JSON.stringify(value);
}

function isBare(name: string | number): name is string {
  return typeof name === "string" && /^[A-Za-z0-9_-]+$/.test(name);
}
