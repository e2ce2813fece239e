import { expect, test } from "bun:test";
import { changesOf, draftTerms, newBudget, newTermsOf } from "./terms-draft.ts";

const declared = {
  budget: [
    { amount: "5000", period: "month" },
    { amount: 10, period: "day", soft: true },
  ],
  limits: { rpm: 600, models: { "chat-*": { tpm: 9 } } },
  session_budget: 0.5,
};

test("terms that nobody has changed come back as they were", () => {
  expect(changesOf(draftTerms(declared))).toEqual({
    budget: [
      { amount: "5000", period: "month" },
      { amount: "10", period: "day", soft: true },
    ],
    limits: { rpm: 600, models: { "chat-*": { tpm: 9 } } },
    session_budget: "0.5",
  });
});

test("what is emptied is taken away, and what is new has only what was filled in", () => {
  const empty = draftTerms({});
  // A budget without an amount bounds nothing: the server says so, and no key is made without the budget that was meant.
  expect(newTermsOf({ ...empty, budgets: [{ ...newBudget(), amount: " " }] })).toEqual({
    budget: { amount: "", period: "month" },
  });
  expect(changesOf(empty)).toEqual({ budget: null, limits: null, session_budget: null });
  expect(newTermsOf(empty)).toEqual({});
  expect(newTermsOf({ ...empty, tpm: "2,000,000" })).toEqual({ limits: { tpm: 2_000_000 } });
  // The server says that it is no number; JSON has null in its place.
  expect(JSON.stringify(newTermsOf({ ...empty, rpm: "many" }))).toBe('{"limits":{"rpm":null}}');
});
