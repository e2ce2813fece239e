import type { ResponseFormat } from "../../call/index.ts";
import { asBoolean, asObject, asString, invalidField, type JsonObject, optional } from "../read.ts";

/** Reads the format of an answer, as chat completions and responses have it; `schemaOf` finds where the schema's fields are. */
export function decodeFormat(
  value: unknown,
  path: string,
  schemaOf: (format: JsonObject) => { fields: JsonObject; at: string },
): ResponseFormat {
  const format = optional(value, path, asObject);
  if (format === undefined || format["type"] === "text") return { type: "text" };
  if (format["type"] === "json_object") return { type: "json-object" };
  if (format["type"] !== "json_schema") {
    const found = JSON.stringify(format["type"])?.slice(0, 60) ?? "nothing";
    throw invalidField(`${path}.type`, `expected "text", "json_object" or "json_schema", found ${found}`);
  }
  const { fields, at } = schemaOf(format);
  const strict = optional(fields["strict"], `${at}.strict`, asBoolean);
  const description = optional(fields["description"], `${at}.description`, asString);
  return {
    type: "json-schema",
    name: asString(fields["name"], `${at}.name`),
    // As OpenAI's reference says, it may be left out.
    schema: optional(fields["schema"], `${at}.schema`, asObject) ?? {},
    ...(strict !== undefined && { strict }),
    ...(description !== undefined && { description }),
  };
}
