import { isLoopback } from "../base/address-ranges.ts";
import { baseAddressOf, missingVariables, regionAt, signsOf, vendorNames, vendors } from "../vendor/index.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";
import { findAddressFault, findUnusableAddress, mendAddress } from "./provider-address.ts";
import { findKeyFault, isPlaceholder, keysMax, mendKey } from "./provider-secret.ts";
import { parseSecretReference } from "./secret/index.ts";

/** Vendors whose keys are in the environment of the server. They are in memory only: never stored, never exported. */
export interface EnvironmentProviders {
  providers: readonly ProviderConfig[];
  /** What of the environment is not used, and why: a line each, without values. */
  warnings: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Where this Sahab itself is, so that the variables of its own clients do not lead it back to itself. */
interface OwnAddress {
  host: string;
  port: number;
  url?: string | undefined;
}

/**
 * A provider, named like its vendor, for each vendor whose key is in the environment, or variables by which the credentials of the
 * machine are known to be there.
 */
export function readEnvironmentProviders(variables: Variables, own: OwnAddress): EnvironmentProviders {
  const providers: ProviderConfig[] = [];
  const warnings: string[] = [];
  for (const vendor of vendorNames) {
    const { keyVariables = [], machineVariables = [] } = vendors[vendor];
    const isSet = (name: string): boolean => Boolean(variables[name]?.trim());
    const keys = keyVariables.filter(isSet);
    // An empty one is how a variable is unset on purpose; white space is mostly a secret that did not arrive.
    for (const name of keyVariables)
      if (variables[name] && !isSet(name)) warnings.push(`${name} is not used: it has only white space`);
    const [machine] = machineVariables.find((names) => names.every(isSet)) ?? [];
    const sign = keys[0] ?? machine;
    if (sign === undefined) continue;
    const provider: ProviderConfig | undefined =
      keys.length > 0 ? readKeyed(vendor, keys, { variables, own, warnings }) : { name: vendor, vendor, catalog: true };
    if (provider === undefined) continue;
    const missing = describeUnknownAddress(provider, variables, { isQuiet: keys.length === 0 });
    if (missing === undefined) providers.push(provider);
    else if (missing !== "") warnings.push(`${sign} is not used for ${vendor}: ${missing}`);
  }
  return { providers, warnings };
}

interface Reading {
  variables: Variables;
  own: OwnAddress;
  warnings: string[];
}

/** With the keys of one region: `given` are the variables that are set. */
function readKeyed(
  vendor: ProviderConfig["vendor"],
  given: readonly string[],
  { variables, own, warnings }: Reading,
): ProviderConfig | undefined {
  const { keyRegions, baseUrlVariable } = vendors[vendor];
  const address = baseUrlVariable === undefined ? undefined : variables[baseUrlVariable]?.trim() || undefined;
  const place = regionAt(vendor, address);
  const keyVariable = given.find((name) => place !== undefined && keyRegions?.[name] === place) ?? given[0];
  if (keyVariable === undefined) return undefined;
  const addressFault = address === undefined ? undefined : describeAddress(address, own);
  if (addressFault !== undefined) {
    warnings.push(`${keyVariable} is not used, since ${baseUrlVariable} ${addressFault}`);
    return undefined;
  }
  const region = place ?? keyRegions?.[keyVariable];
  for (const name of given.filter((other) => keyRegions?.[other] !== keyRegions?.[keyVariable]))
    warnings.push(
      `${name} is not used, since ${keyVariable} is set, too, and is of another region; declare a provider for each in cloud.yaml to have both`,
    );
  const keys = readKeys(variables, keyVariable).filter(({ name, key }) => {
    const fault = describeKey(key, address !== undefined);
    if (fault !== undefined) warnings.push(`${name} is not used: ${fault}`);
    return fault === undefined;
  });
  const [first, ...others] = new Set(keys.map(({ key }) => key));
  if (first === undefined) return undefined;
  if (others.length >= keysMax)
    warnings.push(`${keyVariable}: of ${others.length + 1} keys the first ${keysMax} are used`);
  return {
    name: vendor,
    vendor,
    catalog: true,
    ...(region !== undefined && { region }),
    ...(address !== undefined && { base_url: mendAddress(address) }),
    ...(others.length === 0 ? { api_key: first } : { api_keys: [first, ...others].slice(0, keysMax) }),
  };
}

/**
 * What the environment lacks of a vendor's address; undefined where it lacks nothing. Nothing is said, if `isQuiet`, where it has no
 * part of one: credentials of a machine are mostly there for another end.
 */
function describeUnknownAddress(
  provider: ProviderConfig,
  variables: Variables,
  { isQuiet }: { isQuiet: boolean },
): string | undefined {
  const vendor = vendors[provider.vendor];
  if (baseAddressOf(vendor, provider, variables) !== undefined) return undefined;
  const missing = missingVariables(vendor, provider, variables);
  const parts = Object.keys(vendor.addressVariables ?? {}).length;
  if (isQuiet && missing.length === parts) return "";
  const names = [missing.join(" and "), ...(vendor.baseUrlVariable === undefined ? [] : [vendor.baseUrlVariable])];
  return `its address is not known; set ${names.join(", or ")}, or declare a provider in cloud.yaml`;
}

/**
 * The configuration with the providers of the environment. A declared provider wins over one of its name, and over one of its
 * vendor: the variable is then most probably set because the declared one refers to it.
 */
export function withEnvironment(
  config: CloudConfig,
  { providers }: Pick<EnvironmentProviders, "providers">,
): CloudConfig {
  const taken = new Set(config.providers.flatMap(({ name, vendor }) => [name, vendor]));
  const own = providers.filter(({ name }) => !taken.has(name));
  return own.length === 0 ? config : { ...config, providers: [...config.providers, ...own] };
}

/** Providers that models name and that are there only while the environment has their keys: one line each that is not. */
export function describeMissing(config: CloudConfig, environment: Pick<EnvironmentProviders, "providers">): string[] {
  const there = new Set(withEnvironment(config, environment).providers.map(({ name }) => name));
  const named = new Set(config.models.flatMap(({ targets }) => (targets ?? []).map(({ provider }) => provider)));
  return [...named].flatMap((name) => {
    const vendor = there.has(name) ? undefined : vendorNames.find((known) => known === name);
    return vendor === undefined
      ? []
      : [
          `provider ${name} is not declared, and ${signsOf(vendor)[0]} is not set where the server was started, so models that name it cannot be served there`,
        ];
  });
}

/** `NAME` may hold several keys with commas between them; further ones are in `NAME_2`, `NAME_3` and so on. */
function readKeys(variables: Variables, keyVariable: string): { name: string; key: string }[] {
  const names = [keyVariable, ...Array.from({ length: keysMax - 1 }, (_, index) => `${keyVariable}_${index + 2}`)];
  return names.flatMap((name) =>
    (variables[name] ?? "")
      .split(",")
      .filter((part) => part.trim() !== "")
      .map((part) => ({ name, key: mendKey(part) })),
  );
}

function describeKey(key: string, hasAddress: boolean): string | undefined {
  if (isPlaceholder(key) || /^(?:your|my|xxx|changeme|todo)|^sk-(?:x{3,}|\.{3})|\.\.\.$/i.test(key))
    return "it is a placeholder and no key";
  if (parseSecretReference(key)) return "it is a reference; those belong into api_key of a provider in cloud.yaml";
  // Clients of Sahab find its own key in these variables.
  if (key.startsWith("sk-sahab-") && !hasAddress) return "it is a key of a Sahab, which no vendor takes";
  return findKeyFault(key);
}

function describeAddress(address: string, own: OwnAddress): string | undefined {
  const fault = findAddressFault(address) ?? findUnusableAddress(mendAddress(address));
  if (fault !== undefined) return `is no address that can be used: ${fault}`;
  const url = new URL(address);
  const host = hostOf(url);
  if (isOwnAddress(url, own)) return "is the address of this Sahab itself";
  if (url.protocol === "http:" && !isLoopback(host))
    return "is plain http to another machine, where others on the way could read the key; declare the provider in cloud.yaml if that is meant";
  return undefined;
}

/** Declared providers whose address is this Sahab's own, as far as the `Host` by which it was asked tells: one line each. */
export function describeOwnAddress({ providers }: CloudConfig, hostAsked: string | undefined): string[] {
  return providers.flatMap(({ name, base_url }) => {
    const url = base_url === undefined ? undefined : new URL(base_url);
    const asked = `${url?.protocol}//${hostAsked}`;
    if (!url || hostAsked === undefined || !URL.canParse(asked)) return [];
    const reached = new URL(asked);
    return isOwnAddress(url, { host: hostOf(reached), port: portOf(reached) })
      ? [`provider ${name}: base_url is the address of this Sahab itself, so that calls go round in a circle`]
      : [];
  });
}

function isOwnAddress(url: URL, own: OwnAddress): boolean {
  const isHere = isLoopback(hostOf(url)) || hostOf(url) === own.host;
  return (isHere && portOf(url) === own.port) || (own.url !== undefined && url.origin === new URL(own.url).origin);
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}
