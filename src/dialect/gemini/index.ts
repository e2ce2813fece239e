import { assert, unreachable } from "../../base/assert.ts";
import { isDecoded, type Operation } from "../../call/index.ts";
import { exactWeightMax } from "../answer-size.ts";
import { geminiWords } from "../context-words.ts";
import type { AnswerKind, Dialect, Reader } from "../dialect.ts";
import { parseExactJson } from "../exact-json.ts";
import { createStreamReader } from "../stream-reader.ts";
import { decodeErrorAnswer } from "../vendor-error.ts";
import { createWholeReader } from "../whole-reader.ts";
import { pathOf, routes } from "./addresses.ts";
import { decodeEmbeddingResponse } from "./decode-embedding-response.ts";
import { createContentStreamDecoder, decodeContent, decodeTokenCount } from "./decode-events.ts";
import { encodeModel, encodeModelList } from "./encode-models.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeError } from "./error-body.ts";
import { openRequest } from "./open-request.ts";
import { readListsApart } from "./read-lists-apart.ts";
import { proofKeysIn } from "./find-proofs.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * Names the tier that served a request: one of `priority` is served as `standard` where there is no room, and billed so
 * (https://ai.google.dev/gemini-api/docs/priority-inference, seen November 2026).
 */
export const serviceTierHeader = "x-gemini-service-tier";

/** Google's Gemini API, both ways: contents, counting of tokens, embeddings. */
export const gemini: Dialect = {
  name: dialectName,
  api: "gemini",
  clients: { name: "Google", basePath: "" },
  proofKeysIn,
  takesImagesAsData: true,
  returnsReasoning: true,
  keyParameter: "key",
  serviceTierHeader,
  routes,
  open: openRequest,
  encodeError,
  encodeModelList,
  encodeModel,
  path: findPath,
  encodeRequest,
  reader: createReader,
  decodeError: (answer) => decodeErrorAnswer(answer),
  contextWords: geminiWords,
};

function findPath(operation: Operation, { model, stream }: { model: string; stream: boolean }): string | undefined {
  if (!isDecoded(operation)) return undefined;
  switch (operation) {
    case "chat":
      return stream ? `${pathOf("streamGenerateContent", model)}?alt=sse` : pathOf("generateContent", model);
    case "token-count":
      return pathOf("countTokens", model);
    case "embedding":
      return pathOf("batchEmbedContents", model);
    case "completion":
    case "rerank":
      return undefined;
    default:
      return unreachable(operation);
  }
}

function createReader(kind: AnswerKind): Reader {
  const { operation, stream } = kind;
  assert(isDecoded(operation), "what only passes is OpenAI's");
  switch (operation) {
    case "chat":
      return stream
        ? createStreamReader(createContentStreamDecoder(kind), {
            textKeys: ["text"],
            guard: kind.guard,
            weightMax: exactWeightMax,
          })
        : readListsApart(createWholeReader(decodeContent, kind, { parse: parseExactJson, weightMax: exactWeightMax }));
    case "token-count":
      return createWholeReader(decodeTokenCount, kind);
    case "embedding":
      return createWholeReader(decodeEmbeddingResponse, kind);
    case "completion":
    case "rerank":
      throw new Error(`Assertion failed: Gemini has no operation ${operation}`);
    default:
      return unreachable(operation);
  }
}
