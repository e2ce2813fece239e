import { Attempt } from "../call/index.ts";
import type { HttpAnswer, HttpPool } from "../transport/index.ts";

export const newAttempt = () => new Attempt({ provider: "fake", model: "m" });

/** Sends a POST with a body in these parts; the attempt is marked as sent as a call's is. */
export function sendRequest(
  pool: HttpPool,
  parts: readonly string[] = ["x"],
  options: { attempt?: Attempt; connectMs?: number; url?: string } = {},
): Promise<HttpAnswer> {
  const { attempt = newAttempt(), connectMs = 2_000, url = "http://vendor.example/v1" } = options;
  const body = parts.map((part) => Buffer.from(part));
  const size = body.reduce((sum, part) => sum + part.length, 0);
  const head = `${pool.requestHead(new URL(url), {})}content-length: ${size}\r\n\r\n`;
  return pool.send(head, body, {
    attempt,
    connectMs,
    answerMs: 60_000,
  });
}

/** The rest of an answer's body as latin1. */
export async function textOf(answer: HttpAnswer | Promise<HttpAnswer>): Promise<string> {
  const found = await answer;
  const parts: Uint8Array[] = [];
  for (let piece = await found.read(); !piece.done; piece = await found.read())
    if (piece.value) parts.push(piece.value);
  return Buffer.concat(parts).toString("latin1");
}

/** What a promise rejects with; undefined when it does not. */
export const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
