import { SahabError } from "../base/errors.ts";
import { showList } from "../base/show-list.ts";
import {
  CloudConfigError,
  describeMended,
  describeReplaced,
  describeUnkeyed,
  describeUnresolved,
  diffConfigs,
  findDoubts,
  findForbidden,
  keepSecrets,
  parseCloudConfig,
  readConfig,
  withDefaultProject,
  writeConfig,
  type Change,
  type CloudConfig,
  type EnvironmentProviders,
  type KnownModels,
} from "../config/index.ts";
import { checkLoraFile, checkModelFile, findTooLarge, modelFilePath, type ModelSources } from "../fleet/index.ts";
import type { SecretSources } from "../base/secret-sources.ts";
import type { Store } from "../ledger/index.ts";

export interface ConfigDeps {
  store: Store;
  /** Where models may come from. */
  sources: ModelSources;
  /** What providers' secrets may refer to. */
  secretSources: SecretSources;
  /** Called after a change of configuration or keys: all processes take it over. */
  changed(): Promise<void>;
}

/**
 * Makes the stored configuration what `document` says, unless `dryRun`; retries when another change came in between. The
 * warnings name what was mended in the document, and what is allowed but probably not meant.
 */
export async function applyConfig(
  deps: ConfigDeps & {
    catalog: { catalog: KnownModels };
    environmentProviders: Pick<EnvironmentProviders, "providers">;
  },
  document: unknown,
  dryRun: boolean,
): Promise<{ changes: Change[]; config: CloudConfig; warnings: string[] }> {
  const wanted = parseCloudConfig(document);
  const warnings = [...describeMended(document, wanted), ...findDoubts(wanted, deps.catalog.catalog)];
  const updated = await updateConfig(deps, (current) => keepSecrets(current, wanted), dryRun);
  const unresolved = await describeUnresolved(updated.config.providers, deps.secretSources);
  const keys = [
    ...describeUnkeyed(updated.config),
    ...describeReplaced(updated.config, deps.environmentProviders, deps.catalog.catalog),
  ];
  return { ...updated, warnings: shorten([...keys, ...warnings, ...updated.warnings, ...unresolved]) };
}

const warningsMax = 50;

function shorten(warnings: string[]): string[] {
  if (warnings.length <= warningsMax) return warnings;
  return [...warnings.slice(0, warningsMax), `and ${warnings.length - warningsMax} more warnings`];
}

const tries = 5;

/** Changes the stored configuration by a function of it, and tells all processes. Throws before anything is stored when the result cannot work. */
export async function updateConfig(
  deps: ConfigDeps,
  change: (current: CloudConfig) => CloudConfig,
  dryRun = false,
): Promise<{ changes: Change[]; config: CloudConfig; warnings: string[] }> {
  for (let i = 0; i < tries; i++) {
    const version = await deps.store.version();
    const current = await readConfig(deps.store);
    const config = withDefaultProject(change(current), current);
    const warnings = await checkConfig(deps, current, config);
    const changes = diffConfigs(current, config);
    if (dryRun || changes.length === 0) return { changes, config, warnings };
    if (!(await writeConfig(deps.store, config, version))) continue;
    await deps.changed();
    return { changes, config, warnings };
  }
  throw new SahabError(
    "conflict",
    "The configuration kept changing while this change was made; look at it and try again",
  );
}

/** What can only be known here: files on this machine, and keys that would lose their project. Returns what of the files does not work. */
async function checkConfig(deps: ConfigDeps, current: CloudConfig, config: CloudConfig): Promise<string[]> {
  const before = new Map(current.providers.map((provider) => [provider.name, provider]));
  const changed = config.providers.filter((provider) => !Bun.deepEquals(before.get(provider.name), provider));
  const forbidden = findForbidden({ providers: changed }, deps.secretSources);
  if (forbidden.length > 0) throw new CloudConfigError(forbidden);
  const warnings: string[] = [];
  const locals = new Map(current.models.map((model) => [model.name, model.local]));
  for (const { name, local } of config.models) {
    if (!local) continue;
    const known = locals.get(name);
    const isOtherFile = known?.file !== local.file;
    if (isOtherFile) warnings.push(...(await checkModelFile(deps.sources, name, local.file)));
    for (const { file } of local.lora ?? [])
      if (isOtherFile || !known.lora?.some((one) => one.file === file))
        await checkLoraFile(deps.sources, name, file, local.file);
  }
  const tooLarge = await findTooLarge(config, (file) => modelFilePath(deps.sources.modelsDir, file));
  if (tooLarge.length > 0) throw new CloudConfigError(tooLarge);
  const projects = new Set(config.projects.map((project) => project.name));
  const gone = current.projects.filter((project) => !projects.has(project.name)).map((project) => project.name);
  if (gone.length === 0) return warnings;
  const left = (await deps.store.listKeys()).filter((key) => key.revokedMs === null && gone.includes(key.project));
  const [first] = left;
  if (first) {
    const ids = left.flatMap(({ id, project }) => (project === first.project ? [id] : []));
    const [what, them] = ids.length === 1 ? ["a key that is", "it"] : [`${ids.length} keys that are`, "them"];
    throw new SahabError(
      "conflict",
      `project "${first.project}" still has ${what} not revoked (${showList(ids)}); revoke ${them}, or keep the project in the configuration`,
    );
  }
  return warnings;
}
