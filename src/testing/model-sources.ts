import { parseHubs } from "../base/hub-settings.ts";
import type { ModelSources } from "../fleet/index.ts";

/** Where models may come from on a machine whose owner has set nothing, unless `more` says otherwise. */
export function sourcesOf(modelsDir: string, more: Partial<ModelSources> = {}): ModelSources {
  const proxies = { https: undefined, http: undefined, none: "" };
  return { modelsDir, folders: [], hosts: "", hubs: parseHubs(() => undefined), proxies, isOwner: false, ...more };
}
