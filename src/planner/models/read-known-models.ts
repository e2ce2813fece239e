import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { PlanFault } from "../sheet/plan-fault.ts";
import type { ModelProfile } from "./model-profile.ts";
import { profileOfConfig } from "./profile-of-config.ts";

const folder = new URL("../data/models/", import.meta.url);

const fileSchema = z.object({
  id: z.string(),
  name: z.string(),
  source: z.string(),
  date: z.string(),
  published: z.object({ parameters: z.number(), activeParameters: z.number().optional(), source: z.string() }),
  config: z.unknown(),
});

/** A model whose `config.json` comes with Sahab. */
export interface KnownModel {
  /** Such as `deepseek-v3`. */
  id: string;
  /** When it was published: year and month. */
  date: string;
  /** What its makers say of its size. */
  published: { parameters: number; activeParameters?: number | undefined; source: string };
  profile: ModelProfile;
}

let ids: readonly string[] | undefined;
const read = new Map<string, KnownModel>();

/** Ids of all known models, in order. */
export function knownModelIds(): readonly string[] {
  ids ??= readdirSync(fileURLToPath(folder))
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .toSorted();
  return ids;
}

/** A known model by its id or the name of its repository, in any case. Throws a {@link PlanFault} that names the known ones. */
export function readKnownModel(idOrName: string): KnownModel {
  const asked = idOrName.toLowerCase();
  const id = knownModelIds().find((known) => known === asked) ?? idOfName(asked);
  if (id === undefined)
    throw new PlanFault(
      `Cannot find the model "${idOrName.slice(0, 100)}": known are ${knownModelIds().join(", ")}; a GGUF file or a config.json can be given instead`,
    );
  return readById(id);
}

const idOfName = (asked: string) =>
  knownModelIds().find((id) => {
    const name = readById(id).profile.name.toLowerCase();
    return name === asked || asked.endsWith(`/${name}`);
  });

function readById(id: string): KnownModel {
  const known = read.get(id);
  if (known) return known;
  const file = fileSchema.parse(JSON.parse(readFileSync(new URL(`${id}.json`, folder), "utf8")));
  const { name, source, date, published, config } = file;
  const model = { id, date, published, profile: profileOfConfig(config, { name, source: `${source}, ${date}` }) };
  read.set(id, model);
  return model;
}
