/** What a client can ask of a model. The names are those of usage records. */
export type Operation = "chat" | "completion" | "embedding" | "token-count";
