import { SahabError } from "../base/errors.ts";
import type { SecretSources } from "../base/secret-sources.ts";
import { showList } from "../base/show-list.ts";
import {
  CloudConfigError,
  diffConfigs,
  findForbidden,
  Managers,
  readManagedConfig,
  resourcesOf,
  withDefaultProject,
  writeConfig,
  type Change,
  type CloudConfig,
  type ManagedConfig,
  type Manager,
} from "../config/index.ts";
import { checkLoraFile, checkModelFile, findTooLarge, modelFilePath, type ModelSources } from "../fleet/index.ts";
import { wholeScope, type Store } from "../ledger/index.ts";

export interface ConfigDeps {
  store: Store;
  /** Where models may come from. */
  sources: ModelSources;
  /** What providers' secrets may refer to. */
  secretSources: SecretSources;
  /** Called after a change of configuration or keys: all processes take it over. */
  changed(): Promise<void>;
}

export interface Update {
  changes: Change[];
  config: CloudConfig;
  warnings: string[];
}

/**
 * Changes the stored configuration by a function of it, and tells all processes. What it creates or changes is managed by `by` from then on.
 * Throws before anything is stored when the result cannot work.
 */
export function updateConfig(
  deps: ConfigDeps,
  change: (current: CloudConfig, managers: Managers) => CloudConfig,
  by: Exclude<Manager, "file">,
): Promise<Update> {
  return replaceConfig(deps, ({ config: current, managers }) => {
    const config = change(current, managers);
    const touched = diffConfigs(current, config).filter(({ action }) => action !== "delete");
    return { config, managers: managers.with(touched, by) };
  });
}

const tries = 5;

/**
 * The same where who manages what is a matter of the change itself. `check` sees the changes before they are made, and may throw. Retries
 * when another change came in between.
 */
export async function replaceConfig(
  deps: ConfigDeps,
  change: (current: ManagedConfig) => ManagedConfig,
  { dryRun = false, check }: { dryRun?: boolean; check?: (changes: readonly Change[]) => void } = {},
): Promise<Update> {
  for (let i = 0; i < tries; i++) {
    const version = await deps.store.version();
    const current = await readManagedConfig(deps.store);
    const wanted = change(current);
    const config = withDefaultProject(wanted.config, current.config);
    const managers = wanted.managers.within(config);
    const warnings = await checkConfig(deps, current.config, config);
    const changes = withManagerChanges(diffConfigs(current.config, config), { current, config, managers });
    check?.(changes);
    const isSame = changes.length === 0 && managers.equals(current.managers);
    if (dryRun || isSame) return { changes, config, warnings };
    if (!(await writeConfig(deps.store, config, version, managers))) continue;
    await deps.changed();
    return { changes, config, warnings };
  }
  throw new SahabError(
    "conflict",
    "The configuration kept changing while this change was made; look at it and try again",
  );
}

/** With what goes from one manager to another; who manages a thing for the first time is no change of it. */
function withManagerChanges(
  changes: Change[],
  { current, config, managers }: { current: ManagedConfig; config: CloudConfig; managers: Managers },
): Change[] {
  const field = "managed_by";
  const moved = new Map(
    resourcesOf(config).flatMap((one) => {
      const [before, after] = [current.managers.of(one), managers.of(one)];
      return before === undefined || after === undefined || before === after
        ? []
        : [[Managers.keyOf(one), { one, value: { path: field, before, after } }] as const];
    }),
  );
  if (moved.size === 0) return changes;
  const updated = changes.map((change) => {
    const move = change.action === "update" ? moved.get(Managers.keyOf(change)) : undefined;
    if (!move) return change;
    moved.delete(Managers.keyOf(change));
    return { ...change, fields: [...(change.fields ?? []), field], values: [...(change.values ?? []), move.value] };
  });
  return [
    ...updated,
    ...[...moved.values()].map(({ one: { kind, name }, value }): Change => ({
      action: "update",
      kind,
      name,
      fields: [field],
      values: [value],
    })),
  ];
}

/** What can only be known here: files on this machine, and keys that would lose their project. Returns what of the files does not work. */
async function checkConfig(deps: ConfigDeps, current: CloudConfig, config: CloudConfig): Promise<string[]> {
  const before = new Map(current.providers.map((provider) => [provider.name, provider]));
  const places = new Map(config.providers.map(({ name }, index) => [name, `providers[${index}]`]));
  const changed = config.providers.filter((provider) => !Bun.deepEquals(before.get(provider.name), provider));
  const { faults, warnings } = await checkFiles(deps, current, config);
  const problems = [
    ...changed.flatMap((provider) =>
      findForbidden({ providers: [provider] }, deps.secretSources).map((line) =>
        line.replace(`provider ${provider.name}: `, () => `${places.get(provider.name)}.`),
      ),
    ),
    ...faults,
  ];
  if (problems.length === 0) {
    const names = new Map(config.models.map(({ name }, index) => [name, index]));
    const tooLarge = await findTooLarge(config, (file) => modelFilePath(deps.sources.modelsDir, file));
    problems.push(...tooLarge.map(({ model, fault }) => `models[${names.get(model)}].local: ${fault}`));
  }
  if (problems.length > 0) throw new CloudConfigError(problems);
  await refuseOrphans(deps, current, config);
  return warnings;
}

/** Files that a change names for the first time. Each model has a message of its own, so all that are wrong are told at once. */
async function checkFiles(
  { sources }: ConfigDeps,
  current: CloudConfig,
  config: CloudConfig,
): Promise<{ faults: string[]; warnings: string[] }> {
  const faults: string[] = [];
  const warnings: string[] = [];
  const tell = async (place: string, name: string, check: () => Promise<string[] | void>) => {
    try {
      warnings.push(...((await check()) ?? []));
    } catch (error) {
      if (!(error instanceof SahabError) || error.code !== "invalid_request") throw error;
      faults.push(`${place}: ${error.message.replace(`models "${name}": `, "")}`);
    }
  };
  const locals = new Map(current.models.map((model) => [model.name, model.local]));
  for (const [index, { name, local }] of config.models.entries()) {
    if (!local) continue;
    const known = locals.get(name);
    const isOtherFile = known?.file !== local.file;
    const before = faults.length;
    if (isOtherFile || known.context !== local.context)
      await tell(`models[${index}].local.file`, name, () => checkModelFile(sources, name, local.file, local.context));
    // An adapter can only be compared with a model that can be read.
    if (faults.length > before) continue;
    for (const [at, { file }] of (local.lora ?? []).entries())
      if (isOtherFile || !known.lora?.some((one) => one.file === file))
        await tell(`models[${index}].local.lora[${at}].file`, name, () =>
          checkLoraFile(sources, name, file, local.file),
        );
  }
  return { faults, warnings };
}

async function refuseOrphans({ store }: ConfigDeps, current: CloudConfig, config: CloudConfig): Promise<void> {
  const projects = new Set(config.projects.map((project) => project.name));
  const gone = current.projects.filter((project) => !projects.has(project.name)).map((project) => project.name);
  if (gone.length === 0) return;
  const left = (await store.listKeys(wholeScope)).filter((key) => key.revokedMs === null && gone.includes(key.project));
  const [first] = left;
  if (!first) return;
  const ids = left.flatMap(({ id, project }) => (project === first.project ? [id] : []));
  const [what, them] = ids.length === 1 ? ["a key that is", "it"] : [`${ids.length} keys that are`, "them"];
  throw new SahabError(
    "conflict",
    `project "${first.project}" still has ${what} not revoked (${showList(ids)}); revoke ${them}, or keep the project in the configuration`,
  );
}
