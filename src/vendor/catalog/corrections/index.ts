import { alibaba } from "./alibaba.ts";
import { anthropic, claude } from "./anthropic.ts";
import { batches } from "./batches.ts";
import { byteplus } from "./byteplus.ts";
import { cohere } from "./cohere.ts";
import type { Correction } from "./correction.ts";
import { deepseek } from "./deepseek.ts";
import { gemini, google } from "./google.ts";
import { openai } from "./openai.ts";
import { perplexity } from "./perplexity.ts";
import { xai } from "./xai.ts";

/** All corrections; of several for a model, the later ones see what the earlier ones have made. */
export const corrections: readonly Correction[] = [
  alibaba,
  claude,
  anthropic,
  batches,
  byteplus,
  cohere,
  deepseek,
  google,
  gemini,
  openai,
  perplexity,
  xai,
];
