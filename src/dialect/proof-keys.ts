import { proofKey } from "../call/index.ts";
import { asBuffer, skipSpace } from "./json-scan.ts";

/** Finds the keys of proofs in the bytes of a request, an answer, or an event; some may be of other texts. */
export type ProofKeys = (json: Uint8Array) => string[];

/** More than any conversation has; what comes after counts as unknown. */
const keysMax = 4_000;

/** Longer texts are no proofs. */
const proofBytesMax = 256 * 1024;

/**
 * Looks for the texts in fields of this name, wherever they are. Within a text such a field's quotes are escaped, so that no text is
 * taken for one.
 */
export function proofsInField(name: string): ProofKeys {
  const mark = Buffer.from(`"${name}"`);
  return (json) => {
    const bytes = asBuffer(json);
    const keys = new Set<string>();
    let left = keysMax;
    for (let at = bytes.indexOf(mark); at !== -1 && left > 0; at = bytes.indexOf(mark, at), left--) {
      at += mark.length;
      const text = textAfterColon(bytes, at);
      if (!text) continue;
      keys.add(proofKey(text.value));
      at = text.end;
    }
    return [...keys];
  };
}

/** The text that follows a key; undefined where none does. */
function textAfterColon(bytes: Buffer, from: number): { value: string | Uint8Array; end: number } | undefined {
  let at = skipSpace(bytes, from);
  if (bytes[at] !== colon) return undefined;
  at = skipSpace(bytes, at + 1);
  if (bytes[at] !== quote) return undefined;
  const end = endOfText(bytes, at + 1);
  if (end === -1 || end - at > proofBytesMax) return undefined;
  const plain = bytes.subarray(at + 1, end);
  if (!plain.includes(backslash)) return { value: plain, end };
  try {
    return { value: JSON.parse(bytes.toString("utf8", at, end + 1)) as string, end };
  } catch {
    return undefined;
  }
}

/** Where the quote is that ends a text; -1 where there is none. */
function endOfText(bytes: Buffer, from: number): number {
  for (let end = bytes.indexOf(quote, from); end !== -1; end = bytes.indexOf(quote, end + 1)) {
    let run = end;
    while (run > from && bytes[run - 1] === backslash) run--;
    if (((end - run) & 1) === 0) return end;
  }
  return -1;
}

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;
