import type { CloudConfig } from "./cloud-config.ts";
import { mendKey } from "./provider-secret.ts";

/** What was mended in a document by more than white space and a slash at the end: one line each, without secrets. */
export function describeMended(document: unknown, config: CloudConfig): string[] {
  const { providers } = (document ?? {}) as { providers?: unknown };
  if (!Array.isArray(providers)) return [];
  return config.providers.flatMap(({ base_url }, index) => {
    const { base_url: address, api_key: key } = providers[index] as { base_url?: unknown; api_key?: unknown };
    return [
      ...(typeof address === "string" && base_url !== undefined && pathOf(address) !== pathOf(base_url)
        ? [
            `providers[${index}].base_url: the paths of operations, slashes and versions that are there twice are left out, so ${base_url} is used`,
          ]
        : []),
      ...(typeof key === "string" && mendKey(key) !== key.trim()
        ? [`providers[${index}].api_key: quotes around it, or the word Bearer before it, are left out`]
        : []),
    ];
  });
}

function pathOf(address: string): string {
  return new URL(address.trim()).pathname.replace(/\/$/, "");
}
