import { limits } from "../../../base/limits.ts";
import { isJson, offeredName } from "./named-body.ts";
import { headCharsMax, type CallableTools, type CallBody, type CallReader, type ReadCall, type Scan } from "./rules.ts";
import { endsWithin, scanValue, type ValueSyntax } from "./value-scan.ts";

/** How a call is written whose arguments are literals of a language other than JSON. */
export interface LiteralSyntax extends ValueSyntax {
  /** Matches what comes before the opening bracket of the arguments. The group `name` is the tool's name. */
  head: RegExp;
  bracket: "(" | "{";
  /** Between the name of an argument and its value. */
  assign: "=" | ":";
  /** A text without quotes is a string. */
  hasBareTexts?: boolean;
  /** Its tags. In some vocabularies they are control tokens. */
  tags?: readonly string[];
}

/** `name(key='value')`, `call:name{key:value}` and their kind. */
export function literalBody(syntax: LiteralSyntax): CallBody {
  return { tags: syntax.tags ?? [], start: (tools) => new LiteralCall(syntax, tools) };
}

class LiteralCall implements CallReader {
  readonly #syntax: LiteralSyntax;
  readonly #tools: CallableTools;
  #scanArguments: ((text: string) => Scan) | undefined;
  #name = "";
  #open = 0;
  /** The call is an argument of another one, as in `print(f())`. */
  #isWrapped = false;

  constructor(syntax: LiteralSyntax, tools: CallableTools) {
    this.#syntax = syntax;
    this.#tools = tools;
  }

  scan(text: string): Scan {
    if (!this.#scanArguments) {
      const found = this.#readHead(text);
      if (found !== undefined) return found;
    }
    return this.#scanArguments?.(text) ?? "open";
  }

