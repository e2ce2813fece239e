import { limits } from "../../base/limits.ts";
import { scanJsonObject } from "../../dialect/json-scan.ts";
import { overlap } from "./stop-gate.ts";

export type OutputPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "tool-call"; name: string; arguments: string };

interface OutputParserOptions {
  /** The prompt ends inside a think block. */
  startsInReasoning: boolean;
  /** The answer may begin with a think block. */
  mayReason: boolean;
  /** Names of the tools that may be called; a block that calls another one is text. */
  callableTools: ReadonlySet<string>;
}

const openThink = "<think>";
const closeThink = "</think>";
const openCall = "<tool_call>";
const closeCall = "</tool_call>";

/** Splits what a model writes into reasoning at the start, tool calls, and text. Holds back what may be the beginning of a tag. */
export class OutputParser {
  readonly #callable: ReadonlySet<string>;
  #state: "start" | "reasoning" | "text" | "call";
  #held = "";
  /** How much of a held call has closing tags that are none. */
  #searched = 0;
  /** White space after a think block or a call is layout, and is dropped. */
  #skipsSpace = false;

  constructor(options: OutputParserOptions) {
    this.#callable = options.callableTools;
    this.#state = options.startsInReasoning ? "reasoning" : options.mayReason ? "start" : "text";
    this.#skipsSpace = options.startsInReasoning;
  }

  get inReasoning(): boolean {
    return this.#state === "reasoning";
  }

  get inText(): boolean {
    return this.#state === "text";
  }

  push(text: string): OutputPart[] {
    if (this.#state === "text" && this.#callable.size === 0 && !this.#skipsSpace)
      return text === "" ? [] : [{ type: "text", text }];
    this.#held += text;
    const parts: OutputPart[] = [];
    while (this.#step(parts));
    return parts;
  }

  /** What was held back. To be called when no more text comes; `isCut` where a limit cut it, so that a call may be half. */
  end({ isCut }: { isCut: boolean }): OutputPart[] {
    const held = this.#held;
    this.#held = "";
    if (held === "") return [];
    if (this.#state === "reasoning") return [{ type: "reasoning", text: held }];
    if (this.#state === "call") {
      // Models forget the closing tag. A call that one ends in the middle is none.
      const body = held.slice(0, held.length - overlap(held, closeCall));
      const call = readCall(body) ?? (isCut ? readPartialCall(held) : undefined);
      return [this.#offered(call) ?? { type: "text", text: openCall + held }];
    }
    return [{ type: "text", text: held }];
  }

  /** Takes one part from the held text; false when more text is needed. */
  #step(parts: OutputPart[]): boolean {
    if (this.#skipsSpace) {
      this.#held = this.#held.trimStart();
      if (this.#held === "") return false;
      this.#skipsSpace = false;
    }
    if (this.#held === "") return false;
    if (this.#state === "start") return this.#stepStart();
    if (this.#state === "reasoning") return this.#cutAt(closeThink, "reasoning", parts, "text");
    if (this.#state === "call") return this.#stepCall(parts);
    if (this.#callable.size > 0) return this.#cutAt(openCall, "text", parts, "call");
    parts.push({ type: "text", text: this.#held });
    this.#held = "";
    return false;
  }

  #stepStart(): boolean {
    const text = this.#held.trimStart();
    if (text.startsWith(openThink)) {
      this.#held = text.slice(openThink.length);
      this.#state = "reasoning";
      this.#skipsSpace = true;
      return true;
    }
    if (text === "" || openThink.startsWith(text)) return false;
    this.#state = "text";
    return true;
  }

  #cutAt(tag: string, type: "text" | "reasoning", parts: OutputPart[], after: "text" | "call"): boolean {
    const at = this.#held.indexOf(tag);
    if (at === -1) {
      const keep = overlap(this.#held, tag);
      const text = this.#held.slice(0, this.#held.length - keep);
      this.#held = this.#held.slice(this.#held.length - keep);
      if (text !== "") parts.push({ type, text });
      return false;
    }
    const text = this.#held.slice(0, at);
    this.#held = this.#held.slice(at + tag.length);
    // White space alone before a call is layout, not text; other text keeps its trailing white space.
    const isLayout = after === "call" && text.trim() === "";
    if (text !== "" && !isLayout) parts.push({ type, text });
    this.#state = after;
    this.#skipsSpace = after === "text";
    return true;
  }

  #stepCall(parts: OutputPart[]): boolean {
    const at = this.#held.indexOf(closeCall, this.#searched);
    if (at === -1) return false;
    const body = this.#held.slice(0, at);
    const call = readCall(body);
    // The tag may be in a string of the arguments.
    if (!call && endsInString(body)) {
      this.#searched = at + closeCall.length;
      return true;
    }
    this.#searched = 0;
    this.#held = this.#held.slice(at + closeCall.length);
    this.#state = "text";
    parts.push(this.#offered(call) ?? { type: "text", text: openCall + body + closeCall });
    this.#skipsSpace = parts.at(-1)?.type === "tool-call";
    return true;
  }

  #offered(call: ToolCall | undefined): ToolCall | undefined {
    return call && this.#callable.has(call.name) ? call : undefined;
  }
}

type ToolCall = Extract<OutputPart, { type: "tool-call" }>;

/** The arguments stay as the model wrote them: parsed and written anew, long numbers would lose digits. */
function readCall(body: string): ToolCall | undefined {
  try {
    const call = JSON.parse(body) as { name?: unknown; arguments?: unknown; parameters?: unknown } | null;
    if (typeof call?.name !== "string") return undefined;
    const key = (["arguments", "parameters"] as const).find((one) => (call[one] ?? undefined) !== undefined);
    const given = key && call[key];
    return { type: "tool-call", name: call.name, arguments: typeof given === "string" ? given : textOf(body, key) };
  } catch {
    return undefined;
  }
}

function textOf(json: string, key: string | undefined): string {
  const bytes = Buffer.from(json);
  const field =
    key === undefined ? undefined : scanJsonObject(bytes, { depthMax: limits.jsonDepthMax }).fields.get(key);
  return field ? bytes.toString("utf8", field.start, field.end) : "{}";
}

function endsInString(json: string): boolean {
  return json.replace(/\\./gs, "").split('"').length % 2 === 0;
}

/** A call that the token limit cut: the arguments so far are sent, as other servers do. */
function readPartialCall(body: string): ToolCall | undefined {
  const found = /^\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*(?:,\s*"(?:arguments|parameters)"\s*:\s*([\s\S]*))?/.exec(
    body,
  );
  if (!found?.[1]) return undefined;
  return { type: "tool-call", name: JSON.parse(found[1]) as string, arguments: found[2] ?? "" };
}
