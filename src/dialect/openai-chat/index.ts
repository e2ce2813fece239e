import { isDecoded, isPassed, isTextOperation } from "../../call/index.ts";
import { openaiWords } from "../context-words.ts";
import type { AnswerKind, Dialect, Reader } from "../dialect.ts";
import { createPassedReader, isPassedForm, openPassed, passedPaths } from "../openai-passed/index.ts";
import { openTextRequest } from "../llama-server/index.ts";
import { openaiFiles } from "../openai-files/index.ts";
import { createStreamReader } from "../stream-reader.ts";
import { decodeErrorAnswer } from "../vendor-error.ts";
import { createWholeReader } from "../whole-reader.ts";
import { createCompletionStreamDecoder, decodeCompletionResponse } from "./decode-completion-events.ts";
import { decodeContext } from "./decode-context.ts";
import { decodeEmbeddingResponse } from "./decode-embedding-response.ts";
import { decodeEmbeddingsInTurns } from "./decode-embeddings-in-turns.ts";
import { createChatStreamDecoder, decodeChatResponse } from "./decode-events.ts";
import { decodeRerankResponse } from "./decode-rerank-response.ts";
import { deferredForm } from "./deferred.ts";
import { encodeBalance } from "./encode-balance.ts";
import { encodeModel, encodeModelList } from "./encode-models.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeError } from "./error-body.ts";
import { lookAtEmbeddings } from "./look-at-embeddings.ts";
import { openRequest } from "./open-request.ts";
import { routes } from "./routes.ts";
import { dialectName } from "./shared-fields.ts";
import { contextCreationVariant, contextPath } from "./variants.ts";

/**
 * OpenAI's chat completions, legacy completions and embeddings, the reranking that its servers take from Jina and Cohere, and the
 * operations that only pass: images, sounds, moderations.
 */
export const openaiChat: Dialect = {
  name: dialectName,
  api: "chat",
  clients: { name: "OpenAI", basePath: "/v1" },
  routes,
  files: openaiFiles,
  stored: deferredForm,
  takesSystemTurns: (model, { systemTurns }) => systemTurns?.["chat"]?.test(model) ?? false,
  open(incoming) {
    if (isPassed(incoming.operation)) return openPassed(incoming);
    return isTextOperation(incoming.operation) ? openTextRequest(incoming) : openRequest(incoming);
  },
  opensAtOnce: isPassedForm,
  encodeError,
  encodeModelList,
  encodeModel,
  encodeBalance,
  path: (operation, { variant }) =>
    isDecoded(operation)
      ? (contextPath(variant) ?? paths[operation])
      : isPassed(operation)
        ? passedPaths[operation]
        : undefined,
  encodeRequest,
  reader: createReader,
  decodeError: (answer) => decodeErrorAnswer(answer),
  contextWords: openaiWords,
};

const paths = {
  chat: "/chat/completions",
  completion: "/completions",
  embedding: "/embeddings",
  rerank: "/rerank",
  "token-count": undefined,
} as const;

/** Where a chunk, or a legacy chunk, has text of the answer. */
const textKeys = ["content", "reasoning_content", "reasoning", "arguments", "text"];

function createReader(kind: AnswerKind): Reader {
  if (isPassed(kind.operation)) return createPassedReader(kind);
  if (kind.operation === "embedding")
    return createWholeReader(decodeEmbeddingResponse, kind, {
      decodeInTurns: decodeEmbeddingsInTurns,
      look: kind.isRaw ? (raw) => lookAtEmbeddings(raw, kind) : undefined,
    });
  if (kind.operation === "rerank") return createWholeReader(decodeRerankResponse, kind);
  if (kind.variant === contextCreationVariant) return createWholeReader(decodeContext, kind);
  const isChat = kind.operation === "chat";
  if (!kind.stream) return createWholeReader(isChat ? decodeChatResponse : decodeCompletionResponse, kind);
  return createStreamReader(isChat ? createChatStreamDecoder(kind) : createCompletionStreamDecoder(kind), {
    textKeys,
    guard: kind.guard,
    quirks: kind.quirks,
  });
}
