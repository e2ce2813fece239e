import OpenAI, { toFile } from "openai";
import { eventually } from "../eventually.ts";

const chatEndpoint = "/v1/chat/completions";

/** A line of a batch in OpenAI's form. */
export function chatLine(customId: string, model: string, more: object = {}): string {
  return JSON.stringify({
    custom_id: customId,
    method: "POST",
    url: chatEndpoint,
    body: { model, messages: [{ role: "user", content: `Hello ${customId}` }], ...more },
  });
}

/** A line of a batch's results. */
export interface ShownResult {
  custom_id: string;
  response: { status_code: number; request_id: string; body: OpenAI.ChatCompletion } | null;
  error: { code: string; message: string } | null;
}

/** What a client does with batches, by OpenAI's own SDK. */
export function batchClient(address: string, apiKey: string) {
  const openai = new OpenAI({ apiKey, baseURL: `${address}/v1`, maxRetries: 3 });
  return {
    openai,
    async create(lines: readonly string[], window = "24h"): Promise<OpenAI.Batch> {
      const file = await toFile(Buffer.from(`${lines.join("\n")}\n`), "in.jsonl");
      const { id } = await openai.files.create({ file, purpose: "batch" });
      // The SDK's type knows of OpenAI's own window only.
      return openai.batches.create({
        input_file_id: id,
        endpoint: chatEndpoint,
        completion_window: window as "24h",
      });
    },
    ended: ({ id }: { id: string }, waitMs = 20_000): Promise<OpenAI.Batch> =>
      eventually(
        `the end of ${id}`,
        async () => {
          const batch = await openai.batches.retrieve(id);
          return ["completed", "failed", "cancelled", "expired"].includes(batch.status) ? batch : undefined;
        },
        waitMs,
      ),
    /** Results by the client's own ids. */
    async results(file: string | null | undefined): Promise<Map<string, ShownResult>> {
      if (file == null) return new Map();
      const text = await (await openai.files.content(file)).text();
      const lines = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as ShownResult);
      if (new Set(lines.map((line) => line.custom_id)).size !== lines.length) throw new Error(`a line twice:\n${text}`);
      return new Map(lines.map((line) => [line.custom_id, line]));
    },
  };
}
