import { limits } from "../../base/limits.ts";
import type { EmbeddingRequest, NamedPlaces } from "../../call/index.ts";
import { asArray, asString, integerIn, invalidField, optional } from "../read.ts";
import { dialectName, readParts } from "./shared-fields.ts";

/** Reads the parsed body of a native text embedding. Throws as `decodeRequest` does. */
export function decodeEmbeddingRequest(body: unknown): EmbeddingRequest {
  const { value, input, parameters, extensions } = readParts(body, knownFields);
  return {
    dialect: dialectName,
    places,
    model: asString(value["model"], "model"),
    inputs: readTexts(input["texts"]),
    dimensions: optional(parameters["dimension"], "parameters.dimension", integerIn(1, 65_536)),
    encoding: "float",
    extensions,
  };
}

const places: NamedPlaces = {
  names: { input: "input.texts", "input[]": "input.texts[]", dimensions: "parameters.dimension" },
};

const knownFields = {
  input: new Set(["texts"]),
  parameters: new Set(["dimension"]),
};

function readTexts(value: unknown): string[] {
  const path = "input.texts";
  if (typeof value === "string") return [value];
  const texts = asArray(value, path, limits.embeddingInputsMax);
  if (texts.length === 0) throw invalidField(path, "expected at least one text, found none");
  return texts.map((text, index) => asString(text, `${path}[${index}]`));
}
