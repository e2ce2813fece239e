/** Texts of a choice that were told apart. */
export interface Told {
  reasoning: string;
  text: string;
}

/**
 * Tells what a model thinks from what it says, where a server leaves both in one text: `<think>…</think>` at its very beginning, as
 * DeepSeek R1, Qwen 3 and MiniMax M2 write it. Later tags are text.
 */
export class ThinkTags {
  #place: "start" | "thought" | "gap" | "text" = "start";
  /** What may be the beginning of a tag, and waits for the rest. */
  #held = "";

  /** Whether a text that comes now is said, whatever it is. */
  get isSettled(): boolean {
    return this.#place === "text";
  }

  /** Whether the closing tag is still to come. */
  get isThinking(): boolean {
    return this.#place === "thought";
  }

  take(piece: string): Told {
    if (this.isSettled) return { reasoning: "", text: piece };
    let rest = this.#held + piece;
    this.#held = "";
    let reasoning = "";
    if (this.#place === "start") {
      const said = rest.trimStart();
      if (!said.startsWith(opening)) {
        if (opening.startsWith(said) && rest.length <= heldCharsMax) {
          this.#held = rest;
          return nothing;
        }
        this.#place = "text";
        return { reasoning: "", text: rest };
      }
      this.#place = "thought";
      rest = said.slice(opening.length);
    }
    if (this.#place === "thought") {
      const end = rest.indexOf(closing);
      if (end === -1) {
        const held = startOfTag(rest);
        this.#held = rest.slice(rest.length - held);
        return { reasoning: rest.slice(0, rest.length - held), text: "" };
      }
      reasoning = rest.slice(0, end);
      rest = rest.slice(end + closing.length);
      this.#place = "gap";
    }
    // The blank line behind the thoughts belongs to neither.
    const text = rest.trimStart();
    if (text !== "") this.#place = "text";
    return { reasoning, text };
  }

  /** What is left when the choice has ended. */
  end(): Told {
    const held = this.#held;
    this.#held = "";
    return this.#place === "thought" ? { reasoning: held, text: "" } : { reasoning: "", text: held };
  }
}

const opening = "<think>";
const closing = "</think>";
const nothing: Told = { reasoning: "", text: "" };
/** Some models begin with a few blank lines. */
const heldCharsMax = 64;

/** How many letters at the end may begin the closing tag. */
function startOfTag(text: string): number {
  for (let count = Math.min(closing.length - 1, text.length); count > 0; count--)
    if (text.endsWith(closing.slice(0, count))) return count;
  return 0;
}
