import { createHash } from "node:crypto";
import { SahabError } from "../base/errors.ts";
import { showList } from "../base/show-list.ts";
import { showResource } from "../base/show-resource.ts";
import {
  CloudConfigError,
  describeMended,
  describeReplaced,
  describeUnkeyed,
  describeUnresolved,
  findDoubts,
  keepSecrets,
  keepUnnamed,
  Managers,
  parseCloudConfig,
  resourcesOf,
  type Change,
  type CloudConfig,
  type EnvironmentProviders,
  type KnownModels,
  type ManagedConfig,
  type Manager,
} from "../config/index.ts";
import { replaceConfig, type ConfigDeps } from "./update-config.ts";

export interface ApplyWish {
  dryRun: boolean;
  /** What happens to resources that a file managed before and does not name now: refuse the change, delete them, or keep them. */
  deletions: "refuse" | "make" | "keep";
  /** The plan that was looked at, see `planOf`: another one is refused. */
  plan?: string | undefined;
}

interface AppliedConfig {
  changes: Change[];
  /** What stays although the document does not name it, and who manages it. */
  kept: { kind: Change["kind"]; name: string; managedBy: Manager }[];
  plan: string;
  config: CloudConfig;
  warnings: string[];
}

/** Changes that have to be looked at first: nothing was changed. */
export class UnseenChanges extends SahabError {
  readonly changes: readonly Change[];
  readonly plan: string;

  constructor(message: string, changes: readonly Change[]) {
    super("conflict", message);
    this.changes = changes;
    this.plan = planOf(changes);
  }
}

/**
 * Makes the stored configuration what `document` says, unless it is a dry run; retries when another change came in between. What others than
 * a file manage and the document does not name stays; what it names is the file's from then on. The warnings name what was mended in the
 * document, and what is allowed but probably not meant. Throws UnseenChanges where something would be deleted that may not be.
 */
export async function applyConfig(
  deps: ConfigDeps & {
    catalog: { catalog: KnownModels };
    environmentProviders: Pick<EnvironmentProviders, "providers">;
  },
  document: unknown,
  wish: ApplyWish,
): Promise<AppliedConfig> {
  let kept: AppliedConfig["kept"] = [];
  let ofDocument: string[] = [];
  let renamePlace = (line: string): string => line;
  const change = (current: ManagedConfig): ManagedConfig => {
    const completed = keepUnnamed(document, current, { all: wish.deletions === "keep" });
    renamePlace = (line) => completed.renamePlace(line);
    const wanted = parseCloudConfig(completed.document);
    kept = completed.kept.flatMap((one) => {
      const managedBy = current.managers.of(one);
      return managedBy === undefined ? [] : [{ kind: one.kind, name: one.name, managedBy }];
    });
    ofDocument = [...describeMended(completed.document, wanted), ...findDoubts(wanted, deps.catalog.catalog)].map(
      (line) => completed.renamePlace(line),
    );
    const keptKeys = new Set(kept.map((one) => Managers.keyOf(one)));
    const named = resourcesOf(wanted).filter((one) => !keptKeys.has(Managers.keyOf(one)));
    return {
      config: keepSecrets(current.config, wanted),
      managers: current.managers.with(named, "file"),
    };
  };
  const check = (changes: readonly Change[]) => {
    if (wish.dryRun) return;
    if (wish.plan !== undefined && wish.plan !== planOf(changes))
      throw new UnseenChanges("The changes are no longer those that were looked at; nothing was changed", changes);
    if (wish.deletions === "refuse" && changes.some(({ action }) => action === "delete"))
      throw new UnseenChanges(describeDeletions(changes), changes);
  };
  const updated = await replaceConfig(deps, change, { dryRun: wish.dryRun, check }).catch((error: unknown) => {
    if (error instanceof CloudConfigError) throw new CloudConfigError(error.allProblems.map(renamePlace));
    throw error;
  });
  const unresolved = await describeUnresolved(updated.config.providers, deps.secretSources);
  const keys = [
    ...describeUnkeyed(updated.config),
    ...describeReplaced(updated.config, deps.environmentProviders, deps.catalog.catalog),
  ];
  return {
    ...updated,
    kept,
    plan: planOf(updated.changes),
    warnings: shorten([...keys, ...ofDocument, ...updated.warnings, ...unresolved]),
  };
}

/** Tells one list of changes from another. */
function planOf(changes: readonly Change[]): string {
  return createHash("sha256").update(JSON.stringify(changes)).digest("base64url").slice(0, 22);
}

function describeDeletions(changes: readonly Change[]): string {
  const names = changes.flatMap((change) => (change.action === "delete" ? [showResource(change)] : []));
  return `This would delete ${showList(names)}, which a file managed before and this one does not name; nothing was changed. With prune=1 (sahab apply --prune) it is deleted`;
}

const warningsMax = 50;

function shorten(warnings: string[]): string[] {
  if (warnings.length <= warningsMax) return warnings;
  return [...warnings.slice(0, warningsMax), `and ${warnings.length - warningsMax} more warnings`];
}
