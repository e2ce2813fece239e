import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";
import { showFieldName } from "../base/printable.ts";
import type { Position } from "./position.ts";
import { withoutNpmLines } from "./read-cloud-yaml.ts";

/**
 * Finds places such as `models[0].price.input` in the text of a cloud.yaml, or the same in JSON: the key of a field, or the beginning of an
 * entry. Of a place that is not there it finds what is around it, and nothing for the whole document.
 */
export function locatorFor(text: string): (path: string) => Position | undefined {
  const lines = new LineCounter();
  const document = parseDocument(withoutNpmLines(text), { merge: true, logLevel: "error", lineCounter: lines });
  return (path) => {
    const offset = offsetOf(path, document.contents, (node) => (isAlias(node) ? node.resolve(document) : node));
    if (offset === undefined) return undefined;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
}

function offsetOf(path: string, contents: unknown, resolve: (node: Node) => Node | undefined): number | undefined {
  let rest = path;
  let at = contents;
  let found: number | undefined;
  while (rest !== "" && isNode(at)) {
    const node = resolve(at);
    const step = isSeq(node) ? stepInList(rest, node.items) : isMap(node) ? stepInMap(rest, node.items) : undefined;
    if (!step) break;
    ({ rest, at } = step);
    found = step.offset ?? found;
  }
  return found;
}

interface Step {
  rest: string;
  at: unknown;
  offset: number | undefined;
}

function stepInList(path: string, items: readonly unknown[]): Step | undefined {
  const [whole, index] = /^\[(\d+)\]\.?/.exec(path) ?? [];
  const item = whole === undefined ? undefined : items[Number(index)];
  return whole === undefined || item === undefined
    ? undefined
    : { rest: path.slice(whole.length), at: item, offset: startOf(item) };
}

/** Keys may have dots in them, such as the names of models: the longest that fits is meant. */
function stepInMap(path: string, items: readonly unknown[]): Step | undefined {
  let best: (Step & { length: number }) | undefined;
  for (const pair of items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const key = showFieldName(String(pair.key.value));
    const next = path.charAt(key.length);
    if (!path.startsWith(key) || !["", ".", "["].includes(next) || key.length <= (best?.length ?? -1)) continue;
    const rest = path.slice(next === "." ? key.length + 1 : key.length);
    best = { rest, at: pair.value, offset: startOf(pair.key), length: key.length };
  }
  return best;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
