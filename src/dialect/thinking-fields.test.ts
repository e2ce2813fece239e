import { expect, test } from "bun:test";
import { Dropped, type ReasoningRequest, type ThinkingFields } from "../call/index.ts";
import { encodeThinkingFields } from "./thinking-fields.ts";

const both: ThinkingFields = {
  field: "reasoning.enabled",
  effortField: "reasoning.effort",
  budgetField: "reasoning.max_tokens",
};
const degrees: ThinkingFields = { effortField: "reasoning_effort", efforts: { none: "none", max: "high" } };

test.each<[string, ThinkingFields, ReasoningRequest, object, string[]]>([
  ["nothing asked", both, {}, {}, []],
  [
    "a budget is more exact than an effort",
    both,
    { effort: "low", budgetTokens: 9 },
    { reasoning: { enabled: true, max_tokens: 9 } },
    [],
  ],
  ["off", both, { enabled: false }, { reasoning: { enabled: false } }, []],
  ["off, said by an effort that is known", degrees, { enabled: false }, { reasoning_effort: "none" }, []],
  ["off, with nothing to say it by", { effortField: "reasoning_effort" }, { enabled: false }, {}, ["thinking"]],
  ["the vendor's word", degrees, { effort: "max" }, { reasoning_effort: "high" }, []],
  ["a budget as an effort", degrees, { enabled: true, budgetTokens: 20_000 }, { reasoning_effort: "high" }, []],
  [
    "Anthropic's form has a type",
    { effortField: "reasoning_effort", budgetField: "thinking.budget_tokens" },
    { enabled: true, budgetTokens: 2000 },
    { thinking: { type: "enabled", budget_tokens: 2000 } },
    [],
  ],
  [
    "its own word for on",
    { field: "thinking.type", on: "adaptive" },
    { effort: "high" },
    { thinking: { type: "adaptive" } },
    ["reasoning_effort"],
  ],
  [
    "no degrees",
    { effortField: "reasoning_effort", efforts: { none: "none" }, hasOnlyTheseEfforts: true },
    { effort: "high" },
    {},
    ["reasoning_effort"],
  ],
  [
    "by model",
    { ...both, byModel: [{ models: /^m/, field: "enable_thinking" }] },
    { enabled: true },
    { enable_thinking: true },
    [],
  ],
])("%s", (_, fields, reasoning, expected, listed) => {
  const dropped = new Dropped();
  expect(encodeThinkingFields({ reasoning }, { model: "m-1", fields }, dropped)).toEqual({ ...expected });
  expect(dropped.list).toEqual(listed);
});
