import { invalidField, type JsonObject } from "../read.ts";

/** The fields that are read here and have two spellings. */
const names = `
  systemInstruction generationConfig toolConfig safetySettings cachedContent generateContentRequest functionCallingConfig
  allowedFunctionNames functionDeclarations parametersJsonSchema responseJsonSchema responseSchema responseMimeType
  responseLogprobs maxOutputTokens stopSequences candidateCount topP topK presencePenalty frequencyPenalty thinkingConfig
  thinkingBudget thinkingLevel includeThoughts thoughtSignature functionCall functionResponse inlineData fileData mimeType
  fileUri outputDimensionality embedContentConfig minItems maxItems minLength maxLength minProperties maxProperties
  propertyOrdering anyOf prefixItems additionalProperties
`;
/** Each request asks for some of them. */
const snakeOf = new Map<string, string>();
for (const name of names.trim().split(/\s+/)) snakeOf.set(name, toSnake(name));
const camelOf = new Map(Array.from(snakeOf, ([name, snake]) => [snake, name]));

/**
 * An object with the fields that are read as Google's documentation spells them: JSON of protocol buffers may have
 * `system_instruction` for `systemInstruction`. Throws where both are there, since programs differ on which of them counts.
 */
export function camelFields(value: JsonObject, path: string): JsonObject {
  let hasOther = false;
  for (const key in value) if (key.includes("_") && camelOf.has(key)) hasOther = true;
  if (!hasOther) return value;
  const fields = Object.entries(value).map(([key, field]): [string, unknown] => {
    const name = camelOf.get(key);
    if (name !== undefined && Object.hasOwn(value, name))
      throw invalidField(path === "" ? name : `${path}.${name}`, `expected in one spelling, found also as "${key}"`);
    return [name ?? key, field];
  });
  return Object.fromEntries(fields);
}

/** The other spelling of a field. */
export function toSnake(name: string): string {
  return snakeOf.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
