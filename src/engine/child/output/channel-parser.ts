import { isJson, offeredName } from "./named-body.ts";
import type { OutputPart, OutputReader } from "./parts.ts";
import { headCharsMax, type CallableTools, type ChannelTags, type Scan } from "./rules.ts";
import { endsWithin, jsonSyntax, scanValue } from "./value-scan.ts";

interface ChannelOptions {
  callableTools: CallableTools;
  /** A grammar writes calls from the answer's first letter on, so that a header is the answer. */
  isForced: boolean;
}

/** Reads the messages of a model that writes into channels. Its prompt ends within the first header. */
export class ChannelParser implements OutputReader {
  readonly #tags: ChannelTags;
  readonly #openings: readonly string[];
  readonly #callable: CallableTools;
  readonly #isForced: boolean;
  #state: "header" | "reasoning" | "text" | "call" = "header";
  #held = "";
  /** Of the call that is read; text where it is none. */
  #header = "";
  #name = "";
  #scan: (text: string) => Scan = () => "open";
  /** The message goes to nobody that is known, so that all of it is text. */
  #isQuoted = false;
  /** White space after a call is layout. */
  #skipsSpace = false;

  constructor(tags: ChannelTags, { callableTools, isForced }: ChannelOptions) {
    this.#tags = tags;
    this.#openings = [tags.start, tags.channel, tags.message, tags.recipient];
    this.#callable = callableTools;
    this.#isForced = isForced;
  }

  get inReasoning(): boolean {
    return this.#state === "reasoning" || (this.#state === "header" && !this.#isForced);
  }

  get inText(): boolean {
    return this.#state === "text";
  }

  get answerOpening(): string {
    const { start, ends, toAnswer } = this.#tags;
    return this.#state === "reasoning" ? `${ends[0] ?? ""}${start}${toAnswer}` : `${start}${toAnswer}`;
  }

  push(text: string): OutputPart[] {
    this.#held += text;
    const parts: OutputPart[] = [];
    while (this.#held !== "" && this.#step(parts));
    return parts;
  }

  end({ isCut }: { isCut: boolean }): OutputPart[] {
    const held = this.#held;
    this.#held = "";
    if (this.#state === "call") {
      if (isCut) return [this.#call(held)];
      return held === "" ? [this.#call("{}")] : [{ type: "text", text: this.#header + held }];
    }
    // A header without its message says nothing.
    const isLayout = this.#state === "header" && (held.trim() === "" || (isCut && this.#isHeader(held)));
    if (held === "" || isLayout) return [];
    return [{ type: this.#state === "reasoning" ? "reasoning" : "text", text: held }];
  }

  #step(parts: OutputPart[]): boolean {
    if (this.#state === "header") return this.#stepHeader(parts);
    if (this.#state === "call") return this.#stepCall(parts);
    return this.#stepContent(parts);
  }

  #stepHeader(parts: OutputPart[]): boolean {
    const { message } = this.#tags;
    const at = this.#held.indexOf(message);
    if (at === -1 && (this.#held.trim() === "" || this.#isHeader(this.#held))) return false;
    const header = this.#held.slice(0, Math.max(at, 0));
    const isWhole = at !== -1 && this.#isHeader(header + message) && !this.#isPartial(header);
    if (!isWhole) {
      // A tag that opens no header is text, and must not open another one.
      const { start, channel } = this.#tags;
      const tag = [start, channel].find((one) => this.#held.startsWith(one)) ?? "";
      if (tag !== "") parts.push({ type: "text", text: tag });
      this.#held = this.#held.slice(tag.length);
      this.#state = "text";
      return true;
    }
    this.#held = this.#held.slice(at + message.length);
    this.#openMessage(header, parts);
    return true;
  }

  /** Whether a text may be the beginning of a header. */
  #isHeader(text: string): boolean {
    const bare = text.trimStart();
    if (text.length > headCharsMax) return false;
    return this.#openings.some((tag) => bare.startsWith(tag)) || this.#isPartial(text);
  }

  #isPartial(text: string): boolean {
    const bare = text.trimStart();
    return bare !== "" && this.#openings.some((tag) => tag !== bare && tag.startsWith(bare));
  }

  #openMessage(header: string, parts: OutputPart[]): void {
    const { channel, recipient, thoughts, message } = this.#tags;
    const after = (tag: string) => header.slice(header.lastIndexOf(tag) + tag.length);
    const to = header.includes(recipient) ? (/^[^\s<]*/.exec(after(recipient))?.[0] ?? "") : "";
    const name = offeredName(to, this.#callable);
    if (name !== undefined) {
      this.#header = header + message;
      this.#name = name;
      this.#scan = scanValue(jsonSyntax);
      this.#state = "call";
    } else if (to !== "" && to !== "assistant") this.#quote(header + message, parts);
    else this.#state = header.includes(channel) && firstWord(after(channel)) === thoughts ? "reasoning" : "text";
  }

  #stepCall(parts: OutputPart[]): boolean {
    this.#held = this.#held.trimStart();
    if (this.#held === "") return false;
    const { ends } = this.#tags;
    if (ends.some((tag) => this.#held.startsWith(tag))) {
      parts.push(this.#call("{}"));
      this.#state = "text";
      return true;
    }
    if (ends.some((tag) => endsWithin(this.#held, 0, tag))) return false;
    const end = this.#scan(this.#held);
    if (end === "open") return false;
    const json = this.#held.slice(0, end === "none" ? 0 : end);
    if (end === "none" || !isJson(json)) this.#quote(this.#header, parts);
    else {
      parts.push(this.#call(json));
      this.#held = this.#held.slice(end);
      this.#state = "text";
      this.#skipsSpace = true;
    }
    return true;
  }

  #quote(header: string, parts: OutputPart[]): void {
    parts.push({ type: "text", text: header });
    this.#isQuoted = true;
    this.#state = "text";
  }

  /** Takes what a message holds up to its end; where the end is missing, up to the next header. */
  #stepContent(parts: OutputPart[]): boolean {
    if (this.#skipsSpace) this.#held = this.#held.trimStart();
    const { ends, start, channel } = this.#tags;
    const tags = [...ends, start, channel];
    const places = tags.map((tag) => this.#held.indexOf(tag)).filter((at) => at !== -1);
    const at = places.length === 0 ? this.#held.length - partialTag(this.#held, tags) : Math.min(...places);
    const end = ends.find((tag) => this.#held.startsWith(tag, at)) ?? "";
    const content = this.#held.slice(0, this.#isQuoted ? at + end.length : at);
    if (content !== "") {
      this.#skipsSpace = false;
      parts.push({ type: this.#state === "reasoning" ? "reasoning" : "text", text: content });
    }
    this.#held = this.#held.slice(at + end.length);
    if (places.length === 0) return false;
    this.#isQuoted = false;
    this.#skipsSpace = false;
    this.#state = "header";
    return true;
  }

  #call(json: string): OutputPart {
    return { type: "tool-call", name: this.#name, arguments: json };
  }
}

/** The length of the longest end of a text that begins one of the tags. */
function partialTag(text: string, tags: readonly string[]): number {
  const longest = Math.max(...tags.map((tag) => tag.length));
  for (let at = Math.max(0, text.length - longest); at < text.length; at++)
    if (tags.some((tag) => endsWithin(text, at, tag))) return text.length - at;
  return 0;
}

const firstWord = (text: string) => /^\s*(\w*)/.exec(text)?.[1] ?? "";
