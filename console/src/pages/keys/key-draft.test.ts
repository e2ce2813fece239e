import { expect, test } from "bun:test";
import type { Key } from "../../api/schema.d.ts";
import { draftKey, keyChangesOf, newKeyOf } from "./key-draft.ts";

const now = new Date("2026-11-27T12:00:00Z");
const key: Key = {
  id: "key_1",
  name: "ci",
  project: "team",
  role: "user",
  prefix: "sk-sahab-1234",
  created_at: "2026-11-01T00:00:00Z",
  expires_at: "2027-01-31T09:30:15.000Z",
  revoked_at: null,
  last_used_at: null,
  status: "active",
  replaced_by: null,
  models: ["chat-*"],
  addresses: null,
  terms: { budget: { amount: "5", period: "month" } },
};

test("a new key has only what was filled in", () => {
  expect(newKeyOf({ ...draftKey(), name: " ann " }, now)).toEqual({ name: "ann", project: "default", role: "user" });
  expect(newKeyOf({ ...draftKey(), name: "ann", expiry: "30", models: ["a"] }, now)).toMatchObject({
    expires_at: "2026-12-27T12:00:00.000Z",
    models: ["a"],
  });
});

test("a change keeps an end that was not touched, and takes away what was emptied", () => {
  const draft = draftKey(key);
  expect(keyChangesOf(draft, key, now)).toEqual({
    name: "ci",
    models: ["chat-*"],
    addresses: null,
    budget: { amount: "5", period: "month" },
    limits: null,
    session_budget: null,
  });
  expect(keyChangesOf({ ...draft, expiry: "never", models: [] }, key, now)).toMatchObject({
    expires_at: null,
    models: null,
  });
  const { expires_at: end } = keyChangesOf({ ...draft, expiryDate: "2027-02-01" }, key, now);
  expect(new Date(end ?? "").getDate()).toBe(1);
});
