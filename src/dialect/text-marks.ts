import { isUtf8 } from "node:buffer";
import { randomInt } from "node:crypto";
import type { ChatRequest, TextCutter } from "../call/index.ts";
import { hasLongNumber } from "./exact-json.ts";
import { isInsideOfString } from "./is-json-string.ts";
import { isUnderKey } from "./json-scan.ts";

/**
 * Long texts of one request that stay the bytes that they are. A JSON string is written alike in all dialects, so the request is
 * parsed, decoded and encoded with a mark for each of them, and the bytes are put back into the vendor's body: for a conversation
 * of 16 KB that takes half of the time.
 */
export class TextMarks implements TextCutter {
  readonly #texts: Uint8Array[] = [];

  /** Whether a text was taken out. */
  get isUsed(): boolean {
    return this.#texts.length > 0;
  }

  cut(body: Buffer, strings: readonly number[]): string | undefined {
    // Most bodies with tools would be decoded twice.
    if (toolWords.some((word) => body.includes(word)) || !isUtf8(body)) return undefined;
    let json = "";
    let from = 0;
    for (let at = 0; at < strings.length && this.#texts.length < marksMax; at += 2) {
      const start = strings[at] ?? 0;
      const end = strings[at + 1] ?? 0;
      if (!isUnderKey(body, start, from, textKeys) || !beginsVisibly(body, start + 1)) continue;
      if (!isInsideOfString(body, start + 1, end - 1)) continue;
      json += body.toString("utf8", from, start + 1) + secret + String(this.#texts.length).padStart(numberDigits, "0");
      from = end - 1;
      this.#texts.push(body.subarray(start + 1, from));
    }
    if (from === 0) return undefined;
    json += body.toString("utf8", from);
    if (!hasLongNumber(json)) return json;
    // Its numbers are kept in another way, for which the whole is parsed.
    this.#texts.length = 0;
    return undefined;
  }

  /** Whether nothing but copying is done with the texts: each is all of one text, and no tool is in play, whose turns are known by their texts. */
  areCopied({ messages, tools }: ChatRequest): boolean {
    if (tools.length > 0) return false;
    let found = 0;
    for (const { role, content } of messages) {
      if (role === "tool") return false;
      for (const part of content) {
        if (part.type === "tool-call") return false;
        if (part.type === "text" && isMark(part.text)) found++;
      }
    }
    return found === this.#texts.length;
  }

  /** A JSON text with the texts in the place of their marks. */
  putInto(json: string): Buffer {
    const [first = "", ...others] = json.split(secret);
    const pieces: Uint8Array[] = [Buffer.from(first)];
    for (const other of others) {
      const text = this.#texts[Number(other.slice(0, numberDigits))];
      if (text) pieces.push(text);
      pieces.push(Buffer.from(other.slice(numberDigits)));
    }
    return Buffer.concat(pieces);
  }
}

/** Where dialects have what is said. */
const textKeys = ["text", "content"].map((key) => Buffer.from(key));

/** How the names of fields begin in which dialects have tools. */
const toolWords = ['"tool', '"function'].map((word) => Buffer.from(word));

const numberDigits = 4;
const marksMax = 10 ** numberDigits;

/** Nobody can guess it, so that no text of a caller has it. Letters only: long numbers are looked for in what has it. */
const secret = Array.from({ length: 20 }, () => String.fromCharCode(0x61 + randomInt(26))).join("");

function isMark(text: string): boolean {
  return text.length === secret.length + numberDigits && text.startsWith(secret);
}

/** Some dialects leave out texts of nothing but white space: this one has more, by its first byte. Of those from 0x80 on these begin no space. */
function beginsVisibly(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at] ?? 0;
  const isAscii = byte > 0x20 && byte < 0x7f && byte !== backslash;
  return isAscii || (byte >= 0xc3 && byte <= 0xdf) || (byte >= 0xe4 && byte <= 0xed) || byte >= 0xf0;
}

const backslash = 0x5c;
