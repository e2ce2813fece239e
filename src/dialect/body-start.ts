import { asBuffer, skipSpace } from "./json-scan.ts";

/** What a vendor's body is: events, JSON, a page for people, or bytes of another type that was asked for. */
export type BodyForm = "bytes" | "events" | "json" | "page";

/**
 * Finds out by its first bytes what a body is, since vendors and the proxies before them are careless with its type. White space
 * and a byte order mark before it are dropped: no client may get one inside JSON, and few expect one before an event.
 */
export class BodyStart {
  /** What the content type says it is. */
  readonly #announced: BodyForm;
  /** The few bytes that did not tell yet. */
  #held = nothing;

  /** `bytesType` is that of answers that are neither JSON nor events, whose first bytes tell nothing. */
  constructor(contentType: string, bytesType?: RegExp) {
    const type = contentType.toLowerCase();
    if (bytesType?.test(type)) this.#announced = "bytes";
    else this.#announced = type.includes("text/event-stream") ? "events" : "json";
  }

  /** What the body is, and its bytes so far; undefined where they do not tell yet. */
  take(piece: Uint8Array): { form: BodyForm; bytes: Buffer } | undefined {
    const came = asBuffer(piece);
    if (this.#announced === "bytes") return { form: "bytes", bytes: came };
    const all = this.#held.length === 0 ? came : Buffer.concat([this.#held, came]);
    const start = skipMark(all);
    if (start === undefined) {
      this.#held = all;
      return undefined;
    }
    const bytes = all.subarray(skipSpace(all, start));
    const form = this.#judge(bytes);
    // Blank lines keep a slow answer alive: they tell nothing, and need not be kept.
    if (form === undefined) this.#held = bytes;
    return form && { form, bytes };
  }

  /** The same for a body that has ended before it told. */
  end(): { form: BodyForm; bytes: Buffer } {
    return { form: this.#announced, bytes: this.#held };
  }

  #judge(bytes: Buffer): BodyForm | undefined {
    const [first] = bytes;
    if (first === openBrace || first === openBracket) return "json";
    if (first === lessThan) return "page";
    if (this.#announced === "events") return first === undefined ? undefined : "events";
    const text = bytes.toString("latin1", 0, 6);
    if (fieldStarts.some((start) => text.startsWith(start))) return "events";
    // A network may cut anywhere.
    return fieldStarts.some((start) => start.startsWith(text)) ? undefined : "json";
  }
}

const nothing: Buffer = Buffer.alloc(0);

const openBrace = 0x7b;
const openBracket = 0x5b;
const lessThan = 0x3c;

/** How an event stream begins. */
const fieldStarts = ["data:", "event:", "id:", "retry:", ":"];

const mark = Buffer.from("\uFEFF");

/** Position after a byte order mark; undefined where it may yet become one. */
function skipMark(bytes: Buffer): number | undefined {
  const seen = bytes.subarray(0, mark.length);
  if (seen.equals(mark)) return mark.length;
  return seen.length < mark.length && seen.equals(mark.subarray(0, seen.length)) ? undefined : 0;
}
