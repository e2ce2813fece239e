import type { NewProject, Project, ProjectChanges } from "../../api/schema.d.ts";
import { changesOf, draftTerms, newTermsOf, type TermsDraft } from "../terms/terms-draft.ts";

/** A project as its form has it. */
export interface ProjectDraft {
  name: string;
  currency: string;
  isPrepaid: boolean;
  models: readonly string[];
  terms: TermsDraft;
}

export function draftProject(project?: Project): ProjectDraft {
  return {
    name: project?.name ?? "",
    currency: project?.currency ?? "USD",
    isPrepaid: project?.prepaid ?? false,
    models: project?.models ?? [],
    terms: draftTerms(project?.terms),
  };
}

export function newProjectOf({ name, currency, isPrepaid, models, terms }: ProjectDraft): NewProject {
  return {
    name: name.trim(),
    currency: currency.trim().toUpperCase(),
    ...(isPrepaid && { prepaid: true }),
    ...(models.length > 0 && { models: [...models] }),
    ...newTermsOf(terms),
  };
}

/** What is different; its organisation's currency is not made its own. */
export function projectChangesOf(draft: ProjectDraft, project: Project): ProjectChanges {
  const currency = draft.currency.trim().toUpperCase();
  return {
    ...(currency !== project.currency && { currency }),
    ...(draft.isPrepaid !== project.prepaid && { prepaid: draft.isPrepaid || null }),
    models: draft.models.length === 0 ? null : [...draft.models],
    ...changesOf(draft.terms),
  };
}
