import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";

/** The body of `GET /v1/models`. */
export function encodeModelList(models: readonly ListedModel[]): JsonObject {
  return { object: "list", data: models.map(encodeModel) };
}

/** The body of `GET /v1/models/{model}`. */
export function encodeModel(model: ListedModel): JsonObject {
  return { id: model.id, object: "model", created: model.createdS, owned_by: model.ownedBy };
}
