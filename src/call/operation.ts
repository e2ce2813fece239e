const decodedOperations = ["chat", "completion", "embedding", "rerank", "token-count"] as const;
const passedOperations = [
  "image-generation",
  "image-edit",
  "image-variation",
  "transcription",
  "translation",
  "speech",
  "moderation",
] as const;

/** Operations whose requests are decoded where the other side speaks another dialect. */
export type DecodedOperation = (typeof decodedOperations)[number];

/** Operations of OpenAI's dialect alone, whose bytes only pass between a client and a vendor of it. */
export type PassedOperation = (typeof passedOperations)[number];

/** What a client can ask of a model. The names are those of usage records. */
export type Operation = DecodedOperation | PassedOperation;

/** What a usage record is of: beside clients' requests, the one token by which an operator tests a provider. */
export type RecordedOperation = Operation | typeof testOperation;

export const testOperation = "provider-test";

export function isOperation(name: string): name is Operation {
  return isPassed(name) || (decodedOperations as readonly string[]).includes(name);
}

export function isPassed(name: string): name is PassedOperation {
  return (passedOperations as readonly string[]).includes(name);
}

export const allPassedOperations: readonly PassedOperation[] = passedOperations;
