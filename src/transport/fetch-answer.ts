import type { HttpAnswer } from "./http-answer.ts";

/** An answer that came by `fetch`. */
export function fetchAnswer(response: Response): HttpAnswer {
  const reader = response.body?.getReader();
  return {
    status: response.status,
    // The length is that of the compressed bytes.
    header: (name) =>
      name === "content-length" && response.headers.has("content-encoding") ? null : response.headers.get(name),
    async read() {
      if (!reader) return { done: true };
      const { done, value } = await reader.read();
      return { done, value };
    },
    async cancel() {
      await reader?.cancel().catch(() => undefined);
    },
  };
}
