import { describe, expect, test } from "bun:test";
import { SahabError } from "../../../base/errors.ts";
import { readGbnf } from "./read-gbnf.ts";
import { tryGbnf } from "./try-gbnf.ts";

const check = (source: string) => {
  for (const _ of tryGbnf(readGbnf(source)));
};
const problemOf = (source: string): string => {
  try {
    check(source);
  } catch (error) {
    expect(error).toBeInstanceOf(SahabError);
    expect(error).toMatchObject({ code: "invalid_request", param: "grammar" });
    return (error as SahabError).message;
  }
  return "";
};

/** llama.cpp's own example. */
const json = String.raw`# JSON
root   ::= object
value  ::= object | array | string | number | ("true" | "false" | "null") ws

object ::=
  "{" ws (
            string ":" ws value
    ("," ws string ":" ws value)*
  )? "}" ws

array  ::=
  "[" ws (
            value
    ("," ws value)*
  )? "]" ws

string ::=
  "\"" (
    [^"\\\x7F\x00-\x1F] |
    "\\" (["\\bfnrt] | "u" [0-9a-fA-F]{4}) # escapes
  )* "\"" ws

number ::= ("-"? ([0-9] | [1-9] [0-9]{0,15})) ("." [0-9]+)? ([eE] [-+]? [0-9] [1-9]{0,15})? ws

ws ::= | " " | "\n" [ \t]{0,20}
`;

/** llama.cpp's examples, shortened. */
const arithmetic = `root ::= (expr "=" ws term "\\n")+
expr ::= term ([-+*/] term)*
term ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws
num ::= [0-9]+ ws
ws ::= [ \\t\\n]*`;
const list = `root ::= item+

# Excludes various line break characters
item ::= "- " [^\\r\\n\\x0b\\x0c\\x85\\u2028\\u2029]+ "\\n"`;
const japanese = `root ::= jp-char+ ([ \\t\\n] jp-char+)*
jp-char ::= hiragana | katakana | cjk
hiragana ::= [ぁ-ゟ]
katakana ::= [ァ-ヿ]
cjk ::= [一-龯]`;

describe("a grammar", () => {
  test.each([
    ["json", json],
    ["arithmetic", arithmetic],
    ["list", list],
    ["japanese", japanese],
    ["with escapes", String.raw`root ::= [\-\]\x41\u00e9] "\t\""`],
    ["one line", 'root ::= "yes" | "no"'],
    ["with repetitions", 'root ::= "a"{2} [b-d]{1,} .{0,3} ("x" "y")? "é😀"'],
    ["with bounded names", 'root ::= name "," name\nname ::= [a-zA-Z ]{1,100}'],
    ["Windows line ends", 'root ::= a\r\na ::= "x"\r\n'],
  ])("is read: %s", (_name, source) => {
    expect(problemOf(source)).toBe("");
  });

  test.each([
    ['start ::= "a"', "line 1, column 14", '"root" is not defined'],
    ["root ::= a\n", "line 1, column 10", '"a" is not defined'],
    ["", "line 1, column 1", '"root" is not defined'],
    ["root = 5", "line 1, column 6", "expected ::="],
    ['root ::= "a', "line 1, column 12", "a text does not end"],
    ["root ::= [a-", "line 1", "does not end"],
    ["root ::= [z-a]", "line 1", "ends before it begins"],
    ["root ::= []", "line 1", "is empty"],
    ['root ::= ("a"', "line 1, column 14", "expected )"],
    ['root ::= "a" )', "line 1, column 14", "end of the line"],
    ["root ::= * ", "line 1, column 11", "repeats nothing"],
    ['root ::= "a"{3,1}', "line 1, column 13", "allows nothing"],
    ['root ::= "a"{9999}', "line 1, column 13", "at most 2000 repetitions"],
    [`root ::= "${"a".repeat(16)}"{2000}`, "line 1", "written out"],
    ['root ::= "\\q"', "line 1", "is no escape"],
    ['root ::= "\\u12"', "line 1", "4 hexadecimal digits"],
    ["root ::= <[12]>", "line 1", "tokens in a grammar"],
    ['root ::= "a" b\nb ::= c "x"\nc ::= ("y"? b)?', "", "can begin with itself"],
    [`root ::= ${"(".repeat(100)}`, "line 1", "nested"],
    ['root ::= ("a"?)*', "", 'the rule "root" repeats without end what can be empty'],
  ])("is refused with what is wrong: %s", (source, place, problem) => {
    const message = problemOf(source);
    expect(message).toContain(place);
    expect(message).toContain(problem);
  });

  test.each([
    // What may follow doubles with every letter.
    ["two endings of itself", 'root ::= "a" (root "b" | root "c")?'],
    ["hidden behind a name", 'root ::= "never mind: " deep\ndeep ::= " " (deep "." | deep [!])? | "x"'],
    [
      "empty rules of empty rules",
      `root ::= r0\n${Array.from({ length: 24 }, (_, i) => `r${i} ::= r${i + 1} r${i + 1}`).join("\n")}\nr24 ::= "a" | `,
    ],
    [
      "behind many others",
      `root ::= a0\n${Array.from({ length: 300 }, (_, i) => `a${i} ::= "a" a${i + 1} | [b-z]+`).join("\n")}\na300 ::= " " (a300 "b" | a300 "c")?`,
    ],
    ["neighbours that read the same", `root ::= ${Array.from({ length: 8 }, () => "[a-z ]{0,15}").join(" ")}`],
    ["nested optional repetitions", 'root ::= (("a"{0,40}){0,40})'],
  ])("is refused where it would take llama.cpp too long: %s", (_name, source) => {
    const startMs = performance.now();
    expect(problemOf(source)).toContain("16 letters in more than 1000 ways");
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});
