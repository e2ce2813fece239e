import type { Finding } from "../base/finding.ts";
import { cacheTagPath, vendors } from "../vendor/index.ts";
import type { CloudConfig } from "./cloud-config.ts";

/**
 * Providers whose prefix cache several projects share, where nothing keeps them apart or hides what came from it: one finding
 * each. A project could find out parts of another's prompts.
 */
export function findSharedCaches(config: CloudConfig): Pick<Finding, "detail" | "told">[] {
  return config.providers.flatMap((provider) => {
    if (provider.isolate_cache) return [];
    const offered = provider.apis ?? vendors[provider.vendor].apis;
    const models = config.models.filter((model) => model.targets?.some((target) => target.provider === provider.name));
    const names = new Set(models.map((model) => model.name));
    const callers = config.projects.filter(({ models: own }) => !own || own.some((model) => names.has(model)));
    const readers = callers.filter((project) => !project.isolate_cache);
    const open = offered.filter((api) => cacheTagPath(provider, api) === undefined);
    if (names.size === 0 || callers.length < 2 || readers.length === 0 || open.length === 0) return [];
    const [provided, count, apis] = [provider.name, String(callers.length), open.join(", ")];
    return [
      {
        detail: `provider ${provided}: ${count} projects share its prefix cache (${apis}), and its counts of cached tokens can tell one what another asked; set cache_tag where the server takes one, isolate_cache: true to hide the counts, or give each project a provider with an account of its own`,
        told: { code: "cachesShared", values: { provider: provided, number: count, apis } },
      },
    ];
  });
}
