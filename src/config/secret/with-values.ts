import type { SecretSources } from "../../base/secret-sources.ts";
import type { ProviderOptions } from "../../vendor/index.ts";
import type { ProviderConfig } from "../cloud-config.ts";
import { usesMachineCredentials, whyNotSentThere } from "./access.ts";
import { parseSecretReference, referencesOf } from "./reference.ts";

/** What the values of references are taken from. */
export interface SecretValues {
  valueOf(reference: string): string | undefined;
  sources: SecretSources;
}

/** A provider for each of its keys; `keyPlace` is the key's place among several. */
export function withOneKeyEach(provider: ProviderConfig): (ProviderConfig & { keyPlace?: number })[] {
  const { api_keys: keys, ...rest } = provider;
  if (!keys || keys.length === 0) return [rest];
  if (keys.length === 1) return keys.map((key) => ({ ...rest, api_key: key }));
  return keys.map((key, index) => ({ ...rest, api_key: key, keyPlace: index + 1 }));
}

/** A provider with the values of what it refers to. Where one is missing, or may not go there, it has none and cannot be called. */
export function withValues(provider: ProviderConfig, { valueOf, sources }: SecretValues): ProviderOptions {
  const references = referencesOf(provider);
  if (references.length === 0 && !usesMachineCredentials(provider)) return provider;
  const isUsable =
    whyNotSentThere(provider, sources) === undefined && references.every(([, text]) => valueOf(text) !== undefined);
  const { api_key, headers, ...plain } = provider;
  const rest = { ...plain, secretReferences: references.map(([, text]) => text) };
  if (!isUsable) return { ...rest, lacksSecret: true };
  const secretHeaders = Object.entries(headers ?? {}).flatMap(([name, text]) =>
    parseSecretReference(text) ? [name] : [],
  );
  const valueIn = (text: string) => (parseSecretReference(text) ? (valueOf(text) ?? "") : text);
  return {
    ...rest,
    secretHeaders,
    ...(api_key != null && { api_key: valueIn(api_key) }),
    ...(headers != null && {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, valueIn(value)])),
    }),
  };
}
