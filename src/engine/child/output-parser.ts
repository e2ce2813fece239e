import { genericRules } from "./output/families.ts";
import type { OutputPart, OutputReader } from "./output/parts.ts";
import type { CallableTools, CallForm, CallReader, OutputRules } from "./output/rules.ts";
import { endsWithin } from "./output/value-scan.ts";

export type { OutputPart } from "./output/parts.ts";

interface OutputParserOptions {
  /** The prompt ends inside a think block. */
  startsInReasoning: boolean;
  /** The answer may begin with a think block. */
  mayReason: boolean;
  /** The tools that may be called; a block that calls another one is text. */
  callableTools: CallableTools;
}

/** Splits one text into reasoning, tool calls, and text, by the tags of a family of models. */
export class OutputParser implements OutputReader {
  readonly #rules: OutputRules;
  readonly #callable: CallableTools;
  readonly #openers: readonly Opener[];
  #state: "start" | "reasoning" | "text" | "section" | "call";
  #held = "";
  /** White space after a think block or a call is layout, and is dropped. */
  #skipsSpace = false;
  /** No text has come since the beginning, a thought or a call. */
  #isBlank = true;
  #isLineBlank = true;
  #section: Section | undefined;

  constructor({ startsInReasoning, mayReason, callableTools }: OutputParserOptions, rules: OutputRules = genericRules) {
    this.#rules = rules;
    this.#callable = callableTools;
    this.#state = startsInReasoning ? "reasoning" : mayReason ? "start" : "text";
    this.#skipsSpace = startsInReasoning;
    const { thoughts, calls } = rules;
    this.#openers = [
      ...(callableTools.size > 0 ? calls.map((form) => ({ text: form.open, form })) : []),
      ...(mayReason && thoughts.isAnywhere === true ? [{ text: thoughts.open, form: undefined }] : []),
    ];
  }

  get inReasoning(): boolean {
    return this.#state === "reasoning";
  }

  get inText(): boolean {
    return this.#state === "text";
  }

  get answerOpening(): string {
    return `${this.#rules.thoughts.close}\n\n`;
  }

  push(text: string): OutputPart[] {
    if (this.#state === "text" && this.#openers.length === 0 && !this.#skipsSpace)
      return text === "" ? [] : [{ type: "text", text }];
    this.#held += text;
    const parts: OutputPart[] = [];
    while (this.#step(parts));
    return parts;
  }

  end({ isCut }: { isCut: boolean }): OutputPart[] {
    const held = this.#held;
    this.#held = "";
    const parts: OutputPart[] = [];
    if (this.#section) this.#endSection(this.#section, held, { isCut, parts });
    else if (held !== "") parts.push({ type: this.#state === "reasoning" ? "reasoning" : "text", text: held });
    return parts;
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
    if (this.#state === "reasoning") return this.#stepReasoning(parts);
    const section = this.#section;
    if (!section) return this.#stepText(parts);
    return this.#state === "call" ? this.#stepCall(section, parts) : this.#stepSection(section, parts);
  }

  #stepStart(): boolean {
    const { open } = this.#rules.thoughts;
    const text = this.#held.trimStart();
    if (text.startsWith(open)) {
      this.#held = text.slice(open.length);
      this.#openThought();
      return true;
    }
    if (open.startsWith(text)) return false;
    this.#state = "text";
    return true;
  }

  #openThought(): void {
    this.#state = "reasoning";
    this.#skipsSpace = true;
  }

  #stepReasoning(parts: OutputPart[]): boolean {
    const { close, endsAt = [] } = this.#rules.thoughts;
    const { at, tag } = findFirst(this.#held, [close, ...endsAt]);
    if (at > 0) parts.push({ type: "reasoning", text: this.#held.slice(0, at) });
    // A call that ends thoughts is read next.
    this.#held = this.#held.slice(at + (tag === close ? close.length : 0));
    if (tag === undefined) return false;
    this.#openText();
    return true;
  }

  #openText(): void {
    this.#state = "text";
    this.#section = undefined;
    this.#skipsSpace = true;
    this.#isBlank = true;
    this.#isLineBlank = true;
  }

  #stepText(parts: OutputPart[]): boolean {
    if (this.#openers.length === 0) {
      this.#pushText(this.#held, parts);
      this.#held = "";
      return false;
    }
    const { at, opener } = this.#findOpener();
    const before = this.#held.slice(0, at);
    // White space alone before a call is layout, not text; other text keeps its trailing white space.
    const isLayout = this.#isBlank && before.trim() === "";
    if (!opener && isLayout) return false;
    if (!isLayout) this.#pushText(before, parts);
    if (!opener) {
      this.#held = this.#held.slice(at);
      return false;
    }
    const { form, text } = opener;
    const isInCall = form?.isInCall === true;
    this.#held = this.#held.slice(isInCall ? at : at + text.length);
    if (!form) {
      this.#openThought();
      return true;
    }
    this.#section = {
      form,
      lead: (isLayout ? before : "") + (isInCall ? "" : text),
      calls: 0,
      isQuoted: false,
      readers: [],
    };
    this.#state = "section";
    if (isInCall) this.#openCall(this.#section);
    return true;
  }

  /** The first opening that is there, else where one may begin at the end of the text. */
  #findOpener(): { at: number; opener?: Opener } {
    const held = this.#held;
    let found: { at: number; opener: Opener } | undefined;
    for (const opener of this.#openers) {
      const at = this.#placeOf(opener);
      // Of two at one place the longer one is meant.
      const isBefore = !found || at < found.at || (at === found.at && opener.text.length > found.opener.text.length);
      if (at !== -1 && isBefore) found = { at, opener };
    }
    const end = found?.at ?? held.length;
    for (let at = Math.max(0, held.length - openerCharsMax); at <= end && at < held.length; at++)
      if (this.#openers.some((opener) => endsWithin(held, at, opener.text) && this.#mayOpen(opener, at))) return { at };
    return found ?? { at: held.length };
  }

  #placeOf(opener: Opener): number {
    let at = this.#held.indexOf(opener.text);
    while (at !== -1 && !this.#mayOpen(opener, at)) at = this.#held.indexOf(opener.text, at + 1);
    return at;
  }

  #mayOpen({ form }: Opener, at: number): boolean {
    if (form?.where === undefined) return true;
    const before = this.#held.slice(0, at);
    if (form.where === "first") return this.#isBlank && before.trim() === "";
    const lineEnd = before.lastIndexOf("\n");
    return (lineEnd !== -1 || this.#isLineBlank) && before.slice(lineEnd + 1).trim() === "";
  }

  #openCall(section: Section): void {
    section.readers = section.form.bodies.map((body) => body.start(this.#callable));
    this.#state = "call";
  }

  /** Between calls: takes layout, up to the next call or the section's end. */
  #stepSection(section: Section, parts: OutputPart[]): boolean {
    const { close, callOpen, between = [] } = section.form;
    // What is around a call that is text is text, too.
    const isText = section.isQuoted && callOpen !== undefined;
    const bare = isText ? this.#held : this.#held.trimStart();
    section.lead += this.#held.slice(0, this.#held.length - bare.length);
    this.#held = bare;
    if (bare === "") return false;
    const take = (tag: string) => {
      section.lead += tag;
      this.#held = bare.slice(tag.length);
    };
    const tags = [
      ...(close === undefined ? [] : [close]),
      ...(callOpen === undefined ? [] : [callOpen]),
      ...(isText ? [] : between),
    ];
    const tag = longest(tags.filter((one) => bare.startsWith(one)));
    if (tags.some((one) => one.length > (tag?.length ?? 0) && endsWithin(bare, 0, one))) return false;
    if (tag !== undefined) {
      take(tag);
      if (tag === close) this.#closeSection(section, parts);
      else if (tag === callOpen) this.#openCall(section);
      return true;
    }
    if (callOpen === undefined) {
      this.#openCall(section);
      return true;
    }
    return section.isQuoted || section.calls === 0
      ? this.#quote(section, tags, parts)
      : this.#leaveSection(section, parts);
  }

  /** Text where a call should be, up to the next tag of the section. */
  #quote(section: Section, tags: readonly string[], parts: OutputPart[]): boolean {
    const { at, tag } = findFirst(this.#held, tags);
    this.#pushText(takeLead(section) + this.#held.slice(0, at), parts);
    section.isQuoted = true;
    this.#held = this.#held.slice(at);
    return tag !== undefined;
  }

  #closeSection(section: Section, parts: OutputPart[]): void {
    if (section.calls > 0 && !section.isQuoted) {
      this.#openText();
      return;
    }
    this.#pushText(section.lead, parts);
    this.#state = "text";
    this.#section = undefined;
  }

  /** What comes is no call: it is text, and so is what opened the section where it held none. */
  #leaveSection(section: Section, parts: OutputPart[]): boolean {
    const isAfterCalls = section.calls > 0 && !section.isQuoted;
    if (isAfterCalls && /^[\s\]]*$/.test(section.lead)) {
      this.#openText();
      return true;
    }
    // The letter that opened the section opens none again.
    const isStuck = section.lead === "";
    this.#pushText(isStuck ? this.#held.slice(0, 1) : section.lead, parts);
    if (isStuck) this.#held = this.#held.slice(1);
    this.#state = "text";
    this.#section = undefined;
    return true;
  }

  #stepCall(section: Section, parts: OutputPart[]): boolean {
    const open: CallReader[] = [];
    for (const reader of section.readers) {
      const end = reader.scan(this.#held);
      if (end === "open") open.push(reader);
      if (typeof end !== "number") continue;
      const written = this.#held.slice(0, end);
      this.#held = this.#held.slice(end);
      this.#state = "section";
      this.#pushCall(section, parts, { call: reader.read(written, "whole"), written });
      return true;
    }
    section.readers = open;
    if (open.length > 0) return false;
    this.#state = "section";
    if (section.form.callOpen === undefined) return this.#leaveSection(section, parts);
    const { close, callOpen } = section.form;
    return this.#quote(section, [callOpen, ...(close === undefined ? [] : [close])], parts);
  }

  #pushCall(
    section: Section,
    parts: OutputPart[],
    { call, written }: { call: ReturnType<CallReader["read"]>; written: string },
  ): void {
    if (!call || !this.#callable.has(call.name)) {
      this.#pushText(takeLead(section) + written, parts);
      section.isQuoted = true;
      return;
    }
    parts.push({ type: "tool-call", ...call });
    section.calls++;
    section.isQuoted = false;
    section.lead = "";
  }

  #endSection(section: Section, held: string, { isCut, parts }: { isCut: boolean; parts: OutputPart[] }): void {
    const { close = "", callOpen = "", between = [] } = section.form;
    if (this.#state === "call") {
      // Models forget closing tags. A call that one ends in the middle is none.
      const how = isCut ? "cut" : "ended";
      for (const reader of section.readers) {
        const call = reader.read(held, how);
        if (!call || !this.#callable.has(call.name)) continue;
        parts.push({ type: "tool-call", ...call });
        return;
      }
    }
    const isLayout = held === "" || [close, callOpen, ...between].some((tag) => tag.startsWith(held));
    if (section.calls > 0 && !section.isQuoted && isLayout) return;
    this.#pushText(section.lead + held, parts);
  }

  #pushText(text: string, parts: OutputPart[]): void {
    if (text === "") return;
    parts.push({ type: "text", text });
    const lineEnd = text.lastIndexOf("\n");
    this.#isLineBlank = (lineEnd !== -1 || this.#isLineBlank) && text.slice(lineEnd + 1).trim() === "";
    this.#isBlank &&= text.trim() === "";
  }
}

