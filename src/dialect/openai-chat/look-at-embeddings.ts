import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Facts } from "../../call/index.ts";
import { asBuffer, scanObjectAt, type JsonScan } from "../json-scan.ts";
import { decodeErrorObject } from "../vendor-error.ts";
import { usageOf } from "./usage.ts";

/**
 * The facts of a vendor's embeddings that are passed on as they are: their megabytes of numbers are not parsed (16 MB take
 * 4 ms instead of 60). Throws what `decodeEmbeddingResponse` throws: the error in their place, or `upstream_invalid_response`.
 *
 * Each of the embeddings must be an object whose `embedding` is an array or a string. Not checked is what is in that array or
 * string, what `index` is, and whether values that are not read are valid JSON between their brackets and quotes.
 */
export function lookAtEmbeddings(body: Uint8Array): Facts {
  const bytes = asBuffer(body);
  let areGood = false;
  const scan = scanAnswer(bytes, (key, start) => {
    if (key !== "data") return undefined;
    // Of a field that occurs twice the last one counts.
    const end = findEndOfEmbeddings(bytes, start);
    areGood = end !== undefined;
    return end;
  });
  const parse = (name: string): unknown => {
    const field = scan.fields.get(name);
    return field && parseJson(bytes, field.start, field.end);
  };
  const error = parse("error");
  if (error !== undefined && error !== null) throw decodeErrorObject(parseJson(bytes, startOf(bytes), bytes.length));
  if (!areGood) throw invalid("it has no list of embeddings");
  return { textBytes: 0, usage: usageOf({ usage: parse("usage") }), isEnd: true, failure: undefined };
}

const { jsonDepthMax: depthMax } = limits;

function scanAnswer(bytes: Buffer, findEnd: (key: string, start: number) => number | undefined): JsonScan {
  try {
    const { scan, end } = scanObjectAt(bytes, startOf(bytes), { depthMax, findEnd });
    if (end === bytes.length) return scan;
  } catch (cause) {
    throw invalid("it is not a JSON object").with({ cause });
  }
  throw invalid("it is not a JSON object");
}

/** After a byte order mark. */
function startOf(bytes: Buffer): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** Position after a list of embeddings; undefined where it is none. */
function findEndOfEmbeddings(bytes: Buffer, start: number): number | undefined {
  if (bytes[start] !== openBracket) return undefined;
  const findEnd = (key: string, at: number) => (key === "embedding" ? findEndOfNumbers(bytes, at) : undefined);
  for (let at = start; bytes[at] === openBracket || bytes[at] === comma;) {
    let element: ReturnType<typeof scanObjectAt>;
    try {
      element = scanObjectAt(bytes, at + 1, { depthMax, findEnd });
    } catch {
      return undefined;
    }
    const first = bytes[element.scan.fields.get("embedding")?.start ?? bytes.length];
    if (first !== openBracket && first !== quote) return undefined;
    at = element.end;
    if (bytes[at] === closeBracket) return at + 1;
  }
  return undefined;
}

/** Numbers hold no bracket, so that the first one that closes ends their array. */
function findEndOfNumbers(bytes: Buffer, start: number): number | undefined {
  const end = bytes[start] === openBracket ? bytes.indexOf(closeBracket, start) : -1;
  return end === -1 ? undefined : end + 1;
}

function parseJson(bytes: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(bytes.toString("utf8", start, end));
  } catch (cause) {
    throw invalid("it is not JSON").with({ cause });
  }
}

function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's answer cannot be read as embeddings: ${problem}`);
}
