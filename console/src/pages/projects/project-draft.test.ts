import { expect, test } from "bun:test";
import type { Project } from "../../api/schema.d.ts";
import { draftProject, newProjectOf, projectChangesOf } from "./project-draft.ts";

const project: Project = {
  name: "team",
  organisation: "firm",
  currency: "CNY",
  time_zone: "Asia/Shanghai",
  prepaid: true,
  models: ["chat-*"],
  terms: { limits: { rpm: 5 } },
  output: null,
  keys: 0,
  managed_by: "file",
  accounts: [],
};

test("a change names the currency only where it is another, and takes away what was emptied", () => {
  const draft = draftProject(project);
  const rest = { budget: null, limits: { rpm: 5 }, session_budget: null };
  expect(projectChangesOf(draft, project)).toEqual({ models: ["chat-*"], ...rest });
  expect(projectChangesOf({ ...draft, currency: " usd ", isPrepaid: false, models: [] }, project)).toEqual({
    currency: "USD",
    prepaid: null,
    models: null,
    ...rest,
  });
});

test("a new project has only what was filled in", () => {
  expect(newProjectOf({ ...draftProject(), name: " a " })).toEqual({ name: "a", currency: "USD" });
});
