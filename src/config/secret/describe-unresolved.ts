import type { SecretSources } from "../../base/secret-sources.ts";
import type { ProviderConfig } from "../cloud-config.ts";
import { readSecret } from "./read-secret.ts";
import { referencesOf } from "./reference.ts";

/** References that lead to no usable secret now: one line each. Calls to such a provider fail until that is mended. */
export async function describeUnresolved(
  providers: readonly ProviderConfig[],
  sources: SecretSources,
): Promise<string[]> {
  const readings = new Map<string, Promise<string | undefined>>();
  const faultOf = (reference: string): Promise<string | undefined> => {
    const known = readings.get(reference);
    if (known) return known;
    const reading = readSecret(reference, sources).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    readings.set(reference, reading);
    return reading;
  };
  const lines = await Promise.all(
    providers.flatMap((provider) =>
      referencesOf(provider).map(async ([field, reference]) => {
        const fault = await faultOf(reference);
        return fault === undefined ? [] : [`provider ${provider.name}: ${field} ${reference}: ${fault}`];
      }),
    ),
  );
  return lines.flat();
}
