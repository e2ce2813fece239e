/** What the bodies of a vendor have beyond those of its wire format, or lack; fields of the top level. */
export interface BodyShape {
  /** Values as JSON. */
  with?: Readonly<Record<string, string>>;
  /** The same of what the client has not set. */
  withDefault?: Readonly<Record<string, string>>;
  without?: readonly string[];
  /** The vendor's names of fields that the format calls otherwise. */
  renames?: Readonly<Record<string, string>>;
  /** Of two fields that it refuses beside each other, the first goes out. */
  notBoth?: readonly [kept: string, other: string];
  /** The field that has what the format says in the header `anthropic-beta`. */
  betasField?: string;
}

/** Fields by which a vendor is asked to think, as paths of at most two names. What none of them says is dropped and listed. */
export interface ThinkingFields {
  /** Models that are asked in another way than the rest, which has the fields below. The first line counts whose `models` has the name. */
  byModel?: readonly (ThinkingFields & { models: RegExp })[];
  /** On or off: a boolean, or `on` and `disabled` where the name is `type`. */
  field?: "enable_thinking" | "thinking.type" | "reasoning.enabled" | "chat_template_kwargs.enable_thinking";
  /** `enabled` unless told. */
  on?: string;
  effortField?: "reasoning_effort" | "reasoning.effort";
  /** Those that take an effort, where not all do. */
  effortModels?: RegExp;
  /** The vendor's word for a client's; a word that is not there goes as it is. With `none` here, "off" is said by it, too. */
  efforts?: Readonly<Record<string, string>>;
  /** Other words than those of `efforts` are left out: it has no degrees. */
  hasOnlyTheseEfforts?: true;
  budgetField?: "thinking_budget" | "thinking.budget_tokens" | "reasoning.max_tokens" | "reasoning_budget";
}
