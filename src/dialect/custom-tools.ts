import { isObject, type JsonObject } from "./read.ts";

/** The only argument of a function that stands for a custom tool, which takes a free text. */
const customField = "input";

/**
 * The arguments of the function that a custom tool becomes for a vendor without such tools. The grammar that would bind the text there is
 * told to the model, which would otherwise have to guess the form (Codex's `apply_patch`).
 */
export function customParameters(grammar: JsonObject | undefined): JsonObject {
  return {
    type: "object",
    properties: { [customField]: { type: "string", description: describeInput(grammar) } },
    required: [customField],
    additionalProperties: false,
  };
}

function describeInput(grammar: JsonObject | undefined): string {
  const { syntax, definition } = grammar ?? {};
  if (typeof definition !== "string") return "The whole text for the tool, as it is.";
  const kind = typeof syntax === "string" ? `${syntax} ` : "";
  return `The whole text for the tool, as it is. It follows this ${kind}grammar:\n${definition}`;
}

/** The grammar of a custom tool's `format`; undefined where any text is allowed. OpenAI's chat has it one level deeper than Responses. */
export function grammarOf(format: unknown): JsonObject | undefined {
  if (!isObject(format) || format["type"] === "text") return undefined;
  return isObject(format["grammar"]) ? format["grammar"] : format;
}

export function encodeCustomInput(text: string): string {
  return JSON.stringify({ [customField]: text });
}

/** The text of a custom tool's call; arguments in another form are the text themselves. */
export function decodeCustomInput(json: string): string {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === "string") return parsed;
    if (isObject(parsed)) {
      const values = Object.values(parsed);
      const text = parsed[customField] ?? (values.length === 1 ? values[0] : undefined);
      if (typeof text === "string") return text;
    }
  } catch {
    // Cut off, or a model that has not written JSON.
  }
  return json;
}