/** Longer than any opening. */
const openerCharsMax = 40;

interface Opener {
  text: string;
  /** Undefined for a thought. */
  form: CallForm | undefined;
}

interface Section {
  form: CallForm;
  /** What came since the last call: layout before another one, else text. */
  lead: string;
  calls: number;
  /** What came last is shown as text, and so is what is around it. */
  isQuoted: boolean;
  /** The ways to write a call that still fit. */
  readers: CallReader[];
}

/** What is before a call that is text, without what closed a call before it. */
function takeLead(section: Section): string {
  const { lead, calls, isQuoted, form } = section;
  section.lead = "";
  if (calls === 0 || isQuoted) return lead;
  return form.callOpen === undefined ? "" : lead.slice(Math.max(0, lead.lastIndexOf(form.callOpen)));
}

/** Where the first of the tags is; where there is none, where one may begin at the end of the text, or the end itself. */
function findFirst(text: string, tags: readonly string[]): { at: number; tag?: string } {
  let found: { at: number; tag: string } | undefined;
  for (const tag of tags) {
    const at = text.indexOf(tag);
    if (at !== -1 && (!found || at < found.at)) found = { at, tag };
  }
  if (found) return found;
  const longestTag = Math.max(...tags.map((tag) => tag.length));
  for (let at = Math.max(0, text.length - longestTag); at < text.length; at++)
    if (tags.some((tag) => endsWithin(text, at, tag))) return { at };
  return { at: text.length };
}

function longest(texts: readonly string[]): string | undefined {
  return texts.reduce<string | undefined>(
    (most, text) => (text.length > (most?.length ?? -1) ? text : most),
    undefined,
  );
}
