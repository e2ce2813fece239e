import { parse, patch } from "@decimalturn/toml-patch";
import { changeTree, findValue, isContainer, sameContent, SettingsFault } from "../settings-tree.ts";
import type { SettingsFormat } from "./settings-format.ts";

/** TOML. Tables of ours are added at the end, and lines of ours are cut out, so that comments around them stay where they are. */
export const tomlFormat: Omit<SettingsFormat, "insertFirst"> = {
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
  // One table in a new one: its own header is enough.
  const [[name, inner] = ["", undefined], ...more] = isTable(value) ? Object.entries(value) : [];
  if (more.length === 0 && isTable(inner) && isBare(name) && findValue(tomlFormat.parse(text), at) === undefined)
    return setSimply(text, [...at, name], inner);
  const header = `[${at.join(".")}]`;
  const start = text.startsWith(`${header}\n`) ? 0 : text.indexOf(`\n${header}\n`) + 1;
  const isThere = text.startsWith(`${header}\n`) || start > 0;
  if (value === undefined) return isThere ? cutTable(text, start) : cutLine(text, at);
  if (isThere || findValue(tomlFormat.parse(text), at) !== undefined) return undefined;
  if (!isTable(value)) return at.length === 1 && at[0] !== undefined ? addLine(text, at[0], value) : undefined;
  const lines = Object.entries(value).map(
    ([name, inner]) => `${isBare(name) ? name : JSON.stringify(name)} = ${encode(inner)}\n`,
  );
  const blank = text === "" || text.endsWith("\n\n") ? "" : text.endsWith("\n") ? "\n" : "\n\n";
  return `${text}${blank}${header}\n${lines.join("")}`;
}

/** The header and the lines of values behind it; the blank line before them goes too. */
function cutTable(text: string, start: number): string {
  const lines = linesOf(text.slice(start));
  const next = lines.findIndex((line, at) => at > 0 && /^\s*\[/.test(line));
  const own = lines.slice(0, next < 0 ? lines.length : next);
  // Comments before the next table are that one's.
  const last = own.findLastIndex((line) => !isComment(line));
  const cut = own.slice(0, last + 1).join("").length;
  return text.slice(0, start).replace(/(?<=^|\n)\n$/, "") + text.slice(start + cut);
}

/** The line of a value; of the blank lines around it one is enough. */
function cutLine(text: string, at: readonly string[]): string | undefined {
  const [name, ...more] = at;
  if (more.length > 0 || name === undefined) return undefined;
  const lines = linesOf(text);
  const place = lines.findIndex((line) => new RegExp(String.raw`^[ \t]*${name}[ \t]*=`).test(line));
  if (place < 0) return undefined;
  const isBlank = (line: string | undefined) => line === undefined || line.trim() === "";
  const isDouble = isBlank(lines[place - 1]) && lines[place + 1] !== undefined && isBlank(lines[place + 1]);
  return lines.toSpliced(place, isDouble ? 2 : 1).join("");
}

/** A value of the file itself goes behind the last one before the first table, and not between this and its comment. */
function addLine(text: string, name: string, value: unknown): string {
  const lines = linesOf(text);
  const table = lines.findIndex((line) => /^\s*\[/.test(line));
  const head = lines.slice(0, table < 0 ? lines.length : table);
  const last = head.findLastIndex((line) => !isComment(line));
  const own = `${name} = ${encode(value)}\n`;
  if (last >= 0) return [...lines.slice(0, last), endLine(lines[last] ?? ""), own, ...lines.slice(last + 1)].join("");
  if (table < 0) return [...head.slice(0, -1), ...head.slice(-1).map(endLine), own].join("");
  const place = head.findLastIndex((line) => line.trim() === "") + 1;
  return [...lines.slice(0, place), own, "\n", ...lines.slice(place)].join("");
}

const linesOf = (text: string) => text.split(/(?<=\n)/).filter((line) => line !== "");
const isComment = (line: string) => /^\s*(?:#.*)?\s*$/.test(line);
const endLine = (line: string) => (line.endsWith("\n") ? line : `${line}\n`);

function means(text: string, tree: unknown): boolean {
  try {
    return sameContent(tomlFormat.parse(text), tree);
  } catch {
    return false;
  }
}

function encode(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encode).join(", ")}]`;
  if (isContainer(value))
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${isBare(name) ? name : JSON.stringify(name)} = ${encode(inner)}`)
      .join(", ")} }`;
  return JSON.stringify(value);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return isContainer(value) && !Array.isArray(value);
}

function isBare(name: string | number): name is string {
  return typeof name === "string" && /^[A-Za-z0-9_-]+$/.test(name);
}
