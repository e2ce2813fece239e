/** What the bodies of a vendor have beyond those of its wire format, or lack; fields of the top level. */
export interface BodyShape {
  /** Values as JSON. */
  with?: Readonly<Record<string, string>>;
  /** The same of what the client has not set. */
  withDefault?: Readonly<Record<string, string>>;
  without?: readonly string[];
  /** Of two fields that it refuses beside each other, the first goes out. */
  notBoth?: readonly [kept: string, other: string];
  /** The field that has what the format says in the header `anthropic-beta`. */
  betasField?: string;
}

/** Fields by which a vendor is asked to think, as paths of at most two names. What none of them says is dropped and listed. */
export interface ThinkingFields {
  /** On or off: a boolean, or `enabled` and `disabled` where the name is `type`. */
  field?: "enable_thinking" | "thinking.type" | "reasoning.enabled" | "chat_template_kwargs.enable_thinking";
  effortField?: "reasoning_effort" | "reasoning.effort";
  /** Those that take an effort, where not all do. */
  effortModels?: RegExp;
  /** The vendor's word for a client's; a word that is not there goes as it is. */
  efforts?: Readonly<Record<string, string>>;
  budgetField?: "thinking_budget" | "thinking.budget_tokens" | "reasoning.max_tokens" | "reasoning_budget";
}
