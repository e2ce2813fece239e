import { allowValue, countText } from "./render-cost.ts";
import { dict, list, none, numberAsWritten, StringValue, text, truth, type Value } from "./values.ts";

/** Deeper JSON counts as text: no tool has such arguments, and reading them would need as deep a stack. */
const depthMax = 256;

/**
 * The value of a JSON text. Unlike JSON.parse this keeps the digits of numbers (4611686018427387905, `1.0`) and the order of
 * keys that look like whole numbers. Undefined where the text is no JSON.
 */
export function readJson(json: string, protect: (text: string) => string): Value | undefined {
  countText(json.length);
  try {
    JSON.parse(json);
  } catch {
    return undefined;
  }
  // From here on the text is known to be valid.
  let at = 0;
  const skipSpace = () => {
    while (" \t\n\r".includes(json.charAt(at)) && at < json.length) at++;
  };
  const readString = (): string => {
    const start = at++;
    for (;;) {
      const end = json.indexOf('"', at);
      let run = end;
      while (json[run - 1] === "\\") run--;
      at = end + 1;
      // An even number of backslashes before the quote: it is not escaped.
      if ((end - run) % 2 === 0) return protect(JSON.parse(json.slice(start, at)) as string);
    }
  };
  const readValue = (depth: number): Value | undefined => {
    if (depth > depthMax) return undefined;
    const start = at;
    const value = readAny(depth);
    // Of a list its items have been counted.
    allowValue(value instanceof StringValue ? at - start : 0);
    return value;
  };
  const readAny = (depth: number): Value | undefined => {
    skipSpace();
    const letter = json[at];
    if (letter === '"') return text(readString());
    if (letter === "{" || letter === "[") {
      const entries = new Map<string, Value>();
      const items: Value[] = [];
      at++;
      for (;;) {
        skipSpace();
        const next = json[at];
        if (next === "," || next === "}" || next === "]") {
          at++;
          if (next !== ",") return letter === "{" ? dict(entries) : list(items);
          continue;
        }
        let key = "";
        if (letter === "{") {
          key = readString();
          skipSpace();
          at++;
        }
        const value = readValue(depth + 1);
        if (!value) return undefined;
        if (letter === "{") entries.set(key, value);
        else items.push(value);
      }
    }
    const literal = /[^\s,\]}]+/y;
    literal.lastIndex = at;
    const word = literal.exec(json)?.[0] ?? "";
    at += word.length;
    if (word === "null") return none;
    return word === "true" || word === "false" ? truth(word === "true") : numberAsWritten(word);
  };
  return readValue(0);
}
