import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";
import { resourceOf } from "./addresses.ts";

/** All on one page. */
export function encodeModelList(models: readonly ListedModel[]): JsonObject {
  return { models: models.map(encodeModel) };
}

export function encodeModel({ id, contextTokens }: ListedModel): JsonObject {
  return {
    name: resourceOf(id),
    version: "001",
    displayName: id,
    description: `${id} by Sahab`,
    ...(contextTokens !== undefined && { inputTokenLimit: contextTokens }),
    supportedGenerationMethods: ["generateContent", "countTokens", "embedContent", "batchEmbedContents"],
  };
}
