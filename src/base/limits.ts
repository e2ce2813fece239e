/**
 * The bounds of the request path that callers can reach; the bounds of a single part are in that part. Each is far above
 * normal use, and low enough that many callers at their bound together do not exhaust a small machine.
 */
export const limits = {
  /** Largest request body: enough for a million tokens and a few images. */
  requestBodyBytesMax: 32 * 1024 * 1024,
  /** From a request's head to the end of its body: enough for the largest body at 2 Mbit/s. */
  uploadMsMax: 130_000,
  /** Body bytes received for all requests in flight together; beyond it new requests get 503. */
  bodyBytesInFlightMax: 1024 * 1024 * 1024,
  /** A client that reads nothing of its answer for so long is given up. */
  clientStallMsMax: 120_000,
  /** Deepest nesting of a JSON body. Real tool schemas stay below 30. */
  jsonDepthMax: 200,
  messagesMax: 10_000,
  embeddingInputsMax: 2048,
  choicesMax: 128,
  stopSequencesMax: 16,
  toolsMax: 1024,
  modelNameCharsMax: 256,
  /** Largest whole (not streamed) answer of a vendor: enough for thousands of embeddings as text. */
  responseBodyBytesMax: 256 * 1024 * 1024,
  /** Largest single event of a vendor's stream. */
  streamEventBytesMax: 16 * 1024 * 1024,
  /** How much of a vendor's error body is read. */
  errorBodyBytesMax: 64 * 1024,
  /** Targets tried for one request before the first token, each at most twice. */
  targetsTriedMax: 4,
  /** Requests in flight per process; beyond it new requests get 503 at once. */
  requestsInFlightMax: 20_000,
  /** Largest model that is pulled, all its files together: the largest public ones have about 1.4 TB. */
  modelBytesMax: 4 * 1024 ** 4,
} as const;
