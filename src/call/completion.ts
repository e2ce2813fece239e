import type { Sampling } from "./chat.ts";

/** A plain continuation of text (OpenAI's legacy completions), with fill-in-the-middle by `suffix`. Answers with ChatEvents. */
export interface CompletionRequest {
  /** Name of the dialect that the request came in: the one that `extensions` belong to. */
  dialect: string;
  model: string;
  /** One choice group per prompt: text, or token ids. */
  prompts: (string | number[])[];
  /** Text that comes after the gap to fill. */
  suffix: string | undefined;
  sampling: Sampling;
  /** Undefined means the dialect's default, which for OpenAI is 16. */
  maxOutputTokens: number | undefined;
  stop: string[];
  /** Answers per prompt; choice indexes run prompt by prompt. */
  choiceCount: number;
  topLogprobs: number | undefined;
  /** Whether the prompt is repeated at the head of each answer. */
  echo: boolean;
  stream: boolean;
  streamUsage: boolean;
  extensions: Record<string, unknown>;
}
