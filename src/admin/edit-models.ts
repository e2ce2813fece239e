import type { z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import type { CloudConfig } from "../config/index.ts";
import type { modelChangesSchema } from "./model-schemas.ts";

type Changes = z.infer<typeof modelChangesSchema>;
type Model = CloudConfig["models"][number];

/**
 * The configuration with a model changed, unparsed. What is left out of the changes stays, or is taken away where the model is `replaced`;
 * then a model that is not there is added. Its file stays in any case, unless `local` is null. Throws `not_found`.
 */
export function withModelChanges(
  current: CloudConfig,
  name: string,
  { changes, replaced }: { changes: Changes; replaced: boolean },
): object {
  const before = current.models.find((model) => model.name === name);
  if (!before && !replaced) throw new SahabError("not_found", `The configuration has no model "${name}"`);
  const { local: wanted, targets, ...others } = changes;
  const fields = { ...others, targets: targets && targets.map((target) => withKnownPrice(target, before)) };
  const { local: stored, name: _name, ...known } = before ?? ({} as Partial<Model>);
  if (wanted && !stored)
    throw new SahabError(
      "invalid_request",
      `local: model "${name}" has no file here; pull one under this name, and then change its settings`,
      { param: "local" },
    );
  const local = wanted === null ? undefined : withoutAbsent({ ...stored, ...wanted });
  const model = {
    name,
    ...withoutAbsent({ ...(replaced ? {} : known), ...fields }),
    ...(stored && local && { local }),
  };
  const models = before ? current.models.map((one) => (one === before ? model : one)) : [...current.models, model];
  return { ...current, models };
}

type Target = NonNullable<Changes["targets"]>[number];

/** A target that is there already keeps its own price, which lists do not tell apart from the model's; null takes it away. */
function withKnownPrice({ price, ...target }: Target, before: Model | undefined): object {
  const stored = before?.targets?.find(({ provider, model }) => provider === target.provider && model === target.model);
  const kept = price === undefined ? stored?.price : price;
  return withoutAbsent({ ...target, price: kept });
}

/** The configuration with an alias, unparsed. */
export function withAlias(current: CloudConfig, name: string, model: string): object {
  return { ...current, aliases: { ...current.aliases, [name]: model } };
}

/** Throws `not_found`. */
export function withoutAlias(current: CloudConfig, name: string): CloudConfig {
  const { aliases = {}, ...config } = current;
  if (!Object.hasOwn(aliases, name)) throw new SahabError("not_found", `There is no alias "${name}"`);
  const left = Object.fromEntries(Object.entries(aliases).filter(([known]) => known !== name));
  return Object.keys(left).length === 0 ? config : { ...config, aliases: left };
}

const withoutAbsent = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
