import { showText } from "../base/printable.ts";
import { isHostedTool } from "../dialect/hosted-tools.ts";
import { reachesBeyond } from "../dialect/reaching-fields.ts";
import { samplingNamed } from "../dialect/sampling-beyond.ts";
import { catalogPartOf, findModel, modelsOf, vendors } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";
import { whyReserved } from "./find-faults.ts";
import { findBudgetDoubts } from "./find-budget-doubts.ts";
import { findLengthDoubts } from "./find-length-doubts.ts";
import { findPriceDoubts } from "./find-price-doubts.ts";
import { findRateDoubts } from "./find-rate-doubts.ts";
import type { KnownPrices } from "./prices-of-target.ts";
import { parseSecretReference } from "./secret/index.ts";

/** What is allowed and most probably not meant: one line each. `catalog` knows the prices that are not declared. */
export function findDoubts(config: CloudConfig, catalog?: KnownPrices): string[] {
  return [
    ...config.providers.flatMap((provider) => [
      ...describeReserved(provider),
      ...describeBareRoot(provider),
      ...describeIdlePasses(provider),
      ...describeHalfReferences(provider),
      ...describeIdleFields(provider),
    ]),
    ...describeHidden(config, catalog ?? { findModel }),
    ...findPriceDoubts(config, catalog),
    ...findRateDoubts(config, catalog),
    ...findBudgetDoubts(config, catalog),
    ...findLengthDoubts(config, catalog),
  ];
}

/** Aliases that take the bare name of a model which a declared provider has. */
function describeHidden({ providers, aliases }: CloudConfig, catalog: KnownPrices): string[] {
  return providers.flatMap((provider) =>
    provider.catalog
      ? Object.keys(aliases ?? {}).flatMap((alias) =>
          catalog.findModel(catalogPartOf(provider), alias)
            ? [
                `aliases.${alias}: takes the name of a model of ${provider.name}, which ${provider.name}/${alias} still leads to`,
              ]
            : [],
        )
      : [],
  );
}

/** Providers of a stored configuration whose name is taken; `apply` refuses them. */
export function describeReserved({ name }: Pick<ProviderConfig, "name">): string[] {
  const why = whyReserved(name);
  return why === undefined
    ? []
    : [`provider ${name}: its name is reserved: ${why}. It is served, and reports count both as one; rename it`];
}

function describeBareRoot({ name, vendor, base_url }: ProviderConfig): string[] {
  if (base_url === undefined || !new URL(base_url).pathname.match(/^\/+$/)) return [];
  const used = vendors[vendor].address?.(base_url, "chat");
  if (vendors[vendor].baseUrl !== undefined || used === undefined || used === base_url) return [];
  return [
    `provider ${name}: base_url has no path, so calls go to ${used}; write ${used} if that is right, else the path that the server is at`,
  ];
}

/** Nothing of the value is told: it may be a secret all the same. */
function describeHalfReferences({ name, api_key, api_keys, headers }: ProviderConfig): string[] {
  const keys = Object.fromEntries((api_keys ?? []).map((key, index) => [`api_keys[${index}]`, key]));
  const fields = {
    api_key,
    ...keys,
    ...Object.fromEntries(Object.entries(headers ?? {}).map(([h, v]) => [`headers.${h}`, v])),
  };
  return Object.entries(fields).flatMap(([field, value]) =>
    value != null && /^(?:\S+\s+)?["']?(?:env|file|exec):/i.test(value) && !parseSecretReference(value)
      ? [
          `provider ${name}: ${field} looks like a reference, and is sent as it is; one is the whole value: env:NAME, file:/absolute/path or exec:/absolute/program`,
        ]
      : [],
  );
}

function describeIdleFields({ name, vendor, region, base_url, catalog }: ProviderConfig): string[] {
  const { regions, addressVariables, regionForm } = vendors[vendor];
  const isIdle =
    region !== undefined && (base_url !== undefined || !regions) && addressVariables?.["region"] === undefined;
  const known = regions ? `; ${vendor} has: ${Object.keys(regions).join(", ")}` : ` at ${vendor}`;
  return [
    ...(isIdle && !(regions && Object.hasOwn(regions, region))
      ? [`provider ${name}: region ${showText(region)} is not known${known}`]
      : []),
    ...(region !== undefined && base_url === undefined && regionForm && !regionForm.pattern.test(region)
      ? [
          `provider ${name}: region ${showText(region)} does not look like one of ${vendor}, such as ${regionForm.example}`,
        ]
      : []),
    ...(catalog && modelsOf(catalogPartOf({ vendor, region, base_url })).length === 0
      ? [`provider ${name}: catalog has no effect, since no models of ${vendor} are known`]
      : []),
  ];
}

function describeIdlePasses({ name, pass_fields }: ProviderConfig): string[] {
  const isHeldBack = (field: string) =>
    reachesBeyond(field) || isHostedTool(field) || samplingNamed(new Set([field])).length > 0;
  const idle = (pass_fields ?? []).filter((field) => !isHeldBack(field));
  return idle.length === 0
    ? []
    : [`provider ${name}: pass_fields lists what is never held back, or is misspelled: ${idle.join(", ")}`];
}
