/** What is known of a model that the server offers; what is unknown is undefined. */
export interface ModelFacts {
  name: string;
  /** Tokens of prompt and answer together. */
  context: number | undefined;
  /** Most tokens of an answer. */
  output: number | undefined;
  tools: boolean | undefined;
  images: boolean | undefined;
  thinks: boolean | undefined;
  /** Whether it answers chats, as far as is known. */
  isChat: boolean;
  /** Whether the configuration has it by this name. */
  isDeclared: boolean;
  /** The model's own name, where this is another one for it. */
  leadsTo?: string;
}
