import type { CloudConfig } from "./cloud-config.ts";

/** A warning for each provider whose certificate is not checked. */
export function describeInsecure(config: CloudConfig): string[] {
  return config.providers
    .filter((provider) => provider.tls?.insecure)
    .map(
      ({ name }) =>
        `provider ${name}: tls.insecure is set, so its certificate is NOT CHECKED: whoever is on the way can read and change everything, the api_key included. Name its CA in tls.ca instead`,
    );
}
