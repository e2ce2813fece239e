import { expect, test } from "bun:test";
import { remembered } from "./remembered.ts";

test("what was made of a text is made once, whatever it is, and a failure is none", () => {
  const asked: string[] = [];
  const lengthOf = remembered((text) => {
    asked.push(text);
    if (text === "bad") throw new Error("no");
    return text === "none" ? undefined : text.length;
  });
  expect([lengthOf("four"), lengthOf("four"), lengthOf("none"), lengthOf("none")]).toEqual([
    4,
    4,
    undefined,
    undefined,
  ]);
  for (let time = 0; time < 2; time++) expect(() => lengthOf("bad")).toThrow("no");
  expect(asked).toEqual(["four", "none", "bad", "bad"]);
});

test("long texts are not remembered, and many are forgotten", () => {
  let made = 0;
  const count = remembered(() => ++made);
  const long = "x".repeat(257);
  count(long);
  count(long);
  expect(made).toBe(2);
  for (let index = 0; index < 1_000; index++) count(String(index));
  count("0");
  expect(made).toBe(1_002);
  count("one more");
  count("0");
  expect(made).toBe(1_004);
});
