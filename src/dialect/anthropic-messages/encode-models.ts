import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";

/** All on one page. */
export function encodeModelList(models: readonly ListedModel[]): JsonObject {
  return {
    data: models.map(encodeModel),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

export function encodeModel({ id, createdS }: ListedModel): JsonObject {
  return { type: "model", id, display_name: id, created_at: new Date(createdS * 1000).toISOString() };
}
