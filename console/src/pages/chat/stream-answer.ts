import { toApiError, type ApiError } from "../../api/api-error.ts";
import { sessionFetch } from "../../api/session-fetch.ts";
import { chatBody, type ChatCall } from "./chat-request.ts";
import { isLeaving } from "./leaving.ts";
import { partsOf, type Message } from "./message.ts";
import { readAnswer } from "./read-answer.ts";

/** How often what has come is shown. */
const showMs = 50;

/**
 * Asks a model and tells `onChange` of the answer as it grows, at most each 50 ms, and once at its end. The request is paid by the project. Never
 * throws: what went wrong is in the answer. An abort of the signal stops it, as leaving the page does, and leaves what has come.
 */
export async function streamAnswer(
  { project, call, signal }: { project: string; call: ChatCall; signal: AbortSignal },
  start: Message,
  onChange: (message: Message) => void,
): Promise<Message> {
  const startedMs = performance.now();
  let message = start;
  let [text, reasoning] = ["", ""];
  let firstTokenMs: number | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grown = (): Message => ({ ...message, content: partsOf(text), reasoning });
  const end = (fields: Partial<Message>): Message => ({
    ...grown(),
    timings: { first_token_ms: firstTokenMs, total_ms: Math.round(performance.now() - startedMs) },
    ...fields,
  });
  try {
    const response = await sessionFetch(`/admin/v1/as/${encodeURIComponent(project)}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(chatBody(call)),
      signal,
    });
    message = { ...message, request_id: response.headers.get("x-request-id") };
    if (!response.ok || !response.body)
      return end({ status: "failed", error: errorOf(toApiError(response.status, await readJson(response))) });
    for await (const delta of readAnswer(response.body)) {
      text += delta.text ?? "";
      reasoning += delta.reasoning ?? "";
      if (text !== "" || reasoning !== "") firstTokenMs ??= Math.round(performance.now() - startedMs);
      if (delta.usage) message = { ...message, usage: delta.usage };
      if (delta.finish !== undefined) message = { ...message, finish: delta.finish };
      if (delta.error) return end({ status: "failed", error: delta.error });
      timer ??= setTimeout(() => {
        timer = undefined;
        onChange(grown());
      }, showMs);
    }
    if (message.finish !== null) return end({ status: "complete" });
    return end({ status: "failed", error: { code: "stream_interrupted", message: "The answer was cut" } });
  } catch (error) {
    if (signal.aborted || isLeaving()) return end({ status: "stopped" });
    return end({ status: "failed", error: { code: "network", message: error instanceof Error ? error.message : "" } });
  } finally {
    clearTimeout(timer);
  }
}

function errorOf({ code, message }: ApiError): { code: string; message: string } {
  return { code, message: message.slice(0, 4_000) };
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch {
    return undefined;
  }
}
