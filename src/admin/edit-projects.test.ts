import { expect, test } from "bun:test";
import { parseCloudConfig } from "../config/index.ts";
import { findProject, withNewProject, withoutProject, withProjectChanges } from "./edit-projects.ts";

test("who may see some projects changes no other, and reads no name of another", () => {
  const config = parseCloudConfig({ projects: [{ name: "default" }, { name: "mine" }, { name: "secret" }] });
  const scope = { projects: ["mine", "planned"] };
  expect(findProject(config, "mine", scope).name).toBe("mine");
  const missing = 'There is no project "secret"; there are: mine';
  expect(() => findProject(config, "secret", scope)).toThrow(missing);
  expect(() => withProjectChanges(config, { name: "secret", scope }, { currency: "EUR" })).toThrow(missing);
  expect(() => withoutProject(config, "secret", scope)).toThrow(missing);
  // Whether there is one is not told either.
  for (const name of ["secret", "new"])
    expect(() => withNewProject(config, { name }, scope)).toThrow(`may not create the project "${name}"`);
  expect(withNewProject(config, { name: "planned" }, scope)).toMatchObject({ projects: { length: 4 } });
});
