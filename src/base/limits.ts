/**
 * The bounds of the request path that callers can reach; the bounds of a single part are in that part. Each is far above
 * normal use, and low enough that many callers at their bound together do not exhaust a small machine.
 */
export const limits = {
  /** Largest request body: enough for a million tokens and a few images. */
  requestBodyBytesMax: 32 * 1024 * 1024,
  /** From a request's head to the end of its body: enough for the largest body at 2 Mbit/s. */
  uploadMsMax: 130_000,
  /** Body bytes received for all requests in flight together; projects and keys share it as they share requestsInFlightMax. */
  bodyBytesInFlightMax: 1024 * 1024 * 1024,
  /** A client that reads nothing of its answer for so long is given up. */
  clientStallMsMax: 120_000,
  /** Deepest nesting of a JSON body. Real tool schemas stay below 30. */
  jsonDepthMax: 200,
  /** Fields of a JSON body, or of an object in it that the path reads. APIs have up to 50 of them, and vendors some of their own. */
  bodyFieldsMax: 256,
  /**
   * Values at any depth of a JSON body. Token ids for a whole batch of embeddings are 300,000, a thousand tools with large
   * schemas 500,000; parsed, a value takes up to 100 bytes of memory where `[],` takes three.
   */
  bodyValuesMax: 2_000_000,
  messagesMax: 10_000,
  /** Also documents of a rerank: each is evaluated once, as an input of embeddings is, and vendors take 1,000 to 2,048. */
  embeddingInputsMax: 2048,
  choicesMax: 128,
  stopSequencesMax: 16,
  toolsMax: 1024,
  modelNameCharsMax: 256,
  /** Largest whole (not streamed) answer of a vendor: 2,048 embeddings of 4,096 numbers as text have 90 MB. */
  responseBodyBytesMax: 128 * 1024 * 1024,
  /** Largest whole answer that is parsed at once, as all but embeddings are: text of a million tokens, several images. */
  parsedAnswerBytesMax: 32 * 1024 * 1024,
  /** Most parts of an answer that is parsed at once, as `answer-size.ts` weighs them: 10,000 tokens with 20 alternatives each. */
  answerWeightMax: 5_000_000,
  /** Bytes of answers that one process holds for all requests together; `Shares` divides them. Enough for five of the largest embeddings. */
  answerBytesHeldMax: 512 * 1024 * 1024,
  /** Largest single event of a vendor's stream. */
  streamEventBytesMax: 16 * 1024 * 1024,
  /** How much of a vendor's error body is read. */
  errorBodyBytesMax: 64 * 1024,
  /** Targets tried for one request before the first token, each at most twice. */
  targetsTriedMax: 4,
  /**
   * Requests in flight per process; beyond it new ones get 503 at once. A project, and a key, has a share of it that shrinks
   * as others take theirs (shares.ts), and beyond that gets 429; alone it has two thirds, some 13,000.
   */
  requestsInFlightMax: 20_000,
  /**
   * Answers per process that are read on for the vendor's count after their clients have left; projects and keys share them. Others are
   * cancelled: each holds a connection to a vendor and a place in flight that no client pays for with one of its own.
   */
  drainsMax: 1_000,
  /**
   * Connections of clients per process, or half of the files that the process may have open where that is less: most have one
   * to a vendor beside them. An address alone has two thirds of it, since that may be a proxy with thousands of streams behind it.
   */
  connectionsMax: 30_000,
  /** Heads of which a part has come, and requests sent ahead, all together: 2,000 of the largest heads, or 40,000 usual ones. */
  aheadBytesTotalMax: 64 * 1024 * 1024,
  /** Bodies of which a part has come, all together, shared between addresses: half of the room for bodies, so that slow ones leave the rest. */
  uploadBytesTotalMax: 512 * 1024 * 1024,
  /** Sessions of coding agents whose pace is watched, about 500 bytes each; at least the half that was used last is remembered. */
  sessionsWatchedMax: 10_000,
  /** Requests of one session within `loopWindowMs` beyond which it is slowed, and beyond which it is where conversations begin anew again and again (loop-guard.ts). */
  sessionRequestsMax: 240,
  sessionRepeatsMax: 120,
  loopWindowMs: 120_000,
  /** A slowed session may send one request in this time, until it is no loop any more, or has sent none for the other. */
  loopPaceMs: 5_000,
  loopRestMs: 30_000,
  /** Largest model that is pulled, all its files together: the largest public ones have about 1.4 TB. */
  modelBytesMax: 4 * 1024 ** 4,
} as const;
