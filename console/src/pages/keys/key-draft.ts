import type { Key, KeyChanges, NewKey } from "../../api/schema.d.ts";
import { changesOf, draftTerms, newTermsOf, type TermsDraft } from "../terms/terms-draft.ts";

export const expiryChoices = ["never", "7", "30", "90", "365", "date"] as const;
export type ExpiryChoice = (typeof expiryChoices)[number];

/** A key as its form has it. */
export interface KeyDraft {
  name: string;
  project: string;
  role: NonNullable<NewKey["role"]>;
  expiry: ExpiryChoice;
  /** Where `expiry` is `date`: a day such as 2027-01-31, of the reader's calendar; it counts to its end. */
  expiryDate: string;
  models: readonly string[];
  addresses: readonly string[];
  terms: TermsDraft;
}

const dayMs = 86_400_000;

export function draftKey(key?: Key, project = "default"): KeyDraft {
  return {
    name: key?.name ?? "",
    project: key?.project ?? project,
    role: key?.role ?? "user",
    expiry: key?.expires_at == null ? "never" : "date",
    expiryDate: key?.expires_at == null ? "" : dayOf(new Date(key.expires_at)),
    models: key?.models ?? [],
    addresses: key?.addresses ?? [],
    terms: draftTerms(key?.terms),
  };
}

export function newKeyOf(draft: KeyDraft, now = new Date()): NewKey {
  const { name, project, role, models, addresses, terms } = draft;
  const expiresAt = expiryOf(draft, now);
  return {
    name: name.trim(),
    project,
    role,
    ...(expiresAt !== null && { expires_at: expiresAt }),
    ...(models.length > 0 && { models: models as NonNullable<NewKey["models"]> }),
    ...(addresses.length > 0 && { addresses: addresses as NonNullable<NewKey["addresses"]> }),
    ...newTermsOf(terms),
  };
}

/** What is different of a key; an end that was not touched stays to the second. */
export function keyChangesOf(draft: KeyDraft, key: Key, now = new Date()): KeyChanges {
  const before = draftKey(key);
  const isEndSame = draft.expiry === before.expiry && draft.expiryDate === before.expiryDate;
  return {
    name: draft.name.trim(),
    ...(!isEndSame && { expires_at: expiryOf(draft, now) }),
    models: draft.models.length === 0 ? null : (draft.models as NonNullable<KeyChanges["models"]>),
    addresses: draft.addresses.length === 0 ? null : (draft.addresses as NonNullable<KeyChanges["addresses"]>),
    ...changesOf(draft.terms),
  };
}

/** ISO; null for never. */
function expiryOf({ expiry, expiryDate }: KeyDraft, now: Date): string | null {
  if (expiry === "never" || (expiry === "date" && expiryDate === "")) return null;
  if (expiry !== "date") return new Date(now.getTime() + Number(expiry) * dayMs).toISOString();
  const [year = 0, month = 1, day = 1] = expiryDate.split("-").map(Number);
  return new Date(year, month - 1, day, 23, 59, 59).toISOString();
}

function dayOf(time: Date): string {
  const pad = (value: number) => String(value).padStart(2, "0");
  return `${time.getFullYear()}-${pad(time.getMonth() + 1)}-${pad(time.getDate())}`;
}
