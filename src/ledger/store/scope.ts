/** What an actor may see: every query for a person's eyes takes one. Whoever may see all projects has `wholeScope`. */
export interface Scope {
  /** Names of projects; undefined for all of them. */
  readonly projects: readonly string[] | undefined;
}

/** Of the admin key and keys of role admin. */
export const wholeScope: Scope = { projects: undefined };

/** Whether a project's rows may be seen. */
export function isInScope({ projects }: Scope, project: string): boolean {
  return projects === undefined || projects.includes(project);
}
