import { assert, unreachable } from "../../base/assert.ts";
import { isDecoded, type Operation } from "../../call/index.ts";
import { openaiWords } from "../context-words.ts";
import type { AnswerKind, Dialect, Reader } from "../dialect.ts";
import { encodeModel, encodeModelList } from "../openai-chat/encode-models.ts";
import { encodeError } from "../openai-chat/error-body.ts";
import { createStreamReader } from "../stream-reader.ts";
import { decodeErrorAnswer } from "../vendor-error.ts";
import { createWholeReader } from "../whole-reader.ts";
import { compactionPath, compactionVariant } from "./compaction.ts";
import { createResponseStreamDecoder } from "./decode-events.ts";
import { decodeResponse, decodeTokenCount } from "./decode-response.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeFailedStream } from "./failed-stream.ts";
import { openRequest } from "./open-request.ts";
import { proofKeysIn } from "./find-proofs.ts";
import { routes } from "./routes.ts";
import { dialectName } from "./shared-fields.ts";
import { storedForm } from "./stored-form.ts";

/** OpenAI's Responses, both ways. What it has in common with OpenAI's chat (errors, models, counts) is there. */
export const openaiResponses: Dialect = {
  name: dialectName,
  api: "responses",
  clients: { name: "OpenAI", basePath: "/v1" },
  proofKeysIn,
  returnsReasoning: true,
  routes,
  stored: storedForm,
  takesSystemTurns: () => true,
  open: openRequest,
  encodeError,
  encodeFailedStream,
  encodeModelList,
  encodeModel,
  path: (operation, { variant }) => (variant === compactionVariant ? compactionPath : paths[operation]),
  encodeRequest,
  reader: createReader,
  decodeError: (answer) => decodeErrorAnswer(answer),
  contextWords: openaiWords,
};

const paths: Partial<Record<Operation, string>> = {
  chat: "/responses",
  "token-count": "/responses/input_tokens",
};

function createReader(kind: AnswerKind): Reader {
  const { operation, stream } = kind;
  assert(isDecoded(operation), "what only passes is OpenAI's");
  switch (operation) {
    case "chat":
      return stream
        ? createStreamReader(createResponseStreamDecoder(kind), {
            textKeys: ["delta"],
            guard: kind.guard,
            quirks: kind.quirks,
          })
        : createWholeReader((json) => decodeResponse(json, kind), kind);
    case "token-count":
      return createWholeReader(decodeTokenCount, kind);
    case "completion":
    case "embedding":
    case "rerank":
      throw new Error(`Assertion failed: Responses has no operation ${operation}`);
    default:
      return unreachable(operation);
  }
}
