import { createRequire } from "node:module";
import type * as Re2 from "re2js";

const require = createRequire(import.meta.url);

const patternCharsMax = 500;

/** A pattern of an operator's own, whose search takes time in proportion to the text, whatever both are. */
export interface LinearPattern {
  replaceAll(text: string, replacement: string): string;
}

/** Compiles a pattern in RE2's syntax. Throws an Error that says what is wrong with it. */
export function compileLinear(pattern: string): LinearPattern {
  if (pattern.length > patternCharsMax)
    throw new Error(`has ${pattern.length} characters; at most ${patternCharsMax} are allowed`);
  // 260 KB that few installations need.
  const { RE2JS } = require("re2js") as typeof Re2;
  let compiled: Re2.RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unreadable";
    throw new Error(
      `${why}; RE2's syntax is allowed (https://github.com/google/re2/wiki/Syntax), which has no backreferences and no lookaround`,
      { cause },
    );
  }
  if (compiled.matcher("").find()) throw new Error("matches the empty text, so it would match everywhere");
  return {
    replaceAll: (text, replacement) => compiled.matcher(text).replaceAll(() => replacement),
  };
}
