import type { Writer } from "./dialect.ts";

/** A writer whose whole body is what is kept under an id that its client has. */
export function keepBody(writer: Writer, id: string): Writer {
  let body: Uint8Array | string = "";
  return {
    contentType: writer.contentType,
    write: (batch) => writer.write(batch),
    end: () => (body = writer.end()),
    fail: (error) => writer.fail(error),
    kept: () => ({
      id,
      status: "completed",
      answer: typeof body === "string" ? body : Buffer.from(body).toString(),
    }),
  };
}
