import type { Message } from "../message.ts";

/** Below this a speed says more about the clock than about the model. */
const spanMsMin = 50;

/** Of an answer's tokens after the first; undefined where there are too few, or their time is not known. */
export function tokensPerSecond({ usage, timings }: Pick<Message, "usage" | "timings">): number | undefined {
  if (!usage || !timings || timings.first_token_ms === null || usage.output_tokens < 2) return undefined;
  const spanMs = timings.total_ms - timings.first_token_ms;
  if (spanMs < spanMsMin) return undefined;
  const speed = ((usage.output_tokens - 1) * 1_000) / spanMs;
  return speed < 10 ? Math.round(speed * 10) / 10 : Math.round(speed);
}
