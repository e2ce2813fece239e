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
    supportedGenerationMethods: methodsOf(model),
    ...(model.thinks && { thinking: true }),
  };
}

const chatMethods = ["generateContent", "countTokens"];
const vectorMethods = ["embedContent", "batchEmbedContents"];

/** Where nothing tells what a model does, it may do all of it. */
function methodsOf({ work, gives }: ListedModel): string[] {
  if (work === undefined) return [...chatMethods, ...vectorMethods];
  if (work === "embedding") return vectorMethods;
  return work === "chat" || gives?.some((what) => what === "text" || what === "image") ? chatMethods : [];
}
