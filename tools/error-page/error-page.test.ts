import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorTable } from "../../src/base/errors.ts";
import { makeErrorPage } from "./error-page.ts";
import { errorTexts } from "./error-texts.ts";

const file = join(import.meta.dir, "..", "..", "docs", "errors.md");

test("docs/errors.md says what the code does; npm run docs writes it", () => {
  expect(readFileSync(file, "utf8")).toBe(makeErrorPage());
});

test("every code has a meaning and something to do, and no text is of a code that is gone", () => {
  expect(Object.keys(errorTexts).toSorted()).toEqual(Object.keys(errorTable).toSorted());
  for (const [code, { means, todo }] of Object.entries(errorTexts))
    expect({ code, isTold: /^[A-Z].{15,}\.$/.test(means) && /^[A-Z`].{15,}\.$/.test(todo) }).toEqual({
      code,
      isTold: true,
    });
});

test("the types are those of the contract", () => {
  const page = makeErrorPage();
  const row = (code: string) => page.split("\n").find((line) => line.startsWith(`| \`${code}\``)) ?? "";
  for (const type of ["insufficient_quota", "billing_error", "RESOURCE_EXHAUSTED", "Arrearage"])
    expect(row("budget_exceeded")).toContain(type);
  for (const type of ["rate_limit_error", "RESOURCE_EXHAUSTED", "Throttling.RateQuota"])
    expect(row("rate_limit_exceeded")).toContain(type);
  for (const type of ["server_error", "overloaded_error", "UNAVAILABLE", "ServiceUnavailable"])
    expect(row("overloaded")).toContain(type);
});
