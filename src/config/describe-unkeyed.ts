import { catalogPartOf, signsOf, vendors } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";
import type { EnvironmentProviders } from "./environment-providers.ts";
import type { KnownPrices } from "./prices-of-target.ts";

/** Providers that are called without the key that their vendor asks for: one line each. `config` has the stored keys. */
export function describeUnkeyed({ providers }: CloudConfig): string[] {
  return providers.filter(lacksKey).map(({ name, vendor }) => {
    const [variable] = signsOf(vendor);
    return `provider ${name}: it has no api_key, which ${vendor} asks for, so its calls are refused there; write api_key: \${${variable}}`;
  });
}

/** A vendor's own address takes nothing without one. Some other server may. */
function lacksKey({ vendor, base_url, api_key, api_keys, headers }: ProviderConfig): boolean {
  const { keyVariables = [], machineVariables = [] } = vendors[vendor];
  if (keyVariables.length === 0 || machineVariables.length > 0 || base_url !== undefined) return false;
  return api_key == null && api_keys == null && Object.keys(headers ?? {}).length === 0;
}

/** Providers of the environment that declared ones take the place of, where models are no longer offered by that: one line each. */
export function describeReplaced(
  config: CloudConfig,
  environment: Pick<EnvironmentProviders, "providers">,
  catalog: KnownModels,
): string[] {
  return environment.providers.flatMap((own) => {
    const declared = config.providers.filter(({ name, vendor }) => name === own.name || vendor === own.name);
    const [first] = declared;
    // Who writes catalog: false means it.
    if (!first || declared.some((one) => one.catalog !== undefined && one.vendor === own.vendor)) return [];
    const count = catalog.modelsOf(catalogPartOf(own)).length;
    return [
      `provider ${first.name}: it takes the place of ${own.name}, whose key is in the environment of the server, so the ${count} models that the catalogue has of ${own.name} are not offered; write catalog: true to have them as ${first.name}/…, or catalog: false if that is meant`,
    ];
  });
}

export type KnownModels = Required<KnownPrices>;
