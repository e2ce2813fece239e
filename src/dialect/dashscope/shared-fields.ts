import { asObject, optional, otherFields, type JsonObject } from "../read.ts";

/** The name of the dialect. */
export const dialectName = "dashscope";

/** A body of the native API, whose fields are in `input` and `parameters`. */
interface BodyParts {
  value: JsonObject;
  input: JsonObject;
  parameters: JsonObject;
  /** The fields that are not known, where they are. */
  extensions: JsonObject;
}

const topFields = new Set(["model", "input", "parameters"]);

/** `known` are the fields that are read of each part. Throws `invalid_request` where a part is no object. */
export function readParts(
  body: unknown,
  known: { input: ReadonlySet<string>; parameters: ReadonlySet<string> },
): BodyParts {
  const value = asObject(body, "body");
  const input = asObject(value["input"], "input");
  const parameters = optional(value["parameters"], "parameters", asObject) ?? {};
  const ofInput = otherFields(input, known.input);
  const ofParameters = otherFields(parameters, known.parameters);
  const extensions = {
    ...otherFields(value, topFields),
    ...(ofInput && { input: ofInput }),
    ...(ofParameters && { parameters: ofParameters }),
  };
  return { value, input, parameters, extensions };
}
