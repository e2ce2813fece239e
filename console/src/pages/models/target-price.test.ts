import { expect, test } from "bun:test";
import { declaredPrice, isPriceComplete, keptPrice } from "./target-price.ts";

test("a price is left as it is, free, or what is typed, which has to be whole", () => {
  const own = { kind: "own", input: " 0.15 ", output: "0.6", currency: "eur" } as const;
  expect([keptPrice, { ...keptPrice, kind: "free" as const }, own].map(declaredPrice)).toEqual([
    undefined,
    "free",
    { currency: "EUR", input: "0.15", output: "0.6" },
  ]);
  expect([own, { ...own, output: " " }, keptPrice].map(isPriceComplete)).toEqual([true, false, true]);
});
