import { limits } from "../../base/limits.ts";
import type { EmbeddingRequest, NamedPlaces } from "../../call/index.ts";
import { asArray, asObject, asString, integerIn, invalidField, optional, otherFields } from "../read.ts";
import { dialectName } from "./shared-fields.ts";

/** Reads the parsed body of a native text embedding. Throws as `decodeRequest` does. */
export function decodeEmbeddingRequest(body: unknown): EmbeddingRequest {
  const value = asObject(body, "body");
  const input = asObject(value["input"], "input");
  const parameters = optional(value["parameters"], "parameters", asObject) ?? {};
  const ofInput = otherFields(input, inputFields);
  const ofParameters = otherFields(parameters, parameterFields);
  return {
    dialect: dialectName,
    places,
    model: asString(value["model"], "model"),
    inputs: readTexts(input["texts"]),
    dimensions: optional(parameters["dimension"], "parameters.dimension", integerIn(1, 65_536)),
    encoding: "float",
    extensions: {
      ...otherFields(value, topFields),
      ...(ofInput && { input: ofInput }),
      ...(ofParameters && { parameters: ofParameters }),
    },
  };
}

const places: NamedPlaces = {
  names: { input: "input.texts", "input[]": "input.texts[]", dimensions: "parameters.dimension" },
};

const topFields = new Set(["model", "input", "parameters"]);
const inputFields = new Set(["texts"]);
const parameterFields = new Set(["dimension"]);

function readTexts(value: unknown): string[] {
  const path = "input.texts";
  if (typeof value === "string") return [value];
  const texts = asArray(value, path, limits.embeddingInputsMax);
  if (texts.length === 0) throw invalidField(path, "expected at least one text, found none");
  return texts.map((text, index) => asString(text, `${path}[${index}]`));
}
