/** What of a model of the admin API matters for choosing one. */
interface ListedModel {
  name: string;
  kind: "local" | "remote" | "mixed";
  targets: readonly { provider: string }[];
}

export interface ChoosableModel {
  name: string;
  /** Runs on this cloud's own machines. */
  isLocal: boolean;
  /** Its providers, for those that are hosted. */
  where: string;
}

/** Local models first, then hosted ones, each group in the order of the configuration. */
export function groupModels(models: readonly ListedModel[]): ChoosableModel[] {
  const all = models.map(({ name, kind, targets }) => ({
    name,
    isLocal: kind !== "remote",
    where: [...new Set(targets.map(({ provider }) => provider))].join(", "),
  }));
  return [...all.filter(({ isLocal }) => isLocal), ...all.filter(({ isLocal }) => !isLocal)];
}
