import { offeredName } from "./named-body.ts";
import { headCharsMax, type CallableTools, type CallBody, type CallReader, type ReadCall, type Scan } from "./rules.ts";
import { cutArgument, typedArgument } from "./typed-argument.ts";
import { endsWithin } from "./value-scan.ts";

/** How a call is written whose arguments each have tags of their own. */
export interface ArgumentTags {
  /** Around the name. Without `close` the name ends at white space or at the next tag. */
  name: { open: string; close: string };
  /** Around the name of an argument. It may be quoted, and `string="true"` may follow it. */
  key: { open: string; close: string };
  value: { open: string; close: string };
  /** Closes the call. */
  end?: string;
  /** Closes the section, and so a call that lacks its own end. */
  outerEnd?: string;
  /** A value has a line end before it and after it that are not part of it. */
  hasLines?: boolean;
}

/** `<function=name><parameter=key>value</parameter></function>` and its kind. */
export function taggedBody(tags: ArgumentTags): CallBody {
  const { name, key, value, end = "", outerEnd = "" } = tags;
  return {
    tags: [name.open, name.close, key.open, key.close, value.open, value.close, end, outerEnd].filter(
      (text) => text !== "",
    ),
    start: (tools) => new TaggedReader(tags, tools),
  };
}

interface Argument {
  name: string;
  /** What the model says of the type, if it does. */
  isString?: boolean;
}

class TaggedReader implements CallReader {
  readonly #tags: ArgumentTags;
  readonly #tools: CallableTools;
  readonly #written = new Map<string, string>();
  #state: "name" | "between" | "before-value" | "value" = "name";
  #name = "";
  #argument: Argument = { name: "" };
  #at = 0;
  /** Where the next closing tag of the value is looked for. */
  #searchAt = 0;

  constructor(tags: ArgumentTags, tools: CallableTools) {
    this.#tags = tags;
    this.#tools = tools;
  }

  scan(text: string): Scan {
    return this.#scan(text, false);
  }

