import type { TestSahab } from "../run-sahab.ts";
import { readReply, type Reply } from "./reply.ts";

/** A small request for a model. */
export async function askModel(
  sahab: TestSahab,
  model: string,
  options: { key?: string; stream?: boolean; timeoutMs?: number } = {},
): Promise<Reply> {
  const { key, stream = false, timeoutMs = 30_000 } = options;
  const startedMs = performance.now();
  const body = { model, stream, messages: [{ role: "user", content: "hi" }] };
  const signal = AbortSignal.timeout(timeoutMs);
  return readReply(
    await sahab.call("/v1/chat/completions", body, { signal, ...(key !== undefined && { key }) }),
    startedMs,
  );
}
