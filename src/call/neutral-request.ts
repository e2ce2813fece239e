import type { ChatRequest } from "./chat.ts";
import type { CompletionRequest } from "./completion.ts";
import type { EmbeddingRequest } from "./embedding.ts";
import type { RerankRequest } from "./rerank.ts";
import type { DetokenizeRequest, TokenizeRequest } from "./text-request.ts";

/** A decoded request of an operation that vendors have as well. */
export type NeutralRequest =
  | { operation: "chat" | "token-count"; request: ChatRequest }
  | { operation: "completion"; request: CompletionRequest }
  | { operation: "embedding"; request: EmbeddingRequest }
  | { operation: "rerank"; request: RerankRequest };

/** A decoded request about a model's tokens or its template. No dialect of vendors has these. */
export type TextRequest =
  | { operation: "tokenize"; request: TokenizeRequest }
  | { operation: "detokenize"; request: DetokenizeRequest }
  | { operation: "apply-template"; request: ChatRequest };
