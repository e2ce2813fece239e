import { dashscopeWords } from "../context-words.ts";
import type { AnswerKind, Dialect, Reader } from "../dialect.ts";
import { encodeModel, encodeModelList } from "../openai-chat/encode-models.ts";
import { createStreamReader } from "../stream-reader.ts";
import { createWholeReader } from "../whole-reader.ts";
import { decodeEmbeddingResponse } from "./decode-embedding-response.ts";
import { createGenerationStreamDecoder, decodeGeneration } from "./decode-events.ts";
import { encodeRequest } from "./encode-request.ts";
import { decodeError, encodeError } from "./error-body.ts";
import { openRequest } from "./open-request.ts";
import { embeddingPath, multimodalPath, pathOf, rerankPath, textPath } from "./paths.ts";
import { decodeRerankResponse } from "./rerank.ts";
import { dialectName } from "./shared-fields.ts";
import { taskForm, tasksPath } from "./task-form.ts";

/** DashScope's native API: generation of text, from media too, text embeddings, reranking. Its list of models is OpenAI's. */
export const dashscope: Dialect = {
  name: dialectName,
  api: "dashscope",
  clients: { name: "DashScope", basePath: "/api/v1" },
  routes: [
    { method: "POST", path: textPath, serves: "chat" },
    { method: "POST", path: multimodalPath, serves: "chat" },
    { method: "POST", path: embeddingPath, serves: "embedding" },
    { method: "GET", path: new RegExp(`^${tasksPath}/(?<id>[^/]+)$`), serves: "show-stored" },
    { method: "POST", path: new RegExp(`^${tasksPath}/(?<id>[^/]+)/cancel$`), serves: "cancel-stored" },
    { method: "POST", path: rerankPath, serves: "rerank" },
  ],
  stored: taskForm,
  open: openRequest,
  encodeError,
  encodeModelList,
  encodeModel,
  path: pathOf,
  encodeRequest,
  reader: createReader,
  decodeError,
  contextWords: dashscopeWords,
};

function createReader(kind: AnswerKind): Reader {
  if (kind.operation === "embedding") return createWholeReader(decodeEmbeddingResponse, kind);
  if (kind.operation === "rerank") return createWholeReader(decodeRerankResponse, kind);
  if (!kind.stream) return createWholeReader(decodeGeneration, kind);
  // Every chunk counts anew, so that none is like the one before but for its text.
  return createStreamReader(createGenerationStreamDecoder(kind), {
    textKeys: [],
    guard: kind.guard,
    usesShapes: false,
  });
}
