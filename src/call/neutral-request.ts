import type { ChatRequest } from "./chat.ts";
import type { CompletionRequest } from "./completion.ts";
import type { EmbeddingRequest } from "./embedding.ts";
import type { RerankRequest } from "./rerank.ts";

/** A decoded request of any operation. */
export type NeutralRequest =
  | { operation: "chat" | "token-count"; request: ChatRequest }
  | { operation: "completion"; request: CompletionRequest }
  | { operation: "embedding"; request: EmbeddingRequest }
  | { operation: "rerank"; request: RerankRequest };