  read(text: string, how: "whole" | "ended" | "cut"): ReadCall | undefined {
    if (how === "ended") {
      const found = this.#scan(text, true);
      const isComplete = this.#state === "between" && this.#isFollowed(text, this.#at) === "maybe";
      if (found === "none" || !isComplete) return undefined;
    }
    if (this.#state === "name") return undefined;
    const fields = [...this.#written].map(([key, json]) => `${JSON.stringify(key)}: ${json}`);
    if (how !== "cut") return { name: this.#name, arguments: `{${fields.join(", ")}}` };
    if (this.#state === "value") fields.push(this.#readCut(text));
    return { name: this.#name, arguments: fields.length === 0 ? "" : `{${fields.join(", ")}` };
  }

  #scan(text: string, isLast: boolean): Scan {
    for (;;) {
      const found =
        this.#state === "name"
          ? this.#readName(text, isLast)
          : this.#state === "between"
            ? this.#readBetween(text)
            : this.#state === "before-value"
              ? this.#readOpening(text)
              : this.#readValue(text, isLast);
      if (found !== undefined) return found;
    }
  }

  #readName(text: string, isLast: boolean): Scan | undefined {
    const { open, close } = this.#tags.name;
    if (!text.startsWith(open)) return open.startsWith(text) ? "open" : "none";
    const rest = text.slice(open.length, open.length + headCharsMax);
    let length = close === "" ? rest.search(/[\s<]/) : rest.indexOf(close);
    if (length === -1 && close === "" && isLast) length = rest.length;
    if (length === -1) return rest.length >= headCharsMax ? "none" : "open";
    const written = readName(rest.slice(0, length));
    if (!written) return "none";
    this.#name = offeredName(written.name, this.#tools) ?? written.name;
    this.#at = open.length + length + close.length;
    this.#state = "between";
    return undefined;
  }

  #readBetween(text: string): Scan | undefined {
    const { key, end, outerEnd } = this.#tags;
    this.#at = skipSpace(text, this.#at);
    if (end !== undefined && text.startsWith(end, this.#at)) return this.#at + end.length;
    if (outerEnd !== undefined && text.startsWith(outerEnd, this.#at)) return this.#at;
    if (!text.startsWith(key.open, this.#at)) return this.#isFollowed(text, this.#at) === "maybe" ? "open" : "none";
    const from = this.#at + key.open.length;
    const length = text.slice(from, from + headCharsMax).indexOf(key.close);
    const written = text.slice(from, from + (length === -1 ? headCharsMax : length));
    if (written.includes("\n")) return "none";
    if (length === -1) return text.length - from >= headCharsMax ? "none" : "open";
    const argument = readName(written);
    if (!argument) return "none";
    this.#argument = argument;
    this.#at = from + length + key.close.length;
    this.#state = "before-value";
    return undefined;
  }

  #readOpening(text: string): Scan | undefined {
    const { open } = this.#tags.value;
    const at = open === "" ? this.#at : skipSpace(text, this.#at);
    if (!text.startsWith(open, at)) return endsWithin(text, at, open) ? "open" : "none";
    this.#at = at + open.length;
    this.#searchAt = this.#at;
    this.#state = "value";
    return undefined;
  }

  /** A closing tag ends the value only where the call goes on after it: the tag may be in the value, too. */
  #readValue(text: string, isLast: boolean): Scan | undefined {
    const { close } = this.#tags.value;
    for (;;) {
      const end = text.indexOf(close, this.#searchAt);
      if (end === -1) {
        this.#searchAt = Math.max(this.#searchAt, text.length - close.length + 1);
        return "open";
      }
      const followed = this.#isFollowed(text, skipSpace(text, end + close.length));
      if (followed === "maybe" && !isLast) return "open";
      if (followed === "no") {
        this.#searchAt = end + 1;
        continue;
      }
      this.#write(text.slice(this.#at, end));
      this.#at = end + close.length;
      this.#state = "between";
      return undefined;
    }
  }

  #isFollowed(text: string, at: number): "yes" | "maybe" | "no" {
    const { key, end, outerEnd } = this.#tags;
    const next = [key.open, end, outerEnd].filter((tag) => tag !== undefined);
    if (next.some((tag) => text.startsWith(tag, at))) return "yes";
    return next.some((tag) => endsWithin(text, at, tag)) ? "maybe" : "no";
  }

  #write(written: string): void {
    const { name, isString } = this.#argument;
    const text = this.#tags.hasLines === true ? written.replace(/^\r?\n/, "").replace(/\r?\n$/, "") : written;
    const json = isString === true ? JSON.stringify(text) : typedArgument(text, name, this.#schema(isString));
    this.#written.set(name, json);
  }

  #schema(isString: boolean | undefined): unknown {
    // What the model says of the type counts more than what its tool says.
    return isString === false ? undefined : this.#tools.get?.(this.#name);
  }

  #readCut(text: string): string {
    const { name, isString } = this.#argument;
    const { close } = this.#tags.value;
    let value = text.slice(this.#at);
    if (this.#tags.hasLines === true) value = value.replace(/^\r?\n/, "");
    // What may be a closing tag, with what may be the line end before it.
    const tag = longestEnd(value, close);
    if (tag > 0) value = value.slice(0, value.length - tag);
    if (this.#tags.hasLines === true) value = value.replace(/\r?\n$/, "");
    const json =
      isString === true ? JSON.stringify(value).slice(0, -1) : cutArgument(value, name, this.#schema(isString));
    return `${JSON.stringify(name)}: ${json}`;
  }
}

/** The length of the longest end of a text that begins the word, or is all of it with white space after it. */
function longestEnd(text: string, word: string): number {
  const bare = text.trimEnd();
  if (bare.endsWith(word)) return text.length - bare.length + word.length;
  for (let length = word.length - 1; length > 0; length--) if (text.endsWith(word.slice(0, length))) return length;
  return 0;
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  return at;
}

/** A name, with or without quotes, and what the model says of its type. */
function readName(written: string): Argument | undefined {
  const found = /^\s*(?:"([^"]*)"|([^"\s]+))(?:\s+string="(true|false)")?\s*$/.exec(written);
  const name = found?.[1] ?? found?.[2];
  if (name === undefined) return undefined;
  return { name, ...(found?.[3] !== undefined && { isString: found[3] === "true" }) };
}
