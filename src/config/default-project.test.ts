import { expect, test } from "bun:test";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { withDefaultProject } from "./default-project.ts";

const limited = parseCloudConfig({ models: [], projects: [{ name: "default", isolate_cache: true }] });
const without = parseCloudConfig({ projects: [{ name: "team" }] });

test("the project default is always there, and one that is not mentioned keeps its limits", () => {
  expect(withDefaultProject(limited)).toBe(limited);
  const names = (config: typeof without) => config.projects.map(({ name }) => name);
  expect(names(withDefaultProject(without))).toEqual(["team", "default"]);
  expect(withDefaultProject(without).projects[1]).toEqual({ name: "default", currency: "USD" });
  expect(withDefaultProject(without, limited).projects[1]).toEqual(limited.projects[0]);
});
