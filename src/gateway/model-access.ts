import { SahabError } from "../base/errors.ts";
import { escapeUnprintable } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import type { ModelEntry, Snapshot } from "../config/index.ts";
import type { Caller } from "../ledger/index.ts";

/** The model of this name. Throws `model_not_found`, or `model_not_allowed` where the caller may not call it. */
export function findModel(snapshot: Snapshot, caller: Caller, name: string): ModelEntry {
  const model = snapshot.models.get(name);
  if (!model) {
    const names = visibleModels(snapshot, caller).map((visible) => visible.name);
    throw new SahabError(
      "model_not_found",
      `Model "${escapeUnprintable(name.slice(0, 100))}" is not known here; available: ${showList(names) || "none"}`,
      { param: "model" },
    );
  }
  if (!mayCall(snapshot, caller, name)) {
    const { project, models } = caller;
    const message =
      models && !models.includes(name)
        ? `This key may not call model "${name}"; it may call: ${showList(models.patterns)}`
        : `Project ${project} may not call model "${name}"; ask an administrator to add it to the project's models`;
    throw new SahabError("model_not_allowed", message, { param: "model" });
  }
  return model;
}

/** What nobody knows the price of is not called: its cost would be missing in every report and budget. */
export function refuseUnpriced({ name, targets, unpriced = [] }: ModelEntry): void {
  if (targets.length > 0 || unpriced.length === 0) return;
  throw new SahabError(
    "model_not_priced",
    `Model "${name}" has no known price at ${showList([...new Set(unpriced)])}; an administrator can declare one in cloud.yaml, or free where calls cost nothing`,
    { param: "model" },
  );
}

/** Throws `forbidden` for a key that may call no model at all. */
export function mayCallModels(caller: Caller): Caller {
  if (caller.role !== "metrics") return caller;
  throw new SahabError(
    "forbidden",
    "This key may read /metrics, and call no models; create one with: sahab key create",
  );
}

export function mayCall(snapshot: Snapshot, caller: Caller, model: string): boolean {
  if (caller.models && !caller.models.includes(model)) return false;
  if (caller.role === "admin") return true;
  const allowed = snapshot.projects.get(caller.project);
  return allowed === null || (allowed?.has(model) ?? false);
}

export function visibleModels(snapshot: Snapshot, caller: Caller): ModelEntry[] {
  return [...snapshot.models.values()].filter((model) => mayCall(snapshot, caller, model.name));
}
