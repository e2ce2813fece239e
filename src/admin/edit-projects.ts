import { SahabError } from "../base/errors.ts";
import { showList } from "../base/show-list.ts";
import type { CloudConfig } from "../config/index.ts";
import { isInScope, type Scope } from "../ledger/index.ts";

/** The configuration with a project that is new, unparsed. Throws `conflict` where there is one of its name, and `forbidden` outside the scope. */
export function withNewProject(current: CloudConfig, project: { name: string }, scope: Scope): object {
  if (!isInScope(scope, project.name))
    throw new SahabError("forbidden", `This key may not create the project "${project.name}"`, { param: "name" });
  if (current.projects.some(({ name }) => name === project.name))
    throw new SahabError("conflict", `There is a project "${project.name}" already`, { param: "name" });
  return { ...current, projects: [...current.projects, withoutAbsent(project)] };
}

/** The configuration with a project changed, unparsed: what is left out stays, and null takes a field away. Throws `not_found`. */
export function withProjectChanges(
  current: CloudConfig,
  { name, scope }: { name: string; scope: Scope },
  changes: object,
): object {
  const before = findProject(current, name, scope);
  const changed = withoutAbsent({ ...before, ...changes });
  return { ...current, projects: current.projects.map((project) => (project === before ? changed : project)) };
}

/** Throws `not_found`, and `conflict` for the project that is always there. */
export function withoutProject(current: CloudConfig, name: string, scope: Scope): CloudConfig {
  const gone = findProject(current, name, scope);
  if (name === "default")
    throw new SahabError("conflict", "The project default is always there: keys that name no project are its own");
  return { ...current, projects: current.projects.filter((project) => project !== gone) };
}

/** One that may be seen. Throws `not_found`, which names those that may. */
export function findProject(config: CloudConfig, name: string, scope: Scope): CloudConfig["projects"][number] {
  const projects = config.projects.filter((project) => isInScope(scope, project.name));
  const found = projects.find((project) => project.name === name);
  if (found) return found;
  throw new SahabError(
    "not_found",
    `There is no project "${name}"; there are: ${showList(projects.map((project) => project.name))}`,
  );
}

const withoutAbsent = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
