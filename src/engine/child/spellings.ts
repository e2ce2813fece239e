import type { Token } from "node-llama-cpp";
import type { ControlToken } from "./token-text.ts";

/** Finds the spellings of control tokens. Vocabularies have up to a thousand; texts have few letters that one could begin with. */
export class Spellings {
  readonly #tokens: ReadonlyMap<string, ControlToken>;
  /** Lengths of the spellings that begin with a letter, longest first. */
  readonly #lengths = new Map<string, number[]>();
  readonly #firstLetters: RegExp;

  constructor(controls: readonly ControlToken[]) {
    this.#tokens = new Map(controls.map((control) => [control.text, control]));
    for (const { text } of controls) {
      const lengths = this.#lengths.get(text.charAt(0)) ?? [];
      if (!lengths.includes(text.length)) lengths.push(text.length);
      this.#lengths.set(text.charAt(0), lengths);
    }
    for (const lengths of this.#lengths.values()) lengths.sort((a, b) => b - a);
    this.#firstLetters = anyOf(
      controls.map(({ text }) => text.charAt(0)),
      "g",
    );
  }

  /** The first spelling from a place on, and the longest of those that begin there. */
  find(text: string, from: number): (ControlToken & { at: number }) | undefined {
    const letters = this.#firstLetters;
    letters.lastIndex = from;
    for (let match = letters.exec(text); match; match = letters.exec(text)) {
      for (const length of this.#lengths.get(match[0]) ?? []) {
        const control = this.#tokens.get(text.slice(match.index, match.index + length));
        if (control) return { ...control, at: match.index };
      }
    }
    return undefined;
  }

  /** The tokens of a text in pieces: its spellings, and what `readPlain` makes of the texts between them. */
  *read<T>(text: string, readPlain: (piece: string) => Iterable<T>): Generator<T | readonly Token[]> {
    let at = 0;
    for (let found = this.find(text, 0); found; found = this.find(text, at)) {
      const before = text.slice(at, found.at);
      const kept = found.stripsLeft === true ? before.trimEnd() : before;
      if (kept !== "") yield* readPlain(kept);
      yield [found.token];
      at = found.at + found.text.length;
      if (found.stripsRight === true) while (at < text.length && /\s/.test(text.charAt(at))) at++;
    }
    if (at < text.length) yield* readPlain(text.slice(at));
  }

  /** Puts a letter after the first one of each spelling. */
  breakUp(text: string, breaker: string): string {
    let broken = "";
    let at = 0;
    for (let found = this.find(text, 0); found; found = this.find(text, at)) {
      broken += text.slice(at, found.at + 1) + breaker;
      // The next one may begin within this one.
      at = found.at + 1;
    }
    return broken + text.slice(at);
  }
}

/** Matches one of the letters; nothing where there are none. */
export function anyOf(letters: readonly string[], flags = ""): RegExp {
  const codes = [...new Set(letters)].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return new RegExp(codes.length === 0 ? "[]" : `[${codes.join("")}]`, flags);
}
