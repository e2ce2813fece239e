import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";
import { encodeForCodex } from "./codex-models.ts";
import { pickerFields } from "./picker-fields.ts";

/** The body of `GET /v1/models`. Codex asks with its version, and reads a list of its own. */
export function encodeModelList(models: readonly ListedModel[], query = ""): JsonObject {
  const isCodex = new URLSearchParams(query).has("client_version");
  return { object: "list", data: models.map(encodeModel), ...(isCodex && { models: encodeForCodex(models) }) };
}

/** The body of `GET /v1/models/{model}`. */
export function encodeModel(model: ListedModel): JsonObject {
  return { id: model.id, object: "model", created: model.createdS, owned_by: model.ownedBy, ...pickerFields(model) };
}
