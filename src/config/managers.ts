import { withDefaultProject } from "./default-project.ts";
import { nameOfRate, resourcesOf, type ConfigResource, type ResourceKind } from "./resources.ts";
import type { CloudConfig } from "./schema/cloud-schema.ts";

/** Who manages what is stored: a cloud.yaml that was applied, the admin API's resources, or `sahab pull`. */
export const managerNames = ["file", "console", "pull"] as const;
export type Manager = (typeof managerNames)[number];

/** Who manages each thing of a configuration. */
export class Managers {
  readonly #byKey: ReadonlyMap<string, Manager>;

  constructor(entries: Iterable<readonly [key: string, manager: Manager]> = []) {
    this.#byKey = new Map(entries);
  }

  static keyOf({ kind, name }: Resource): string {
    return `${kind} ${name}`;
  }

  /** Nobody has said so of the project `default` where no file names it: it is there by itself. */
  of(resource: Resource): Manager | undefined {
    return this.#byKey.get(Managers.keyOf(resource));
  }

  /** With all of these managed by one. */
  with(resources: readonly Resource[], manager: Manager): Managers {
    return new Managers([...this.#byKey, ...resources.map((one) => [Managers.keyOf(one), manager] as const)]);
  }

  /** Without what is no longer there. */
  within(config: CloudConfig): Managers {
    const there = new Set(resourcesOf(config).map((one) => Managers.keyOf(one)));
    return new Managers([...this.#byKey].filter(([key]) => there.has(key)));
  }

  equals(other: Managers): boolean {
    return Bun.deepEquals(this.#byKey, other.#byKey);
  }
}

type Resource = Pick<ConfigResource, "name"> & { kind: ResourceKind };

/** A configuration, and who manages what of it. */
export interface ManagedConfig {
  config: CloudConfig;
  managers: Managers;
}

/**
 * Whom that belongs to of which no manager is stored: an earlier version has written it. It is the file's if a file was ever applied, which
 * everything but local models and a bare project `default` shows; else it was pulled. So a guess that is wrong loses nothing: what is the
 * file's is deleted only after a question, whereas something that a file has left out on purpose would go on being served, unseen, as the
 * console's.
 */
export function withGuessedManagers({ config, managers }: ManagedConfig): ManagedConfig {
  const unknown = resourcesOf(config).filter((one) => managers.of(one) === undefined && !isBareDefault(one));
  if (unknown.length === 0) return { config, managers };
  const isApplied = resourcesOf(config).some(
    (one) => !isBareDefault(one) && (one.kind !== "model" || one.fields["targets"] !== undefined),
  );
  return { config, managers: managers.with(unknown, isApplied ? "file" : "pull") };
}

function isBareDefault({ kind, name, fields }: ConfigResource): boolean {
  const [bare] = withDefaultProject(nothing).projects;
  return kind === "project" && name === bare?.name && Bun.deepEquals(fields, bare);
}

const nothing: CloudConfig = { providers: [], models: [], projects: [] };

/** What one of them manages of a configuration, and what is there by itself. */
export function onlyManagedBy({ config, managers }: ManagedConfig, manager: Manager): CloudConfig {
  const isOurs = (kind: ResourceKind, name: string) => (managers.of({ kind, name }) ?? manager) === manager;
  const { providers, models, organisations, projects, aliases, rates, alerts, ...settings } = config;
  const named = <T extends { name: string }>(kind: ResourceKind, list: readonly T[]) =>
    list.filter(({ name }) => isOurs(kind, name));
  const some = <T>(list: T[] | undefined) => (list && list.length > 0 ? list : undefined);
  const ourAliases = some(Object.entries(aliases ?? {}).filter(([name]) => isOurs("alias", name)));
  const ourOrganisations = some(named("organisation", organisations ?? []));
  const ourRates = some((rates ?? []).filter((rate) => isOurs("rate", nameOfRate(rate))));
  const ourAlerts = some((alerts ?? []).filter(({ url }) => isOurs("alert", url)));
  return {
    providers: named("provider", providers),
    models: named("model", models),
    ...(ourAliases && { aliases: Object.fromEntries(ourAliases) }),
    ...(ourOrganisations && { organisations: ourOrganisations }),
    projects: named("project", projects),
    ...(ourRates && { rates: ourRates }),
    ...(ourAlerts && { alerts: ourAlerts }),
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => isOurs("setting", name))),
  };
}
