import { createHash } from "node:crypto";
import { settingsFormat, type FormatName } from "./format/index.ts";
import type { SettingsValue } from "./settings-file.ts";
import {
  canonical,
  changeTree,
  exactPath,
  findAt,
  findValue,
  isContainer,
  isEmpty,
  placeValue,
  sameContent,
  SettingsFault,
  showPath,
  type ExactPath,
  type SettingsPath,
} from "./settings-tree.ts";

/** What was put into a file: enough to know it again, without what it was. */
export interface WrittenValue {
  path: SettingsPath;
  hash: string;
}

/** The text with the values in it, and everything else as it was. Throws a SettingsFault. */
export function putIn(
  name: FormatName,
  text: string | undefined,
  values: readonly SettingsValue[],
): { text: string; written: WrittenValue[] } {
  const format = settingsFormat(name);
  let next = text ?? format.empty;
  const written: SettingsPath[] = [];
  for (const { path, value, isDefault, isFirst } of values) {
    const tree = format.parse(next);
    if (isDefault && findValue(tree, path) !== undefined) continue;
    const place = placeValue(tree, path, value);
    const [list, end] = [place.at.slice(0, -1), place.at.at(-1)];
    // Behind others is where a new entry would go.
    const isMoved = isFirst && typeof end === "number" && end > 0 && end === (findAt(tree, list) as unknown[]).length;
    next = isMoved ? insertFirst(name, next, list, place.value) : change(name, next, place.at, place.value);
    written.push(path);
  }
  const tree = format.parse(next);
  return { text: next, written: written.map((path) => ({ path, hash: hashOf(findValue(tree, path)) })) };
}

/**
 * The text without what Sahab has put in: what was there before is there again, and what a person has changed since stays.
 * `kept` are the values that were changed since; `lost` are the blocks of Sahab's that had something of a person's in them.
 * The text is undefined where nothing is left of a file that Sahab has made. Throws a SettingsFault.
 */
export function takeOut(
  name: FormatName,
  text: string,
  before: string | undefined,
  written: readonly WrittenValue[],
): { text: string | undefined; kept: string[]; lost: string[] } {
  const format = settingsFormat(name);
  const former = format.parse(before ?? format.empty);
  const [kept, lost]: [string[], string[]] = [[], []];
  let next = text;
  for (const { path, hash } of written.toReversed()) {
    const tree = format.parse(next);
    const value = findValue(tree, path);
    if (value === undefined) continue;
    if (hashOf(value) !== hash) {
      const isBlock = isContainer(value) && !Array.isArray(value);
      (isBlock ? lost : kept).push(showPath(path));
      if (!isBlock) continue;
    }
    const was = findValue(former, path);
    if (was !== undefined) next = change(name, next, exactPath(tree, path), was);
    else next = remove(name, next, path, former);
  }
  const isNothing = before === undefined && (isEmpty(format.parse(next)) || format.parse(next) === undefined);
  return { text: isNothing ? undefined : next, kept, lost };
}

/** Takes a value out, and the objects around it that are then empty and were not there before. */
function remove(name: FormatName, text: string, path: SettingsPath, former: unknown): string {
  const format = settingsFormat(name);
  let next = change(name, text, exactPath(format.parse(text), path), undefined);
  for (let length = path.length - 1; length > 0; length--) {
    const around = path.slice(0, length);
    const tree = format.parse(next);
    if (!isEmpty(findValue(tree, around)) || findValue(former, around) !== undefined) break;
    next = change(name, next, exactPath(tree, around), undefined);
  }
  return next;
}

function change(name: FormatName, text: string, at: ExactPath, value: unknown): string {
  const format = settingsFormat(name);
  const expected = changeTree(format.parse(text), at, value);
  return checked(name, at, expected, () => format.set(text, at, value));
}

function insertFirst(name: FormatName, text: string, at: ExactPath, value: unknown): string {
  const format = settingsFormat(name);
  const tree = format.parse(text);
  const expected = changeTree(tree, at, [value, ...(findAt(tree, at) as unknown[])]);
  return checked(name, at, expected, () => format.insertFirst(text, at, value));
}

/** Makes one change, and makes sure that the text then says this and nothing else than before. */
function checked(name: FormatName, at: ExactPath, expected: unknown, act: () => string): string {
  const format = settingsFormat(name);
  let next: string;
  let found: unknown;
  try {
    next = act();
    found = format.parse(next);
  } catch (cause) {
    if (cause instanceof SettingsFault) throw cause;
    throw new SettingsFault(`it cannot be changed at ${at.join(".")} without harm to the rest`);
  }
  if (!sameContent(found, expected))
    throw new SettingsFault(`it cannot be changed at ${at.join(".")} without harm to the rest`);
  return next;
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}
