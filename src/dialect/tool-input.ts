import type { JsonObject } from "./read.ts";
import { parseExactJson } from "./exact-json.ts";

/** The arguments of a call as the object that Anthropic and Google demand; undefined where they are no JSON object. No text is no arguments. */
export function parseToolInput(text: string): JsonObject | undefined {
  const json = text.trim();
  if (json === "") return {};
  if (!json.startsWith("{")) return undefined;
  try {
    return parseExactJson(json) as JsonObject;
  } catch {
    return undefined;
  }
}

/** Arguments that come in pieces. */
export interface GrowingInput {
  arguments: string;
  /** So many characters there must be before it is looked whether they are whole. */
  checkedFrom: number;
}

/**
 * Whether nothing more of them can come. Arguments that were looked at in vain are looked at again when there are half as many more
 * of them, since each look reads all of them.
 */
export function isWholeInput(input: GrowingInput): boolean {
  const { length } = input.arguments;
  if (length < input.checkedFrom || !input.arguments.trimEnd().endsWith("}")) return false;
  if (parseToolInput(input.arguments) !== undefined) return true;
  if (length > freelyCheckedChars) input.checkedFrom = length * 1.5;
  return false;
}

const freelyCheckedChars = 1024;

/**
 * What there is of arguments that were cut off: the members of the object that are whole. A member that was cut is left out
 * rather than cut short, since half a path or half a number is another one.
 */
export function salvageToolInput(text: string): JsonObject {
  const { cut, closers } = lastWholeCut(text);
  return (closers !== "" && parseToolInput(text.slice(0, cut) + closers)) || {};
}

/** Where the longest beginning ends that ends after a whole member, and the brackets that close what is open there. */
function lastWholeCut(text: string): { cut: number; closers: string } {
  const open: string[] = [];
  let isInString = false;
  let cut = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (isInString) {
      if (letter === "\\") at++;
      else if (letter === '"') isInString = false;
    } else if (letter === '"') isInString = true;
    else if (letter === "{" || letter === "[") {
      open.push(letter === "{" ? "}" : "]");
      cut = at + 1;
    } else if (letter === "}" || letter === "]") {
      open.pop();
      cut = at + 1;
    } else if (letter === ",") cut = at;
  }
  // Every bracket makes a cut, so what is open at the end is open there.
  return { cut, closers: open.toReversed().join("") };
}
