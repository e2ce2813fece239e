import type { JsonObject } from "../read.ts";

export interface ListedModel {
  id: string;
  ownedBy: string;
  /** Seconds since 1970; 0 where nobody knows. */
  createdS?: number;
}

/** The body of `GET /v1/models`. */
export function encodeModelList(models: ListedModel[]): JsonObject {
  return { object: "list", data: models.map(encodeModel) };
}

/** The body of `GET /v1/models/{model}`. */
export function encodeModel(model: ListedModel): JsonObject {
  return { id: model.id, object: "model", created: model.createdS ?? 0, owned_by: model.ownedBy };
}
