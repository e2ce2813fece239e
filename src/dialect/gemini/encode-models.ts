import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";
import { resourceOf } from "./addresses.ts";

/** All on one page. */
export function encodeModelList(models: readonly ListedModel[]): JsonObject {
  return { models: models.map(encodeModel) };
}

export function encodeModel(model: ListedModel): JsonObject {
  const { id, title = id, contextTokens, inputTokensMax = contextTokens, outputTokensMax } = model;
  return {
    name: resourceOf(id),
    version: "001",
    displayName: title,
    description: `${id} by Sahab`,
    ...(inputTokensMax !== undefined && { inputTokenLimit: inputTokensMax }),
    ...(outputTokensMax !== undefined && { outputTokenLimit: outputTokensMax }),
    supportedGenerationMethods: ["generateContent", "countTokens", "embedContent", "batchEmbedContents"],
  };
}
