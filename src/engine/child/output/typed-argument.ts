/** The JSON of an argument that a model wrote as bare text. A parameter that may be a string only stays text; others are JSON where they can be. */
export function typedArgument(text: string, key: string, schema: unknown): string {
  const types = typesOf(propertyOf(schema, key), schema, 0);
  const asText = JSON.stringify(text);
  if (types?.size === 1 && types.has("string")) return asText;
  const bare = text.trim();
  const json = asJson(bare) ?? asJson(pythonWords.get(bare) ?? "");
  if (json === undefined) return asText;
  // Of several types the one that the text is; a string where it is none of the others.
  if (types?.has("string") === true && !types.has(typeOf(json)) && !(types.has("number") && typeOf(json) === "integer"))
    return asText;
  return json;
}

/** The beginning of that JSON, where the text was cut. */
export function cutArgument(text: string, key: string, schema: unknown): string {
  const types = typesOf(propertyOf(schema, key), schema, 0);
  const isText = types ? types.has("string") : !/^\s*[[{\d"-]/.test(text);
  return isText ? JSON.stringify(text).slice(0, -1) : text;
}

const pythonWords: ReadonlyMap<string, string> = new Map([
  ["True", "true"],
  ["False", "false"],
  ["None", "null"],
]);

/** As it was written: parsed and written anew, long numbers would lose digits. */
function asJson(text: string): string | undefined {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

function typeOf(json: string): string {
  const value = JSON.parse(json) as unknown;
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function propertyOf(schema: unknown, key: string): unknown {
  const properties = isFields(schema) ? schema["properties"] : undefined;
  return isFields(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

const depthMax = 8;

/** The types that a schema allows; undefined where it does not say. */
function typesOf(schema: unknown, root: unknown, depth: number): Set<string> | undefined {
  if (!isFields(schema) || depth > depthMax) return undefined;
  const { type, enum: values, const: value, $ref: reference } = schema;
  if (typeof type === "string") return new Set([type]);
  if (Array.isArray(type)) return new Set(type.map(String));
  if (Array.isArray(values)) return new Set(values.map((one) => typeOf(JSON.stringify(one))));
  if (value !== undefined) return new Set([typeOf(JSON.stringify(value))]);
  if (typeof reference === "string") return typesOf(resolve(reference, root), root, depth + 1);
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const options = schema[key];
    if (!Array.isArray(options)) continue;
    const each = options.map((option) => typesOf(option, root, depth + 1));
    const known = each.filter((types) => types !== undefined);
    // Each part of an allOf may say a little; an alternative that says nothing allows all.
    if (known.length > 0 && (key === "allOf" || known.length === each.length))
      return new Set(known.flatMap((types) => [...types]));
  }
  return undefined;
}

function resolve(reference: string, root: unknown): unknown {
  let at = root;
  for (const part of reference.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isFields(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return at;
}
