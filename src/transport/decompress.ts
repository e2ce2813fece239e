import { ownValue } from "../base/own-value.ts";
import { takeTurns } from "../base/take-turns.ts";
import type { HttpAnswer } from "./http-answer.ts";

const formats: Record<string, Bun.CompressionFormat> = {
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
  br: "brotli",
  zstd: "zstd",
};

/** The answer without its content coding: some servers compress although they were asked not to. Throws for an unknown coding. */
export function decompress(answer: HttpAnswer): HttpAnswer {
  const coding = answer.header("content-encoding")?.toLowerCase() ?? "identity";
  if (coding === "identity" || coding === "") return answer;
  const format = ownValue(formats, coding);
  if (!format) throw new Error(`the answer has the content coding ${coding.slice(0, 50)}, which was not asked for`);
  const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await answer.read();
      if (done || !value) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    cancel: () => answer.cancel(),
  });
  const reader = compressed.pipeThrough(new DecompressionStream(format)).getReader();
  return {
    status: answer.status,
    // The length is that of the compressed bytes.
    header: (name) => (name === "content-length" || name === "content-encoding" ? null : answer.header(name)),
    async read() {
      // A few hundred bytes of brotli become gigabytes on the thread that serves, with no event of a socket in between.
      await takeTurns();
      return reader.read();
    },
    async cancel() {
      await reader.cancel().catch(() => undefined);
    },
  };
}
