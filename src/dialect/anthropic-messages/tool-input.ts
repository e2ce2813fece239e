import type { JsonObject } from "../read.ts";
import { parseExactJson } from "../exact-json.ts";

/** The arguments of a call as the object that Anthropic demands; undefined where they are no JSON object. No text is no arguments. */
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

/**
 * What there is of arguments that were cut off: the members of the object that are whole. A member that was cut is left out
 * rather than cut short, since half a path or half a number is another one.
 */
export function salvageToolInput(text: string): JsonObject {
  const { head, closers } = lastWholeCut(text);
  return (closers !== "" && parseToolInput(head + closers)) || {};
}

/** The longest beginning that ends after a whole member, and the brackets that are open there. */
function lastWholeCut(text: string): { head: string; closers: string } {
  let open = "";
  let isInString = false;
  let cut = { head: "", closers: "" };
  for (let at = 0; at < text.length; at++) {
    const letter = text.charAt(at);
    if (isInString) {
      if (letter === "\\") at++;
      else if (letter === '"') isInString = false;
    } else if (letter === '"') isInString = true;
    else if (letter === "{" || letter === "[") {
      open = (letter === "{" ? "}" : "]") + open;
      cut = { head: text.slice(0, at + 1), closers: open };
    } else if (letter === "}" || letter === "]") {
      open = open.slice(1);
      cut = { head: text.slice(0, at + 1), closers: open };
    } else if (letter === ",") cut = { head: text.slice(0, at), closers: open };
  }
  return cut;
}
