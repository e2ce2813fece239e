import { expect, test } from "bun:test";
import { ThinkTags, type Told } from "./think-tags.ts";

/** What is told apart of a text that comes in pieces of so many letters. */
function tell(text: string, letters: number): Told {
  const tags = new ThinkTags();
  const all: Told = { reasoning: "", text: "" };
  const add = ({ reasoning, text: said }: Told) => {
    all.reasoning += reasoning;
    all.text += said;
  };
  for (let at = 0; at < text.length; at += letters) add(tags.take(text.slice(at, at + letters)));
  add(tags.end());
  return all;
}

test.each<[string, string, string]>([
  ["<think>\na < b, </thin\n</think>\n\nYes.", "\na < b, </thin\n", "Yes."],
  ["\n\n<think>so</think>Yes <think>no</think>.", "so", "Yes <think>no</think>."],
  ["<think>cut at its bound </thi", "cut at its bound </thi", ""],
  ["<think></think>\n\n", "", ""],
  ["Yes.", "", "Yes."],
  ["<thinking>a</thinking>", "", "<thinking>a</thinking>"],
  ["<thi", "", "<thi"],
  ["  <b>x</b>", "", "  <b>x</b>"],
  [`${" ".repeat(200)}<think>a</think>b`, "a", "b"],
])("%j", (text, reasoning, said) => {
  const isLate = text.startsWith(" ".repeat(200));
  for (const letters of [1, 2, 3, 7, 500]) {
    // Blanks are not held for ever: tags behind so many of them are text, unless they come in the same piece.
    if (isLate && letters < 500) expect(tell(text, letters)).toEqual({ reasoning: "", text });
    else expect(tell(text, letters)).toEqual({ reasoning, text: said });
  }
});
