import { escapeUnprintableLines } from "../base/printable.ts";

/** Marks of direction belong to Arabic and Hebrew; alone they reorder nothing but the punctuation beside them. */
const directionMarks = /([\u061c\u200e\u200f])/;

/**
 * A model's text on its way to a terminal, while it arrives. What could move the cursor, change colours, reach the clipboard or
 * hide text is written as an escape, however it is split: each control character is harmless by itself. Held back are only the
 * first half of a surrogate pair, and a CR, since CR and LF are one line end.
 */
export class TerminalText {
  readonly #write: (text: string) => void;
  #held = "";
  #isFaint = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  write(text: string, isFaint: boolean): void {
    if (isFaint !== this.#isFaint) this.end();
    this.#isFaint = isFaint;
    const all = this.#held + text;
    const held = /[\ud800-\udbff\r]$/.exec(all)?.[0] ?? "";
    this.#held = held;
    this.#put(held === "" ? all : all.slice(0, -1));
  }

  /** Nothing follows that what is held back could belong to. */
  end(): void {
    const held = this.#held;
    this.#held = "";
    this.#put(held);
  }

  #put(text: string): void {
    if (text === "") return;
    const safe = text
      .replaceAll("\r\n", "\n")
      .split(directionMarks)
      .map((part) => (directionMarks.test(part) ? part : escapeUnprintableLines(part)))
      .join("");
    this.#write(this.#isFaint ? `\u001b[2m${safe}\u001b[0m` : safe);
  }
}
