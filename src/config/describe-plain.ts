import { isLoopback } from "../base/address-ranges.ts";
import type { CloudConfig, ProviderConfig } from "./cloud-config.ts";

/** A warning for each provider of another machine that is called without encryption. */
export function describePlain(providers: readonly ProviderConfig[]): string[] {
  return providers
    .filter(({ base_url }) => {
      const url = base_url === undefined ? undefined : new URL(base_url);
      return url?.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
    })
    .map(
      ({ name }) =>
        `calls to provider ${name} can be read on the way, key and prompts included, since its address is plain http; use https`,
    );
}

/** Those that have something secret beside prompts: servers of one's own often have neither. */
export function withSecrets({ providers }: CloudConfig): ProviderConfig[] {
  return providers.filter(
    ({ api_key, api_keys, headers }) => api_key != null || api_keys != null || Object.keys(headers ?? {}).length > 0,
  );
}
