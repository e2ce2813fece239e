import type { Scan } from "./rules.ts";

/** How values in brackets are written. */
export interface ValueSyntax {
  /** What strings begin and end with, the longest first. */
  quotes: readonly string[];
  /** In a string, the letter after a backslash is part of it. */
  hasEscapes: boolean;
  /** Letters outside of strings, brackets aside. Another one shows that this is no value. */
  outside: RegExp;
}

export const jsonSyntax: ValueSyntax = { quotes: ['"'], hasEscapes: true, outside: /[\s\d+\-.eEtrufalsn,:]/ };

/** Finds the end of a value that begins with a bracket at `start`. Looks at each letter once, however often the text has grown. */
export function scanValue({ quotes, hasEscapes, outside }: ValueSyntax, start = 0): (text: string) => Scan {
  const closing: string[] = [];
  let quote: string | undefined;
  let at = start;

  const stepString = (text: string, end: string): boolean => {
    if (hasEscapes && text[at] === "\\") {
      if (at + 1 >= text.length) return false;
      at += 2;
    } else if (text.startsWith(end, at)) {
      at += end.length;
      quote = undefined;
    } else if (endsWithin(text, at, end)) return false;
    else at++;
    return true;
  };

  return (text) => {
    while (at < text.length) {
      if (quote !== undefined) {
        if (!stepString(text, quote)) return "open";
        continue;
      }
      if (quotes.some((one) => endsWithin(text, at, one))) return "open";
      quote = closing.length > 0 ? quotes.find((one) => text.startsWith(one, at)) : undefined;
      if (quote !== undefined) {
        at += quote.length;
        continue;
      }
      const letter = text.charAt(at);
      const close = pairs.get(letter);
      if (close !== undefined) closing.push(close);
      else if (letter === closing.at(-1)) {
        closing.pop();
        if (closing.length === 0) return at + 1;
      } else if (closing.length === 0 || !outside.test(letter)) return "none";
      at++;
    }
    return "open";
  };
}

const pairs: ReadonlyMap<string, string> = new Map([
  ["{", "}"],
  ["[", "]"],
  ["(", ")"],
]);

/** Whether the text ends, at a place, with a beginning of the word that is not all of it. */
export function endsWithin(text: string, at: number, word: string): boolean {
  return text.length - at < word.length && word.startsWith(text.slice(at));
}
