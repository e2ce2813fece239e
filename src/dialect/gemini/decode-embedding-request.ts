import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { EmbeddingRequest, NamedPlaces } from "../../call/index.ts";
import { asArray, asObject, asString, integerIn, type JsonObject, optional, otherFields } from "../read.ts";
import { asList } from "./as-list.ts";
import { camelFields } from "./camel-fields.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * Reads the parsed body of `embedContent` or of `batchEmbedContents`. What only some requests of a list ask for has no place
 * in the neutral call, and is refused where it would make other vectors.
 */
export function decodeEmbeddingRequest(body: unknown, model: string): EmbeddingRequest {
  const value = camelFields(asObject(body, "body"), "");
  const list = optional(value["requests"], "requests", (field, path) =>
    asArray(field, path, limits.embeddingInputsMax),
  );
  const requests = (list ?? [value]).map((item, index) => {
    const path = list ? `requests[${index}]` : "";
    return { path: path && `${path}.`, fields: camelFields(asObject(item, path || "body"), path) };
  });
  const inputs = requests.map(({ fields, path }) => decodeText(fields["content"], `${path}content`));
  const [first] = requests;
  const asked = first ? decodeOptions(first.fields, first.path) : { dimensions: undefined, extensions: {} };
  for (const { fields, path } of requests.slice(1)) {
    if (Bun.deepEquals(decodeOptions(fields, path), asked)) continue;
    const param = path.slice(0, -1);
    throw new SahabError(
      "unsupported_parameter",
      `${param}: all requests of a list must ask for the same, apart from their content, where the model's vendor is not Google`,
      { param },
    );
  }
  const places = list ? listPlaces : singlePlaces;
  return { dialect: dialectName, places, model, inputs, ...asked, encoding: "float" };
}

const singlePlaces: NamedPlaces = {
  names: { input: "content", "input[]": "content", dimensions: "outputDimensionality" },
};
const listPlaces: NamedPlaces = {
  names: { input: "requests", "input[]": "requests[].content", dimensions: "requests[].outputDimensionality" },
};

const knownFields = new Set(["model", "content", "outputDimensionality", "embedContentConfig"]);

function decodeOptions(fields: JsonObject, path: string): Pick<EmbeddingRequest, "dimensions" | "extensions"> {
  // SDKs in the form of Vertex have the same fields in an object of their own.
  const config = optional(fields["embedContentConfig"], `${path}embedContentConfig`, asObject);
  const all = config ? { ...fields, ...camelFields(config, `${path}embedContentConfig`) } : fields;
  const dimensions = optional(all["outputDimensionality"], `${path}outputDimensionality`, integerIn(1, 65_536));
  return { dimensions, extensions: otherFields(all, knownFields) ?? {} };
}

function decodeText(value: unknown, path: string): string {
  const content = camelFields(asObject(value, path), path);
  const parts = asList(content["parts"], `${path}.parts`, limits.messagesMax);
  const texts = parts.map((part, index) => {
    const at = `${path}.parts[${index}]`;
    const fields = asObject(part, at);
    if (fields["text"] !== undefined) return asString(fields["text"], `${at}.text`);
    throw new SahabError("unsupported_parameter", `${at}: the model's vendor embeds texts only`, { param: at });
  });
  return texts.join("\n");
}
