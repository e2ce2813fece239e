import type { StepTimes } from "./step-times.ts";

/** How a kind of replica serves: its times, its memory, and how it makes its steps. */
export interface ServerKind {
  /** Such as "llama3-70b on 8 × h100-sxm". */
  name: string;
  times: StepTimes;
  /** Tokens whose keys and values fit beside the weights: of running sequences and of the prefix cache together. */
  keptTokensMax: number;
  /** The most sequences at once, in prefill or decode. */
  sequencesMax: number;
  /**
   * `pieces`: each step decodes all sequences and computes a piece of the prompts beside them (Sarathi-Serve, Agrawal et al., OSDI 2024).
   * `whole`: a step computes whole prompts while decoding waits, or decodes (Orca's iterations with prompts first, as early vLLM).
   */
  prefill: "pieces" | "whole";
  /** The most tokens of a step: of the prompts' pieces and, in `pieces`, one of each decoded sequence. A whole prompt may have more. */
  stepTokensMax: number;
}
