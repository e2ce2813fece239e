import { SahabError } from "../base/errors.ts";
import { showList } from "../base/show-list.ts";
import type { CloudConfig } from "../config/index.ts";

/** The configuration with a project that is new, unparsed. Throws `conflict` where there is one of its name. */
export function withNewProject(current: CloudConfig, project: { name: string }): object {
  if (current.projects.some(({ name }) => name === project.name))
    throw new SahabError("conflict", `There is a project "${project.name}" already`, { param: "name" });
  return { ...current, projects: [...current.projects, withoutAbsent(project)] };
}

/** The configuration with a project changed, unparsed: what is left out stays, and null takes a field away. Throws `not_found`. */
export function withProjectChanges(current: CloudConfig, name: string, changes: object): object {
  const before = findProject(current, name);
  const changed = withoutAbsent({ ...before, ...changes });
  return { ...current, projects: current.projects.map((project) => (project === before ? changed : project)) };
}

/** Throws `not_found`, and `conflict` for the project that is always there. */
export function withoutProject(current: CloudConfig, name: string): CloudConfig {
  const gone = findProject(current, name);
  if (name === "default")
    throw new SahabError("conflict", "The project default is always there: keys that name no project are its own");
  return { ...current, projects: current.projects.filter((project) => project !== gone) };
}

export function findProject({ projects }: CloudConfig, name: string): CloudConfig["projects"][number] {
  const found = projects.find((project) => project.name === name);
  if (found) return found;
  throw new SahabError(
    "not_found",
    `There is no project "${name}"; there are: ${showList(projects.map((project) => project.name))}`,
  );
}

const withoutAbsent = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
