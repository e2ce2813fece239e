/**
 * The bounds of the request path that callers can meet; those of a single part stand with that part. Each is far above honest use and low enough that many callers
 * at their bound together do not exhaust a small machine.
 */
export const limits = {
  /** Largest request body: a full context of a million tokens with a few images fits. */
  requestBodyBytesMax: 32 * 1024 * 1024,
  /** From a request's head to the end of its body: the largest body at 2 Mbit/s. */
  uploadMsMax: 130_000,
  /** All bodies of requests under way together, as far as they have come; beyond it new ones get 503. */
  bodyBytesInFlightMax: 1024 * 1024 * 1024,
  /** Deepest nesting of a JSON body. Honest tool schemas stay below 30. */
  jsonDepthMax: 200,
  messagesMax: 10_000,
  embeddingInputsMax: 2048,
  choicesMax: 128,
  stopSequencesMax: 16,
  toolsMax: 1024,
  modelNameCharsMax: 256,
  /** Largest whole (not streamed) answer of a vendor: thousands of embeddings as text fit. */
  responseBodyBytesMax: 256 * 1024 * 1024,
  /** Largest single event of a vendor's stream. */
  streamEventBytesMax: 16 * 1024 * 1024,
  /** How much of a vendor's error body is read. */
  errorBodyBytesMax: 64 * 1024,
  /** Targets tried for one request before the first token. */
  attemptsMax: 4,
  /** Requests in flight per process; beyond it new ones get 503 at once. */
  requestsInFlightMax: 20_000,
} as const;
