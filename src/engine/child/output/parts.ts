export type OutputPart =
  | { type: "text"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "tool-call"; name: string; arguments: string };

/** Splits what a model writes into reasoning, tool calls, and text. Holds back what may be the beginning of a tag. */
export interface OutputReader {
  /** What is written now is no part of the answer proper: a thought, or what says that the answer follows. */
  readonly inReasoning: boolean;
  readonly inText: boolean;
  /** What ends a thought, and opens the answer proper. */
  readonly answerOpening: string;
  push(text: string): OutputPart[];
  /** What was held back. To be called when no more text comes; `isCut` where a limit cut it, so that a call may be half. */
  end(options: { isCut: boolean }): OutputPart[];
}
