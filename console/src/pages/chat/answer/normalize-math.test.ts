import { expect, test } from "bun:test";
import { normalizeMath } from "./normalize-math.ts";

test.each([
  ["The root is \\(x^2\\).", "The root is $$x^2$$."],
  ["Then $a_1 + b$ holds", "Then $$a_1 + b$$ holds"],
  ["So:\\[\\frac{1}{2}\\]", "So:\n$$\n\\frac{1}{2}\n$$\n"],
  ["$$\nx\n$$", "$$\nx\n$$"],
  ["It costs $5 and $10 a month", "It costs $5 and $10 a month"],
  ["US$5 to US$7", "US$5 to US$7"],
  ["`$x$` and $y$", "`$x$` and $$y$$"],
  ["```sh\necho $a $b\n```\n$z$", "```sh\necho $a $b\n```\n$$z$$"],
  ["```sh\necho $a$ and no end", "```sh\necho $a$ and no end"],
  ["escaped \\$x\\$", "escaped \\$x\\$"],
  ["\\(a\nb \\(c\\) \\[d\ne\\] \\(\\)", "\\(a\nb $$c$$ \n$$\nd\ne\n$$\n \\(\\)"],
  ["\\[a \\[ b\\] \\(c \\( d\\) \\[", "\n$$\na \\[ b\n$$\n $$c \\( d$$ \\["],
  ["\\(x\\) and \\(y\\)\n\\(z\\)", "$$x$$ and $$y$$\n$$z$$"],
  ["no math", "no math"],
])("%j is written %j", (text, written) => {
  expect(normalizeMath(text)).toBe(written);
});

test("a long text takes a time that grows with its length alone", () => {
  const started = performance.now();
  normalizeMath(`${"`".repeat(3)}\n${"a $ b \\( ".repeat(40_000)}`);
  normalizeMath("a $b \\( c ` ".repeat(20_000));
  for (const open of ["\\[", "\\("])
    for (const end of ["", "\n", "\\)", "\n\\)\\]"]) normalizeMath(open.repeat(200_000) + end);
  normalizeMath(`${"\\(\n".repeat(200_000)}\\)`);
  expect(performance.now() - started).toBeLessThan(2_000);
});
