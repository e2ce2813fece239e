import type { tokenize } from "@huggingface/jinja";

type Token = ReturnType<typeof tokenize>[number];

/**
 * Writes tests with an argument as filters, since the library's parser has only tests without: `x is divisibleby(2)` and
 * `x is not eq "a"` become `x | is divisibleby(2)` and `x | is not eq("a")`, where `is …` is one name. A filter binds to
 * the same operand as a test does.
 */
export function spellTests(tokens: readonly Token[], depth = 0): Token[] {
  // Each level reads the tokens within it once more.
  if (depth > depthMax) throw new SyntaxError(`tests nest deeper than ${depthMax} levels`);
  const made: Token[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token;
    const negated = isName(tokens[at + 1], "not") ? 1 : 0;
    const name = tokens[at + 1 + negated];
    const next = tokens[at + 2 + negated];
    if (
      !isName(token, "is") ||
      !(name?.type === "Identifier" || name?.type === "ComparisonBinaryOperator") ||
      !startsArgument(next)
    ) {
      made.push(token);
      continue;
    }
    const start = at + 2 + negated;
    const end = endOfArgument(tokens, start);
    const argument = spellTests(tokens.slice(start, end), depth + 1);
    const word = `is ${negated ? "not " : ""}${name.value}`;
    made.push({ type: "Pipe", value: "|" }, { type: "Identifier", value: word });
    if (next?.type === "OpenParen") made.push(...argument);
    else made.push({ type: "OpenParen", value: "(" }, ...argument, { type: "CloseParen", value: ")" });
    at = end - 1;
  }
  return made;
}

const depthMax = 50;

/** The test that such a filter is. */
export function testInFilter(filter: string): { name: string; isNegated: boolean } | undefined {
  const found = /^is (not )?(.+)$/.exec(filter);
  return found ? { name: found[2] ?? "", isNegated: found[1] !== undefined } : undefined;
}

const isName = (token: Token | undefined, name: string) => token?.type === "Identifier" && token.value === name;

/** Words that follow a test and are no argument of it. */
const words = new Set(["and", "or", "not", "else", "if", "is", "in", "recursive"]);
const openers = new Set<string>(["OpenParen", "OpenSquareBracket", "OpenCurlyBracket"]);
const closers = new Set<string>(["CloseParen", "CloseSquareBracket", "CloseCurlyBracket"]);

function startsArgument(token: Token | undefined): boolean {
  if (!token) return false;
  if (token.type === "Identifier") return !words.has(token.value);
  return token.type === "StringLiteral" || token.type === "NumericLiteral" || openers.has(token.type);
}

/** After a literal, name or bracket, and after the attributes, items and calls that follow it. */
function endOfArgument(tokens: readonly Token[], start: number): number {
  let at = openers.has(tokens[start]?.type ?? "") ? afterBracket(tokens, start) : start + 1;
  if (tokens[start]?.type === "OpenParen") return at;
  for (;;) {
    const type = tokens[at]?.type;
    if (type === "Dot") at += 2;
    else if (type === "OpenParen" || type === "OpenSquareBracket") at = afterBracket(tokens, at);
    else return at;
  }
}

function afterBracket(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const type = tokens[at]?.type ?? "";
    if (openers.has(type)) depth++;
    else if (closers.has(type) && --depth === 0) return at + 1;
  }
  return tokens.length;
}
