import { isDecoded, type Operation } from "../../call/index.ts";
import { assert, unreachable } from "../../base/assert.ts";
import { exactWeightMax } from "../answer-size.ts";
import { anthropicWords } from "../context-words.ts";
import type { AnswerKind, Dialect, Reader, RequestHeaders, Route } from "../dialect.ts";
import { parseExactJson } from "../exact-json.ts";
import { createStreamReader } from "../stream-reader.ts";
import { decodeErrorAnswer } from "../vendor-error.ts";
import { createWholeReader } from "../whole-reader.ts";
import { createMessageStreamDecoder, decodeMessage, decodeTokenCount } from "./decode-events.ts";
import { encodeModel, encodeModelList } from "./encode-models.ts";
import { encodeRequest } from "./encode-request.ts";
import { encodeError } from "./error-body.ts";
import { openRequest } from "./open-request.ts";
import { proofKeysIn } from "./find-proofs.ts";
import { dialectName } from "./shared-fields.ts";

/** Anthropic's Messages, both ways. */
export const anthropicMessages: Dialect = {
  name: dialectName,
  api: "messages",
  clients: { name: "Anthropic", basePath: "" },
  requestIdHeader: "request-id",
  rateHeaderPrefix: "anthropic-ratelimit",
  proofKeysIn,
  returnsReasoning: true,
  takesSystemTurns: (model, { systemTurns }) => (systemTurns?.["messages"] ?? newerClaude).test(model),
  routes: [...routesUnder(""), ...routesUnder("/anthropic")],
  open: openRequest,
  encodeError,
  encodeModelList,
  encodeModel,
  path: (operation) => paths[operation],
  encodeRequest,
  reader: createReader,
  decodeError: (answer) => decodeErrorAnswer(answer),
  contextWords: anthropicWords,
};

/**
 * Claude from Opus 4.8 on, at whichever vendor: "Mid-conversation system messages" in Anthropic's and Bedrock's documentation. Older models,
 * and those of others behind this format (DeepSeek, Zhipu, Alibaba, vLLM before 0.23: reports of May 2026), answer with 400 or 422.
 */
const newerClaude =
  /claude(?!-(?:instant|v?[123](?:[-.@:]|$))|.*(?:opus|sonnet|haiku)-4(?:[-.][0-7](?!\d)|-20\d{6}|[@:]|$))/i;

const paths: Partial<Record<Operation, string>> = {
  chat: "/v1/messages",
  "token-count": "/v1/messages/count_tokens",
};

/** OpenAI's dialect has the same paths for models; there the version header shows whose client asks. */
function routesUnder(prefix: "" | "/anthropic"): Route[] {
  const accepts = prefix === "" ? { accepts: isOfAnthropicClient } : {};
  return [
    { method: "POST", path: `${prefix}/v1/messages`, serves: "chat" },
    { method: "POST", path: `${prefix}/v1/messages/count_tokens`, serves: "token-count" },
    { method: "GET", path: `${prefix}/v1/models`, serves: "list-models", ...accepts },
    { method: "GET", path: new RegExp(`^${prefix}/v1/models/+(?<model>[^/].*?)/*$`), serves: "show-model", ...accepts },
  ];
}

/** By its version header, or as Claude Code, whichever it sends: its discovery (2.1.197) has both. */
function isOfAnthropicClient(headers: RequestHeaders): boolean {
  return headers.get("anthropic-version") !== null || /^claude-(?:code|cli)\//.test(headers.get("user-agent") ?? "");
}

function createReader(kind: AnswerKind): Reader {
  const { operation, stream } = kind;
  assert(isDecoded(operation), "what only passes is OpenAI's");
  switch (operation) {
    case "chat":
      return stream
        ? createStreamReader(createMessageStreamDecoder(kind), {
            textKeys: ["text", "thinking", "partial_json"],
            guard: kind.guard,
            quirks: kind.quirks,
            weightMax: exactWeightMax,
          })
        : createWholeReader(decodeMessage, kind, { parse: parseExactJson, weightMax: exactWeightMax });
    case "token-count":
      return createWholeReader(decodeTokenCount, kind);
    case "completion":
    case "embedding":
    case "rerank":
      throw new Error(`Assertion failed: Anthropic Messages has no operation ${operation}`);
    default:
      return unreachable(operation);
  }
}
