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

export function encodeModel(model: ListedModel): JsonObject {
  const { id, createdS, title = id, contextTokens, inputTokensMax = contextTokens, outputTokensMax } = model;
  return {
    type: "model",
    id,
    display_name: title,
    created_at: new Date(createdS * 1000).toISOString(),
    ...(inputTokensMax !== undefined && { max_input_tokens: inputTokensMax }),
    ...(outputTokensMax !== undefined && { max_tokens: outputTokensMax }),
  };
}
