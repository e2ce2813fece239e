import { mayBeOfEnvironment, catalogPartOf } from "../vendor/index.ts";
import type { CloudConfig } from "./cloud-config.ts";
import type { KnownPrices } from "./prices-of-target.ts";

/** Models that are said to read or write more than the catalogue has of them at a provider: one line for each. */
export function findLengthDoubts(config: CloudConfig, catalog: KnownPrices | undefined): string[] {
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  return config.models.flatMap(({ name, targets = [], ...model }, index) =>
    (["context", "output"] as const).flatMap((field) => {
      const wanted = model[field];
      if (wanted === undefined) return [];
      for (const target of targets) {
        const { provider: at } = target;
        const provider = declared.get(at) ?? (mayBeOfEnvironment(at) ? { name: at, vendor: at } : undefined);
        const known = provider && catalog?.findModel(catalogPartOf(provider), target.model)?.[field];
        if (known !== undefined && wanted > known)
          return [
            `models[${index}].${field}: model ${name} has ${wanted}, and by the catalogue ${target.model} at ${at} has ${known}, so what is longer is refused there`,
          ];
      }
      return [];
    }),
  );
}
