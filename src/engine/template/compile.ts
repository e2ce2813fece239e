import { Environment, parse, tokenize } from "@huggingface/jinja";
import { filterNamed } from "./filters.ts";
import { ChatInterpreter } from "./interpreter.ts";
import type { Call, Named } from "./nodes.ts";
import { printed } from "./python-text.ts";
import { spend, templateCharsMax } from "./render-cost.ts";
import { spellTests, testInFilter } from "./spell-tests.ts";
import { strftimeNow } from "./strftime.ts";
import { testNamed } from "./tests.ts";
import {
  callable,
  dict,
  list,
  missing,
  none,
  numberOf,
  setVariable,
  text,
  truth,
  whole,
  type Value,
} from "./values.ts";
import { splitArguments } from "./arguments.ts";

export interface CompiledTemplate {
  unknownNames: string[];
  /** Throws an Error with the template's own words for what it refuses, or with what it does wrong. */
  render(variables: ReadonlyMap<string, Value>): string;
}

/** Compiles a chat template written for Jinja2, with the settings of Hugging Face's `apply_chat_template`. Throws where it can't be read. */
export function compileTemplate(source: string): CompiledTemplate {
  if (source.length > templateCharsMax)
    throw new SyntaxError(`it has ${source.length} characters; at most ${templateCharsMax} are allowed`);
  // The library looks for tags from each blank on.
  if (/\s{1000}/.test(source)) throw new SyntaxError("it has more than 1000 blanks in a row");
  let program: ReturnType<typeof parse>;
  try {
    program = parse(spellTests(tokenize(prepare(source), { lstrip_blocks: true, trim_blocks: true })));
  } catch (cause) {
    // The parser calls itself for each bracket, block, sign and condition, and fills the stack after some thousand of them.
    if (cause instanceof RangeError)
      throw new SyntaxError("its brackets, blocks or conditions nest too deep to be read", { cause });
    // The parser reads past the last token where a block or a bracket is not closed.
    if (cause instanceof TypeError)
      throw new SyntaxError("it ends before all of its blocks and brackets are closed", { cause });
    throw cause;
  }
  return {
    unknownNames: unknownNames(program),
    render(variables) {
      const scope = new Environment();
      // Set last, so that no variable of a caller takes the place of what a template relies on.
      for (const [name, value] of variables) setVariable(scope, name, value);
      for (const [name, value] of globals) setVariable(scope, name, value);
      return printed(new ChatInterpreter(scope).run(program));
    },
  };
}

/** Filters and tests that do not exist here. Jinja2 looks for them when it compiles, wherever in a template they are. */
function unknownNames(program: unknown): string[] {
  const unknown = new Set<string>();
  const see = (kind: string, look: () => unknown, name: string) => {
    try {
      look();
    } catch {
      unknown.add(`the ${kind} ${name}`);
    }
  };
  // A list of what is left, since the parser makes a sum of any length as deep as it is long.
  const left: unknown[] = [program];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== "object" || node === null) continue;
    const { type, filter, test } = node as { type?: string; filter?: Named | Call; test?: Named };
    if (filter && (type === "FilterExpression" || type === "FilterStatement")) {
      const name = "callee" in filter ? filter.callee.value : filter.value;
      const asked = testInFilter(name);
      if (asked) see("test", () => testNamed(asked.name), asked.name);
      else see("filter", () => filterNamed(name), name);
    }
    if (test && type === "TestExpression") see("test", () => testNamed(test.value), test.value);
    for (const child of (node instanceof Map ? [...node].flat() : Object.values(node)).toReversed()) left.push(child);
  }
  return [...unknown];
}

/** Writes what the library's lexer lacks in words that it has: `{%+`, `{% raw %}`, unknown escapes and Windows' line ends. */
function prepare(source: string): string {
  const raws = replaceSpans(
    source.replaceAll("\r\n", "\n"),
    /\{%(-?)\s*raw\s*(-?)%\}/g,
    /\{%(-?)\s*endraw\s*(-?)%\}/g,
    (body, [, before = "", first], [, last, after = ""]) => {
      const start = first === "-" ? body.trimStart() : body;
      return `{{${before} ${JSON.stringify(last === "-" ? start.trimEnd() : start)} ${after}}}`;
    },
  );
  return replaceSpans(raws, /\{[{%]/g, /[%}]\}/g, (body, [open], [close]) => open + keepBackslashes(body) + close)
    .replaceAll(/^([ \t]*)\{%\+/gm, (_match, space: string) =>
      space === "" ? "{%" : `{{ ${JSON.stringify(space)} }}{%`,
    )
    .replaceAll(/\{%\+/g, "{%")
    .replaceAll(/\+%\}(\n?)/g, (_match, end: string) => (end === "" ? "%}" : '%}{{ "\\n" }}'));
}

/** Replaces what begins with one pattern and ends with the next match of another. Reads the text once, even where no end comes. */
function replaceSpans(
  source: string,
  open: RegExp,
  close: RegExp,
  replace: (body: string, opened: RegExpExecArray, closed: RegExpExecArray) => string,
): string {
  let made = "";
  let at = 0;
  for (;;) {
    open.lastIndex = at;
    const opened = open.exec(source);
    if (!opened) break;
    close.lastIndex = open.lastIndex;
    const closed = close.exec(source);
    if (!closed) break;
    made += source.slice(at, opened.index) + replace(source.slice(open.lastIndex, closed.index), opened, closed);
    at = close.lastIndex;
  }
  return made + source.slice(at);
}

/** Python keeps the backslash of an escape that it does not know, as in `'\d'`, and drops one at the end of a line with the line's end. */
function keepBackslashes(tag: string): string {
  return tag.replaceAll(/\\([\s\S])/g, (escape, letter: string) => {
    if (letter === "\n") return "";
    return /[ntrbfvxu'"\\]/.test(letter) ? escape : `\\${escape}`;
  });
}

/** As in Jinja2's sandbox. */
const rangeMax = 100_000;

function range(args: Value[]): Value {
  const [first = 0, second, step = 1] = splitArguments(args).positional.map((arg) => numberOf(arg) ?? 0);
  const [start, end] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new RangeError("range() arg 3 must not be zero");
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count > rangeMax) throw new RangeError(`range() has ${count} items; at most ${rangeMax} are allowed`);
  spend(count);
  return list(Array.from({ length: count }, (_, index) => whole(start + index * step)));
}

const globals: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["true", truth(true)],
  ["True", truth(true)],
  ["false", truth(false)],
  ["False", truth(false)],
  ["none", none],
  ["None", none],
  ["range", callable(range)],
  ["dict", callable((args) => dict(new Map(splitArguments(args).named)))],
  ["strftime_now", callable((args) => text(strftimeNow(printed(args[0] ?? missing))))],
  [
    "raise_exception",
    callable((args) => {
      throw new Error(printed(args[0] ?? missing));
    }),
  ],
  ["namespace", new Environment().lookupVariable("namespace")],
]);
