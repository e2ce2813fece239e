import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { isObject, type JsonObject } from "../read.ts";

/**
 * The arguments of a call that comes in pieces, each of which says where it belongs: `{jsonPath: "$.items[0].name", stringValue:
 * "ap", willContinue: true}`. Rule: Google's documentation, "Streaming function call arguments".
 */
export class PartialArguments {
  readonly #root: JsonObject = {};
  /** Where the last text is that goes on. */
  #open: string | undefined;
  /** Characters of what has been added. */
  chars = 0;

  /** Throws `upstream_invalid_response` for a piece that belongs nowhere. */
  add(piece: unknown): void {
    if (!isObject(piece) || typeof piece["jsonPath"] !== "string") throw invalid("has no path");
    const { jsonPath: path, stringValue: said } = piece;
    this.#count(path.length + (typeof said === "string" ? said.length : 0));
    const steps = parsePath(path);
    const last = steps.pop();
    if (last === undefined) return;
    let holder: Holder = this.#root;
    for (const [index, step] of steps.entries()) holder = this.#enter(holder, step, steps[index + 1] ?? last);
    const value = valueOf(piece);
    const before = this.#open === path ? get(holder, last) : undefined;
    set(holder, last, typeof before === "string" && typeof value === "string" ? before + value : value);
    this.#open = piece["willContinue"] === true ? path : undefined;
  }

  /** Whole fields, which some pieces have instead. Throws `upstream_invalid_response` where all together are too many. */
  merge(fields: unknown): void {
    if (!isObject(fields)) return;
    this.#count(JSON.stringify(fields).length);
    for (const [name, value] of Object.entries(fields)) set(this.#root, name, value);
  }

  #count(chars: number): void {
    this.chars += chars;
    if (this.chars > limits.parsedAnswerBytesMax)
      throw invalid(`has more than ${limits.parsedAnswerBytesMax} characters with those before it`);
  }

  get json(): string {
    return JSON.stringify(this.#root);
  }

  #enter(holder: Holder, step: Step, next: Step): Holder {
    const known = get(holder, step);
    if (known === undefined) {
      const made: Holder = typeof next === "number" ? [] : {};
      set(holder, step, made);
      return made;
    }
    if (Array.isArray(known) || isObject(known)) return known;
    throw invalid("belongs into a value that is neither a list nor an object");
  }
}

type Step = string | number;
type Holder = JsonObject | unknown[];

function get(holder: Holder, step: Step): unknown {
  if (Array.isArray(holder)) return typeof step === "number" ? holder[step] : undefined;
  return Object.hasOwn(holder, step) ? holder[step] : undefined;
}

/** A list grows at its end only, so that no index makes it large. Safe for a key named `__proto__`. */
function set(holder: Holder, step: Step, value: unknown): void {
  if (Array.isArray(holder)) {
    if (typeof step !== "number" || step > holder.length) throw invalid("belongs beyond the end of a list");
    holder[step] = value;
  } else Object.defineProperty(holder, step, { value, enumerable: true, configurable: true, writable: true });
}

function valueOf(piece: JsonObject): unknown {
  const { stringValue: said, numberValue: counted, boolValue: judged } = piece;
  return said ?? counted ?? judged ?? null;
}

/** `$.a[0]["b c"]` as `a`, 0, `b c`. */
function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  const step = /\.([^.[\]]+)|\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]|\['((?:[^'\\]|\\.)*)'\]/y;
  step.lastIndex = path.startsWith("$") ? 1 : 0;
  while (step.lastIndex < path.length) {
    const [, name, index, quoted, single] = step.exec(path) ?? [];
    if (name !== undefined) steps.push(name);
    else if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(unquote(quoted));
    else if (single !== undefined) steps.push(single.replaceAll(/\\(.)/g, "$1"));
    else throw invalid("has a path that cannot be read");
    if (steps.length > limits.jsonDepthMax) throw invalid("lies too deep");
  }
  return steps;
}

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw invalid("has a path that cannot be read");
  }
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's piece of a call's arguments ${problem}`);
}
