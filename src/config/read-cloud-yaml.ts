import { isNode, isScalar, LineCounter, parseDocument, visit, type Document, type Node, type YAMLError } from "yaml";
import { describeYamlFault } from "./describe-yaml-fault.ts";
import type { Position } from "./position.ts";

/**
 * Reads the text of a cloud.yaml (or the same as JSON); throws an error that says where it is neither. The lines that
 * `npm run` prints before a command's output are no part of it: `npm run sahab -- export > cloud.yaml` leaves them there.
 * A megabyte of YAML takes a second, and of JSON 10 ms, so whoever has others waiting bounds the former by `yamlCharsMax`.
 */
export function readCloudYaml(text: string, yamlCharsMax = Number.POSITIVE_INFINITY): unknown {
  const hasOddNumbers = /[\d.]{16}|-0|\.(?:inf|nan)|e\+?\d{3}/i.test(text);
  const json = hasOddNumbers ? undefined : readJson(text);
  if (json !== undefined) return json;
  if (text.length > yamlCharsMax)
    throw new CloudYamlError(
      `YAML of at most ${yamlCharsMax} characters is read here, this has ${text.length}; send JSON without repeated keys, as sahab apply does`,
    );
  if (opens(text) > depthMax) throw new CloudYamlError(`More than ${depthMax} brackets are open at once`);
  const marks = text.match(/(?<=^|[\s[{])\?(?=\s|$)/g)?.length ?? 0;
  if (marks > marksMax)
    throw new CloudYamlError(`${marks} keys are marked by "?"; at most ${marksMax} are allowed, and none is needed`);
  const lines = new LineCounter();
  // The parser would print warnings that quote the text.
  const document = parseDocument(withoutNpmLines(text), { merge: true, logLevel: "error", lineCounter: lines });
  const [error] = document.errors;
  if (error?.code === "MULTIPLE_DOCS")
    throw new CloudYamlError("One document is allowed; after the line --- another one begins");
  if (error) throw new CloudYamlError(describeYamlFault(error), positionOf(error, document, lines));
  if (text.includes("&"))
    visit(document, {
      Alias(_key, { source }, path) {
        if (path.some((outer) => isNode(outer) && (outer as Node & { anchor?: string }).anchor === source))
          throw new CloudYamlError("An alias (*) is within what its anchor (&) names, which would have no end");
      },
    });
  // Looking at each number takes a third of the time of parsing.
  if (hasOddNumbers)
    visit(document, {
      Scalar(_key, node) {
        if (isScalar(node) && typeof node.value === "number" && !isKept(node.value, node.source))
          node.value = node.source;
      },
    });
  try {
    return document.toJS() as unknown;
  } catch {
    // Its message has the alias, which may be a key that begins with an asterisk.
    throw new CloudYamlError(
      "An alias (*) has no anchor (&) before it, or too many aliases lead to each other; a text that begins with * needs quotes",
    );
  }
}

/** A text that is not YAML. */
export class CloudYamlError extends Error {
  /** What is wrong, without the place. */
  readonly fault: string;
  readonly position: Position | undefined;

  constructor(fault: string, position?: Position) {
    super(position ? `line ${position.line}, column ${position.column}: ${fault}` : fault);
    this.fault = fault;
    this.position = position;
  }
}

/** Of a quote that is never closed, where it is opened: the parser tells the end of the text. */
function positionOf(
  { message, linePos, pos }: YAMLError,
  document: Document,
  lines: LineCounter,
): Position | undefined {
  const [at] = linePos ?? [];
  let found = at;
  if (message.startsWith("Missing closing"))
    visit(document, {
      Scalar(_key, { type, range }) {
        if (type?.startsWith("QUOTE_") && range && range[1] >= pos[0]) found = lines.linePos(range[0]);
      },
    });
  return found && { line: found.line, column: found.col };
}

/** Empty lines instead of them, so that the numbers of the others stay what they are. */
export function withoutNpmLines(text: string): string {
  return text.replace(/^\s*(?:> [^\n]*\n)+/, (lines) => lines.replaceAll(/[^\n]/g, ""));
}

/** The parser takes seconds for deep nesting; a configuration has less than ten levels. */
const depthMax = 1_000;

/** Keys that are marked, within each other: the parser takes 50 ms for 60, a second for 240 and many minutes for 1,000. */
const marksMax = 50;

/** The most brackets that are open at one place, those within strings included. */
function opens(text: string): number {
  let open = 0;
  let most = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open = Math.max(0, open + (bracket === "[" || bracket === "{" ? 1 : -1));
    most = Math.max(most, open);
  }
  return most;
}

/** Undefined for what is no JSON object, and for one with a key twice, of which JSON.parse would drop one unseen. */
function readJson(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let keys = 0;
  let value: unknown;
  try {
    value = JSON.parse(text, (_key, item: unknown) => {
      if (typeof item === "object" && item !== null && !Array.isArray(item)) keys += Object.keys(item).length;
      return item;
    });
  } catch {
    return undefined;
  }
  const strings = text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g);
  const written = strings.reduce((sum, [, colon]) => sum + (colon === undefined ? 0 : 1), 0);
  return written === keys ? (value as object) : undefined;
}

/**
 * Whether a number is what the text says, here and in JSON. A double keeps 15 digits; with more, a price would be rounded
 * unseen. JSON has neither infinity nor -0. Such numbers stay text, which the checks accept if it is exact and else name.
 */
function isKept(value: number, source: string | undefined): boolean {
  if (source === undefined) return true;
  const digits = source.replace(/e.*$/i, "").replace(/\D/g, "").replace(/^0+/, "");
  return Number.isFinite(value) && digits.length <= 15 && !Object.is(value, -0);
}
