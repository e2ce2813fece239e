import { expect } from "bun:test";
import { readRecording, type RecordedFile } from "../recordings.ts";
import { checkBroken } from "./chats.ts";
import { answerOf, forms, modelOf, type Play } from "./play.ts";

/**
 * An answer in a format that Sahab does not speak, from a vendor that is configured as one that it does: whoever asks gets an error, and
 * never an answer that looks empty and whole.
 */
export function playForeign(file: RecordedFile): Play | undefined {
  if (file.kind !== "foreign") return undefined;
  const model = modelOf(file);
  return {
    file,
    api: "chat",
    model,
    answer: answerOf(file),
    async check(stage) {
      const { stream: isStream } = readRecording(file);
      for (const form of forms) if (form.stream === isStream) await checkBroken(model, form, stage);
      if (isStream) return;
      for (const [path, body] of [
        ["/v1/embeddings", { input: ["a", "b"] }],
        ["/v1/rerank", { query: "q", documents: ["a", "b"] }],
        ["/v1/completions", { prompt: "p" }],
      ] as const) {
        const response = await stage.sahab.call(path, { model, ...body }, { key: stage.key });
        expect([path, response.status]).toEqual([path, 502]);
      }
    },
  };
}
