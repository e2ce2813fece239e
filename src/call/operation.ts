const textOperations = ["tokenize", "detokenize", "apply-template"] as const;
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

/** Operations of llama-server, about a model's tokens and its template. Local models alone have them. */
export type TextOperation = (typeof textOperations)[number];

/** Operations of OpenAI's dialect alone, whose bytes only pass between a client and a vendor of it. */
export type PassedOperation = (typeof passedOperations)[number];

/** What a client can ask of a model. The names are those of usage records. */
export type Operation = DecodedOperation | PassedOperation | TextOperation;

/** What a usage record is of: beside clients' requests, the one token by which an operator tests a provider. */
export type RecordedOperation = Operation | typeof testOperation;

export const testOperation = "provider-test";

export function isOperation(name: string): name is Operation {
  return isPassed(name) || isDecoded(name) || isTextOperation(name);
}

export function isDecoded(name: string): name is DecodedOperation {
  return (decodedOperations as readonly string[]).includes(name);
}

export function isPassed(name: string): name is PassedOperation {
  return (passedOperations as readonly string[]).includes(name);
}

export function isTextOperation(name: string): name is TextOperation {
  return (textOperations as readonly string[]).includes(name);
}

/** Whether it asks nothing of a model but how a prompt is read: it costs nothing, and counts as a request only. */
export function isFree(name: string): boolean {
  return name === "token-count" || isTextOperation(name);
}

export const allTextOperations: readonly TextOperation[] = textOperations;

export const allPassedOperations: readonly PassedOperation[] = passedOperations;
