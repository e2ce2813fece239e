/**
 * Cuts a long text into pieces that can be tokenized one by one, between which other requests run.
 *
 * A cut is made where words begin, so that the tokens are those of the whole text: before white space, and before a mark that
 * ends a clause. Only where there is no such place for long, as in base64 or a line of dashes, is a run cut somewhere within.
 * llama.cpp splits texts by `std::regex`, which recurses for each character of a match: a run of 24,000 ends the process
 * (`gpt-4o`, `deepseek-v3`; 32,000 with `exaone-moe`, to which a sentence of words is one match), and a run of 16,000 digits
 * takes 10 s with `superbpe` (1,000 take 41 ms, 255 take 3).
 */
export function* cutText(text: string): Generator<string> {
  let start = 0;
  let at = 0;
  const runChars = text.length > digitRunMax && longDigits.test(text) ? digitRunMax : runCharsMax;
  while (text.length - at > runChars) {
    const place = lastBreak(text, at, at + runChars);
    at = place ?? placeInRun(text, at + runChars);
    if (place !== undefined && at - start < pieceChars) continue;
    yield text.slice(start, at);
    start = at;
  }
  if (start < text.length) yield text.slice(start);
}

/** A third of the shortest match that ends the process, with the sharpest of the patterns. A piece is read in about 8 ms. */
const pieceChars = 8_192;
/** Real words are shorter, and so are the clauses of scripts without spaces. */
const runCharsMax = 2_040;
/** A multiple of three, since digits are grouped by threes. */
const digitRunMax = 255;
const longDigits = /\d{256}/;

/** The last place in (from, to] where a word begins. */
function lastBreak(text: string, from: number, to: number): number | undefined {
  for (let at = to; at > from; at--) if (isBreak(text, at)) return at;
  return undefined;
}

function isBreak(text: string, at: number): boolean {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  if (spaces.has(before)) return false;
  // Line ends are read together with punctuation before them.
  if (after === 0x20) return true;
  return (spaces.has(after) || clauseEnds.has(after)) && isLetterOrDigit(before);
}

const codesOf = (letters: string) => new Set(Array.from(letters, (letter) => letter.charCodeAt(0)));
const spaces = codesOf(" \t\n\r\u00A0\u2028\u2029\u3000");
const clauseEnds = codesOf(".,!?。，、！？");

function isLetterOrDigit(code: number): boolean {
  if (code < 0x80)
    return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39);
  return /[\p{L}\p{N}]/u.test(String.fromCharCode(code));
}

/** Where the kind of letters changes shortly before `end`, else there; never within a character. */
function placeInRun(text: string, end: number): number {
  for (let at = end; at > end - searchedChars; at--)
    if (kindOf(text.charCodeAt(at - 1)) !== kindOf(text.charCodeAt(at)) && !isWithin(text, at)) return at;
  let at = end;
  while (at > end - searchedChars && isWithin(text, at)) at--;
  // A letter may have any number of marks; only the halves of a character belong together always.
  if (at === end - searchedChars) at = isLowSurrogate(text.charCodeAt(end)) ? end - 1 : end;
  return at;
}

const searchedChars = 48;

const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff;

/** Whether a character, with its marks and what is joined to it, goes on here. */
function isWithin(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return isLowSurrogate(code) || (code >= 0x300 && /[\p{M}\u200D]/u.test(text.charAt(at) + text.charAt(at - 1)));
}

function kindOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return 1;
  if (code >= 0x41 && code <= 0x5a) return 2;
  if (code >= 0x30 && code <= 0x39) return 3;
  if (code === 0x20) return 4;
  return code < 0x80 ? 5 : 6;
}
