import { SahabError } from "../base/errors.ts";

/** A vendor's answer while it arrives. Its body is read once, in pieces or whole. */
export interface HttpAnswer {
  readonly status: number;
  /** By its lower-case name; null where the answer has none. */
  header(name: string): string | null;
  /** The next piece of the body. Rejects when the connection breaks before the body's end. */
  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>;
  /** Gives up the rest of the body; never rejects. */
  cancel(): Promise<void>;
}

/** The whole body. Rejects with `body_too_large` as soon as more than `bytesMax` are announced or have come. */
export async function readWhole(answer: HttpAnswer, bytesMax: number): Promise<Uint8Array> {
  const announced = Number(answer.header("content-length") ?? 0);
  if (announced > bytesMax) return refuse(answer, announced, bytesMax);
  const first = await answer.read();
  if (first.done || !first.value) return new Uint8Array(0);
  let size = first.value.length;
  if (size === announced) return first.value;
  const parts = [first.value];
  for (;;) {
    if (size > bytesMax) return refuse(answer, size, bytesMax);
    const { done, value } = await answer.read();
    if (done || !value) break;
    parts.push(value);
    size += value.length;
  }
  return parts.length === 1 ? first.value : Buffer.concat(parts, size);
}

async function refuse(answer: HttpAnswer, found: number, bytesMax: number): Promise<never> {
  await answer.cancel();
  throw new SahabError("body_too_large", `The body has ${found} bytes or more; at most ${bytesMax} are allowed`);
}
