import { expect, test } from "bun:test";
import { z } from "zod";
import { describeReceived, describeWanted } from "./issue-words.ts";

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  many: z.array(z.string()).min(2).optional(),
  own: z.array(z.string()).min(1, "expected at least one; leave it out for all").optional(),
  kind: z.enum(["a", "b"]).optional(),
});

test.each([
  [{ name: "" }, "expected at least 1 character"],
  [{ name: "long" }, "expected at most 3 characters"],
  [{ name: "a", many: [] }, "expected at least 2 items"],
  [{ name: "a", own: [] }, "expected at least one; leave it out for all"],
  [{ name: "a", kind: "c" }, 'expected "a" or "b"'],
  [{ name: "a", else: 1 }, "unknown field else"],
  [{ name: ["a"] }, "expected a text; found a list"],
  [{}, "expected a text; found nothing"],
])("%j", (value, words) => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (!issue) throw new Error("the schema takes it");
  expect(describeWanted(issue) + describeReceived(issue)).toBe(words);
});
