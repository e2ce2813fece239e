import { SahabError } from "../base/errors.ts";
import { showResource } from "../base/show-resource.ts";
import { CloudConfigError, parseCloudConfig, type CloudConfig, type Managers } from "../config/index.ts";
import { updateConfig, type ConfigDeps, type Update } from "./update-config.ts";

interface ResourceMeant {
  kind: "provider" | "model" | "alias" | "project" | "setting";
  name: string;
}

/**
 * Changes one thing of the configuration, which the console manages from then on. Throws `conflict` where a cloud.yaml manages it, and
 * CloudConfigErrors whose problems begin with the thing's own fields.
 */
export function updateResource(
  deps: ConfigDeps,
  resource: ResourceMeant,
  change: (current: CloudConfig) => unknown,
): Promise<Update> {
  return updateResources(deps, [resource], change);
}

/** The same for several things at once: all of them change, or none does. */
export async function updateResources(
  deps: ConfigDeps,
  resources: readonly ResourceMeant[],
  change: (current: CloudConfig) => unknown,
): Promise<Update> {
  let wanted: unknown;
  try {
    return await updateConfig(
      deps,
      (current, managers) => {
        for (const resource of resources) refuseOfFile(managers, resource);
        // Where the change itself finds the fault, places are those of now.
        wanted = current;
        wanted = change(current);
        return parseCloudConfig(wanted, current);
      },
      "console",
    );
  } catch (error) {
    if (!(error instanceof CloudConfigError)) throw error;
    const places = resources.map((resource) => placeOf(wanted, resource));
    throw new CloudConfigError(error.allProblems.map((line) => places.reduce(withoutPlace, line)));
  }
}

/** What a cloud.yaml manages is changed there: the next apply would take the change back. */
function refuseOfFile(managers: Managers, resource: ResourceMeant): void {
  if (managers.of(resource) !== "file") return;
  throw new SahabError(
    "conflict",
    `Cannot change ${showResource(resource)} here: a cloud.yaml manages it; change it there and apply the file (sahab apply -f FILE)`,
  );
}

/** A problem's line without the place of the thing itself: `providers[3].base_url: …` → `base_url: …`. */
export function withoutPlace(line: string, place: string | undefined): string {
  if (place === undefined) return line;
  // Of a provider as a whole, what is told is where its stored key may not go.
  if (line.startsWith(`${place}: `)) return place.startsWith("providers") ? `api_key${line.slice(place.length)}` : line;
  return line.startsWith(`${place}.`) ? line.slice(place.length + 1) : line;
}

function placeOf(wanted: unknown, { kind, name }: ResourceMeant): string | undefined {
  if (kind === "alias" || kind === "setting") return undefined;
  const list = (wanted as Record<string, { name?: unknown }[] | undefined>)[`${kind}s`] ?? [];
  const index = list.findIndex((one) => one.name === name);
  return index === -1 ? undefined : `${kind}s[${index}]`;
}
