/** What is known of a model beside its price, for those who choose one. What is not known is not there. */
export interface ModelFacts {
  /** Its name for people. */
  title?: string | undefined;
  family?: string | undefined;
  /** The date of its release, as ISO 8601 has it; the day or the month may be missing. */
  released?: string | undefined;
  work?: ModelWork | undefined;
  /** Tokens of prompt and answer together. */
  contextTokens?: number | undefined;
  /** Most tokens of a prompt, where that is less. */
  inputTokensMax?: number | undefined;
  /** Most tokens of an answer. */
  outputTokensMax?: number | undefined;
  /** `text`, `image`, `pdf`, `audio`, `video`. */
  takes?: readonly string[] | undefined;
  gives?: readonly string[] | undefined;
  /** Whether it calls tools, is held to a schema, takes temperature and its like, thinks before it answers. */
  tools?: boolean | undefined;
  structuredOutput?: boolean | undefined;
  sampling?: boolean | undefined;
  thinks?: boolean | undefined;
  /** How hard it can be told to think: `low`, `high`. */
  efforts?: readonly string[] | undefined;
}

/** What a model is for: it answers in text, makes vectors of texts, ranks documents, or something else. */
export type ModelWork = "chat" | "embedding" | "rerank" | "other";
