import { tagBounds } from "../base/tag-bounds.ts";
import { asBuffer, scanObjectAt, type JsonField, type JsonScan } from "./json-scan.ts";
import { limits } from "../base/limits.ts";

/** Whom a request is for, as its body says; read and never checked, since it is the client's and the vendor's matter. */
export interface BodyLabels {
  user: string | undefined;
  session: string | undefined;
  /** Names as the client writes them. */
  pairs: readonly (readonly [name: string, value: string])[];
}

/** A field of the body, or one within an object there. */
type Place = readonly [field: string, inner?: string];

/**
 * Where the user is named, the first that is there counts: OpenAI's `user` and what took its place, Anthropic's metadata, and Codex's
 * installation (its recorded requests of November 2026).
 */
const userPlaces: readonly Place[] = [
  ["user"],
  ["safety_identifier"],
  ["metadata", "user_id"],
  ["client_metadata", "x-codex-installation-id"],
];
/** OpenRouter's field, Codex's, and what Qwen Code and others put into OpenAI's metadata. */
const sessionPlaces: readonly Place[] = [
  ["session_id"],
  ["client_metadata", "session_id"],
  ["metadata", "session_id"],
  ["metadata", "sessionId"],
];
/** Objects whose texts are all tags: OpenAI's, and Google Cloud's. */
const pairFields = ["metadata", "labels"];
/** Of other objects these are. Codex's thread is another one than its session in a sub-agent. */
const pairPlaces: readonly (readonly [field: string, inner: string, tag: string])[] = [
  ["client_metadata", "thread_id", "thread"],
];

const fields = new Set([...userPlaces, ...sessionPlaces, ...pairPlaces].map(([field]) => field).concat(pairFields));

/** What a body of any dialect says; undefined where it says nothing, as most do. */
export function readLabels({ body, scan }: { body: Uint8Array; scan: JsonScan }): BodyLabels | undefined {
  let isSaid = false;
  for (const name of fields) isSaid ||= scan.fields.has(name);
  if (!isSaid) return undefined;
  const reader = new LabelReader(asBuffer(body), scan);
  const pairs = pairFields.flatMap((field) => reader.pairsIn(field));
  for (const [field, inner, tag] of pairPlaces) {
    const value = reader.textAt([field, inner]);
    if (value !== undefined) pairs.push([tag, value]);
  }
  return { user: reader.first(userPlaces), session: reader.first(sessionPlaces), pairs };
}

class LabelReader {
  readonly #bytes: Buffer;
  readonly #scan: JsonScan;
  readonly #inner = new Map<string, JsonScan["fields"]>();

  constructor(bytes: Buffer, scan: JsonScan) {
    this.#bytes = bytes;
    this.#scan = scan;
  }

  first(places: readonly Place[]): string | undefined {
    for (const place of places) {
      const text = this.textAt(place);
      if (text !== undefined && text !== "") return text;
    }
    return undefined;
  }

  textAt([field, inner]: Place): string | undefined {
    const found = inner === undefined ? this.#scan.fields.get(field) : this.#fieldsIn(field).get(inner);
    return found && readText(this.#bytes, found);
  }

  pairsIn(field: string): [string, string][] {
    const pairs: [string, string][] = [];
    for (const [name, found] of this.#fieldsIn(field)) {
      const value = readText(this.#bytes, found);
      if (value !== undefined) pairs.push([name, value]);
      if (pairs.length === pairsMax) break;
    }
    return pairs;
  }

  /** The fields of an object; none of anything else, or of one that is not JSON inside. */
  #fieldsIn(field: string): JsonScan["fields"] {
    let known = this.#inner.get(field);
    if (!known) this.#inner.set(field, (known = this.#scanField(field)));
    return known;
  }

  #scanField(name: string): JsonScan["fields"] {
    const field = this.#scan.fields.get(name);
    if (!field || this.#bytes[field.start] !== openBrace) return noFields;
    try {
      return scanObjectAt(this.#bytes, field.start, { depthMax: limits.jsonDepthMax }).scan.fields;
    } catch {
      return noFields;
    }
  }
}

const noFields: JsonScan["fields"] = new Map();
/** More than are kept, since some may have no name or value that can be. */
const pairsMax = 4 * tagBounds.tagsMax;
/** Of a text so many bytes are looked at: all that is kept of it, and a key behind that, each letter written as an escape. */
const textBytesMax = 8 * 1024;

/** A text, a number or a boolean as text; a longer text is cut. */
function readText(bytes: Buffer, { start, end }: JsonField): string | undefined {
  const first = bytes[start];
  if (first !== quote) {
    const isPlain = first !== openBrace && first !== openBracket && first !== smallN;
    return isPlain && end - start <= literalBytesMax ? bytes.toString("latin1", start, end) : undefined;
  }
  let text = bytes.toString("utf8", start, Math.min(end, start + textBytesMax));
  // Where it is cut, the last escape may be half of one.
  if (end - start > textBytesMax) text = `${text.replace(/\\[^\\]{0,5}$/, "").replace(/(?<!\\)((?:\\\\)*)\\$/, "$1")}"`;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

const quote = 0x22;
const openBrace = 0x7b;
const openBracket = 0x5b;
/** Of null. */
const smallN = 0x6e;
const literalBytesMax = 40;