  read(text: string, how: "whole" | "ended" | "cut"): ReadCall | undefined {
    if (!this.#scanArguments || how === "ended") return undefined;
    const reader = new LiteralReader(this.#syntax, text, this.#open);
    try {
      reader.readArguments();
    } catch (error) {
      if (!(error instanceof Stopped) || (error.isEnd ? how !== "cut" : true)) return undefined;
    }
    if (how === "whole" && text.slice(reader.at).trim() !== (this.#isWrapped ? ")" : "")) return undefined;
    return { name: this.#name, arguments: reader.json };
  }

  #readHead(text: string): Scan | undefined {
    const { bracket, head } = this.#syntax;
    const before = text.slice(0, headCharsMax);
    let open = before.indexOf(bracket);
    const wrapper = /^\s*print\s*$/.exec(before.slice(0, Math.max(open, 0)));
    const outer = open;
    if (wrapper) open = before.indexOf(bracket, outer + 1);
    const written = before.slice(wrapper ? outer + 1 : 0, open === -1 ? undefined : open);
    if (!/^\s*[\w.:-]*\s*$/.test(written)) return "none";
    if (open === -1) return before.length < headCharsMax ? "open" : "none";
    const name = head.exec(written)?.groups?.["name"]?.replace(/\.call$/, "");
    if (name === undefined) return "none";
    this.#name = offeredName(name, this.#tools) ?? name;
    this.#open = open;
    this.#isWrapped = wrapper !== null;
    this.#scanArguments = scanValue(this.#syntax, wrapper ? outer : open);
    return undefined;
  }
}

/** The literal is none (`isEnd` false), or the text ends within it. */
class Stopped extends Error {
  readonly isEnd: boolean;

  constructor(isEnd: boolean) {
    super(isEnd ? "the text ends" : "no literal");
    this.isEnd = isEnd;
  }
}

/** Writes literals as JSON, as far as they come. */
class LiteralReader {
  json = "";
  at: number;
  readonly #syntax: LiteralSyntax;
  readonly #text: string;
  #depth = 0;

  constructor(syntax: LiteralSyntax, text: string, at: number) {
    this.#syntax = syntax;
    this.#text = text;
    this.at = at;
  }

  readArguments(): void {
    const { bracket, assign } = this.#syntax;
    this.at++;
    this.json += "{";
    this.#readList(bracket === "(" ? ")" : "}", () => {
      this.#readPair(assign);
    });
    this.json += "}";
  }

  #readList(close: string, readItem: () => void): void {
    if (++this.#depth > limits.jsonDepthMax) throw new Stopped(false);
    for (let isFirst = true; this.#peek() !== close; isFirst = false) {
      const before = this.json.length;
      if (!isFirst) this.json += ", ";
      try {
        readItem();
      } catch (error) {
        // A comma alone is no beginning of an item.
        if (this.json.length === before + 2 && !isFirst) this.json = this.json.slice(0, before);
        throw error;
      }
      if (this.#peek() === ",") this.at++;
      else if (this.#peek() !== close) throw new Stopped(false);
    }
    this.at++;
    this.#depth--;
  }

  #readPair(assign: string): void {
    const quote = this.#quoteHere();
    let key: string;
    if (quote !== undefined) key = this.#string(quote, false).text;
    else {
      const [word] = this.#match(/[^\s=:,(){}[\]'"<]+/y);
      key = word;
    }
    if (this.#peek() !== assign) throw new Stopped(false);
    this.at++;
    // Before the value's first letter, so that a cut shows no name without a value.
    this.#peek();
    this.json += `${JSON.stringify(key)}: `;
    this.#readValue();
  }

  #readValue(): void {
    const letter = this.#peek();
    const quote = this.#quoteHere();
    if (quote !== undefined) this.#writeString(quote);
    else if (letter === "[" || letter === "(") {
      this.at++;
      this.json += "[";
      this.#readList(letter === "[" ? "]" : ")", () => {
        this.#readValue();
      });
      this.json += "]";
    } else if (letter === "{") {
      this.at++;
      this.json += "{";
      this.#readList("}", () => {
        this.#readPair(":");
      });
      this.json += "}";
    } else this.#writeWord();
  }

  #writeString(quote: string): void {
    const { text, isWhole } = this.#string(quote, true);
    const json = JSON.stringify(text);
    this.json += isWhole ? json : json.slice(0, -1);
    if (!isWhole) throw new Stopped(true);
  }

  #string(quote: string, mayBeCut: boolean): { text: string; isWhole: boolean } {
    this.at += quote.length;
    let text = "";
    for (;;) {
      if (this.at >= this.#text.length || endsWithin(this.#text, this.at, quote)) {
        if (mayBeCut) return { text, isWhole: false };
        throw new Stopped(true);
      }
      if (this.#text.startsWith(quote, this.at)) {
        this.at += quote.length;
        return { text, isWhole: true };
      }
      const letter = this.#syntax.hasEscapes && this.#text[this.at] === "\\" ? this.#escaped() : this.#text[this.at++];
      if (letter === undefined) this.at = this.#text.length;
      else text += letter;
    }
  }

  /** As Python reads it: what no escape is known for stays as it is. */
  #escaped(): string | undefined {
    const pattern = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/y;
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    // A backslash at the end of a cut text.
    if (!found) return undefined;
    const [all, byte, short, long, letter = ""] = found;
    this.at += all.length;
    const code = byte ?? short ?? long;
    if (code === undefined) return escapes.get(letter) ?? all;
    return String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff));
  }

  #writeWord(): void {
    const { hasBareTexts } = this.#syntax;
    const pattern = hasBareTexts === true ? /[^,{}[\]<]+/y : /[\w.+-]+/y;
    const [written] = this.#match(pattern);
    const word = written.trim();
    // A word at the end of a cut text may be half.
    const isEnd = this.at >= this.#text.length;
    const json = words.get(word) ?? numberOf(word) ?? (hasBareTexts === true ? JSON.stringify(word) : undefined);
    if (isEnd) {
      if (/^-?\d[\d.]*$/.test(word)) this.json += word;
      throw new Stopped(true);
    }
    if (json === undefined) throw new Stopped(false);
    this.json += json;
  }

  #match(pattern: RegExp): [string] {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (!found) throw new Stopped(this.at >= this.#text.length);
    this.at += found[0].length;
    return [found[0]];
  }

  /** The next letter that is no white space. */
  #peek(): string {
    while (/\s/.test(this.#text.charAt(this.at))) this.at++;
    if (this.at >= this.#text.length) throw new Stopped(true);
    return this.#text.charAt(this.at);
  }

  #quoteHere(): string | undefined {
    const quote = this.#syntax.quotes.find((one) => this.#text.startsWith(one, this.at));
    if (quote === undefined && this.#syntax.quotes.some((one) => endsWithin(this.#text, this.at, one)))
      throw new Stopped(true);
    return quote;
  }
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
  ["0", "\0"],
  ["a", "\x07"],
  ["v", "\v"],
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["/", "/"],
]);

const words: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
  ["true", "true"],
  ["false", "false"],
  ["null", "null"],
]);

function numberOf(word: string): string | undefined {
  if (/^-?\d/.test(word) && isJson(word)) return word;
  const value = /^[+-]?(?:[\d_]+\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?$/i.test(word)
    ? Number(word.replaceAll("_", ""))
    : Number.NaN;
  return Number.isFinite(value) ? JSON.stringify(value) : undefined;
}
