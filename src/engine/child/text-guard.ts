import type { Token } from "node-llama-cpp";
import type { Vocabulary } from "./token-text.ts";

/** Guards the texts of one request. */
export interface TextGuard {
  /** A text of the caller, as the template gets it. */
  protect(text: string): string;
  /** The tokens of what the template made of them. */
  tokenize(rendered: string): Token[];
}

type Tokenize = (text: string, withControls: boolean) => readonly Token[];

/**
 * Keeps a control token in a caller's text from becoming that token, be it whole, or the end or the beginning of one whose
 * other part comes from another text.
 *
 * A mark is put after the first letter of a whole spelling, before an end, and after a beginning. Then only the template's
 * own spellings are whole in the rendered prompt. The prompt is cut at those, and the pieces between them are read as plain
 * text, without the marks. Nearly all requests have nothing to mark, and their prompts are read in one go.
 *
 * What stays possible is what a template itself wants: `'<|' + message.name + '|>'` makes a control token of a name.
 */
export function createTextGuards(controls: Vocabulary["controls"], tokenize: Tokenize): () => TextGuard {
  const spellings = new Spellings(controls);
  // Templates may change a text's case, so that of a caller counts in any.
  const anyCase = new Spellings(controls.map(({ text, token }) => ({ text: text.toLowerCase(), token })));
  return () => {
    let isMarked = false;
    return {
      protect(text) {
        const plain =
          text.isWellFormed() && !text.includes(mark) ? text : text.toWellFormed().replaceAll(mark, "\uFFFD");
        const marked = anyCase.mark(plain);
        if (marked !== plain) isMarked = true;
        return marked;
      },
      tokenize(rendered) {
        if (!isMarked) return tokenize(rendered, true).slice();
        const tokens: Token[] = [];
        const addPlain = (piece: string) => {
          const text = withoutMarks(piece);
          // One by one: a long prompt has more tokens than a call may have arguments.
          if (text !== "") for (const token of tokenize(text, false)) tokens.push(token);
        };
        let at = 0;
        for (let found = spellings.find(rendered, 0); found; found = spellings.find(rendered, at)) {
          addPlain(rendered.slice(at, found.at));
          tokens.push(found.token);
          at = found.at + found.text.length;
        }
        addPlain(rendered.slice(at));
        return tokens;
      },
    };
  };
}

/** A text of the template's, such as its refusal, for people. */
export function withoutMarks(text: string): string {
  return text.replaceAll(mark, "");
}

/** One of the characters that Unicode excludes from texts. A caller that sends it gets the replacement character. */
const mark = "\uFDD0";

/** Finds the spellings of control tokens. Vocabularies have up to a thousand; texts have few letters that one could begin with. */
class Spellings {
  readonly #tokens: ReadonlyMap<string, Token>;
  /** Lengths of the spellings that begin with a letter, longest first. */
  readonly #lengths = new Map<string, number[]>();
  readonly #firstLetters: RegExp;
  readonly #lastLetters: RegExp;
  readonly #beginnings = new Set<string>();
  readonly #ends = new Set<string>();
  readonly #longest: number;

  constructor(controls: Vocabulary["controls"]) {
    this.#tokens = new Map(controls.map(({ text, token }) => [text, token]));
    this.#longest = Math.max(0, ...controls.map(({ text }) => text.length));
    for (const { text } of controls) {
      const lengths = this.#lengths.get(text.charAt(0)) ?? [];
      if (!lengths.includes(text.length)) lengths.push(text.length);
      this.#lengths.set(text.charAt(0), lengths);
      for (let length = 1; length < text.length; length++) {
        this.#beginnings.add(text.slice(0, length));
        this.#ends.add(text.slice(length));
      }
    }
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a);
    this.#firstLetters = anyOf(controls.map(({ text }) => text.charAt(0)));
    this.#lastLetters = anyOf(controls.map(({ text }) => text.charAt(text.length - 1)));
  }

  /** The first spelling from a place on, and the longest of those that begin there. */
  find(text: string, from: number): { at: number; text: string; token: Token } | undefined {
    const letters = this.#firstLetters;
    letters.lastIndex = from;
    for (let match = letters.exec(text); match; match = letters.exec(text)) {
      for (const length of this.#lengths.get(match[0]) ?? []) {
        const spelling = text.slice(match.index, match.index + length);
        const token = this.#tokens.get(spelling);
        if (token !== undefined) return { at: match.index, text: spelling, token };
      }
    }
    return undefined;
  }

  /** Marks a text that spells them in any case, where they are given in lower case. */
  mark(text: string): string {
    const lower = text.toLowerCase();
    // A few letters become two; where a text has one, its own case counts.
    const searched = lower.length === text.length ? lower : text;
    let marked = "";
    let at = 0;
    for (let found = this.find(searched, 0); found; found = this.find(searched, at)) {
      marked += text.slice(at, found.at + 1) + mark;
      // The next one may begin within this one.
      at = found.at + 1;
    }
    marked += text.slice(at);
    return (this.#beginsWithEnd(searched) ? mark : "") + marked + (this.#endsWithBeginning(searched) ? mark : "");
  }

  #beginsWithEnd(text: string): boolean {
    const head = text.slice(0, this.#longest - 1);
    this.#lastLetters.lastIndex = 0;
    if (!this.#lastLetters.test(head)) return false;
    for (let length = 1; length <= head.length; length++) if (this.#ends.has(head.slice(0, length))) return true;
    return false;
  }

  #endsWithBeginning(text: string): boolean {
    const tail = text.slice(Math.max(0, text.length - this.#longest + 1));
    this.#firstLetters.lastIndex = 0;
    if (!this.#firstLetters.test(tail)) return false;
    for (let start = 0; start < tail.length; start++) if (this.#beginnings.has(tail.slice(start))) return true;
    return false;
  }
}

/** No vocabulary without control tokens matches anything. */
function anyOf(letters: readonly string[]): RegExp {
  const codes = [...new Set(letters)].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return new RegExp(codes.length === 0 ? "[]" : `[${codes.join("")}]`, "g");
}
