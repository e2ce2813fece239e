/** Stands for the end of a line within a message, since the line editor has one line only. */
export const lineEndMark = "\u2424";

const begin = "\u001b[200~";
const end = "\u001b[201~";
/** A terminal puts marks around what is pasted, once it is told so. */
export const pasteMarksOn = "\u001b[?2004h";
export const pasteMarksOff = "\u001b[?2004l";

/**
 * Keys on their way from the terminal to the line editor. What is pasted stays one line, so that it is one message; what would act
 * upon the editor is left out of it.
 */
export class PasteFilter {
  #held = "";
  #isPasting = false;

  push(chunk: string): string {
    let rest = this.#held + chunk;
    this.#held = "";
    let out = "";
    for (;;) {
      const mark = this.#isPasting ? end : begin;
      const at = rest.indexOf(mark);
      if (at === -1) break;
      out += this.#pass(rest.slice(0, at));
      rest = rest.slice(at + mark.length);
      this.#isPasting = !this.#isPasting;
    }
    // A mark may come in two pieces. Outside a paste an ESC by itself is a key, and is not held back.
    const mark = this.#isPasting ? end : begin;
    const shortest = this.#isPasting ? 1 : 2;
    for (let length = mark.length - 1; length >= shortest; length--) {
      if (!rest.endsWith(mark.slice(0, length))) continue;
      this.#held = rest.slice(-length);
      rest = rest.slice(0, -length);
      break;
    }
    return out + this.#pass(rest);
  }

  #pass(text: string): string {
    if (!this.#isPasting) return text;
    return text.replaceAll(/\r\n?|\n/g, lineEndMark).replaceAll(/(?!\t)\p{Cc}/gu, "");
  }
}
