/**
 * Letters of a caller's text that could begin or end a control token are replaced while a template is rendered, each by a
 * character that Unicode excludes from texts. So whatever a template cuts off, joins or changes, a control token is made of its
 * own letters. Each stands for one letter, so that lengths and places stay the same.
 */
export function guardLetters(text: string, letters: RegExp): string {
  return text.replace(letters, (letter) => String.fromCharCode(first + guardable.indexOf(letter)));
}

/** The text with its own letters. Templates compare and search by it. */
export function withoutGuards(text: string): string {
  return guards.test(text) ? text.replace(allGuards, (guard) => guardable.charAt(guard.charCodeAt(0) - first)) : text;
}

/** The pieces of a text between a separator's first occurrences, all of them where `most` is negative. */
export function splitText(text: string, separator: string, most = -1): string[] {
  const plain = withoutGuards(text);
  const wanted = withoutGuards(separator);
  const pieces: string[] = [];
  let at = 0;
  for (let found = plain.indexOf(wanted); found !== -1 && pieces.length !== most; found = plain.indexOf(wanted, at)) {
    pieces.push(text.slice(at, found));
    at = found + wanted.length;
  }
  return [...pieces, text.slice(at)];
}

/** A caller that sends one of these characters gets the replacement character. */
export function withoutForeignGuards(text: string): string {
  return guards.test(text) ? text.replace(allGuards, "\uFFFD") : text;
}

/** What may be guarded: the punctuation of ASCII, but for the two letters that JSON escapes. */
export const guardable = "!#$%&'()*+,-./:;<=>?@[]^_`{|}~";
const first = 0xfdd0;
const guards = /[\uFDD0-\uFDEF]/;
const allGuards = /[\uFDD0-\uFDEF]/g;
