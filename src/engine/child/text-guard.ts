import type { Token } from "node-llama-cpp";
import { guardable, guardLetters, withoutForeignGuards, withoutGuards } from "../template/guarded-letters.ts";
import { anyOf, Spellings } from "./spellings.ts";
import type { Vocabulary } from "./token-text.ts";
import type { Tokenizer, TokenPieces } from "./tokenizer.ts";

/** Guards the texts of one request. */
export interface TextGuard {
  /** A text of the caller, as the template gets it: after all unescaping, as the last step. */
  protect(text: string): string;
  /** The tokens of what the template made of them. */
  pieces(rendered: string): TokenPieces;
}

/**
 * Keeps a control token in a caller's text from becoming that token, however it is spelled over texts and whatever the template
 * does with them: each letter of the caller that could begin or end one is guarded. Then only the template's own spellings are
 * whole in the rendered prompt. The prompt is cut at those, and the texts between them are read as plain text.
 *
 * What stays possible is what a template itself wants: `'<|' + message.name + '|>'` makes a control token of a name.
 */
export function createTextGuards(controls: Vocabulary["controls"], tokenizer: Tokenizer): () => TextGuard {
  const spellings = new Spellings(controls);
  const letters = lettersToGuard(controls.map(({ text }) => text));
  // No letter of these can be guarded, so that they are broken where one text has them whole.
  const bare = new Spellings(controls.filter(({ text }) => !letters.test(text)));
  const all = new RegExp(letters.source, "g");
  return () => {
    let isGuarded = false;
    function* readPlain(piece: string): Generator<readonly Token[]> {
      yield* tokenizer.pieces(withoutGuards(piece).replaceAll(breaker, ""), false);
    }
    return {
      protect(text) {
        const clean = withoutForeignGuards(text.toWellFormed()).replaceAll(breaker, "\uFFFD");
        const guarded = bare.breakUp(guardLetters(clean, all), breaker);
        if (guarded !== clean) isGuarded = true;
        return guarded;
      },
      pieces: (rendered) => (isGuarded ? spellings.read(rendered, readPlain) : tokenizer.pieces(rendered, true)),
    };
  };
}

/** A text of the template's, such as its refusal, for people. */
export function withoutMarks(text: string): string {
  return withoutGuards(text).replaceAll(breaker, "");
}

/** Excluded from texts by Unicode, too. */
const breaker = "\uFFFE";

/** The first and the last letters, or those within a spelling that begins and ends otherwise. */
function lettersToGuard(spellings: readonly string[]): RegExp {
  const guarded = new Set<string>();
  for (const spelling of spellings) {
    const ends = [spelling.charAt(0), spelling.charAt(spelling.length - 1)].filter((letter) =>
      guardable.includes(letter),
    );
    const found = ends.length > 0 ? ends : Array.from(spelling).filter((letter) => guardable.includes(letter));
    for (const letter of found) guarded.add(letter);
  }
  return anyOf([...guarded]);
}
