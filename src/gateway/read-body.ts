import { SahabError } from "../base/errors.ts";
import { asBuffer } from "../dialect/json-scan.ts";

/** Up to this size a body is taken in one piece, and counted before it comes: that is faster than piece by piece. */
const wholeBytesMax = 1024 * 1024;

interface ReadOptions {
  bytesMax: number;
  /** Told of bytes before they are kept; what it throws ends the reading. */
  onBytes: (bytes: number) => void;
}

/**
 * The whole body of a request, read once. Rejects with `body_too_large` as soon as more than `bytesMax`
 * are announced or have come, without reading on.
 */
export async function readBody(request: Request, options: ReadOptions): Promise<Buffer> {
  const { bytesMax, onBytes } = options;
  const announced = Number(request.headers.get("content-length") ?? Number.NaN);
  if (announced > bytesMax) throw tooLarge(announced, bytesMax);
  if (announced <= wholeBytesMax) {
    onBytes(announced);
    return Buffer.from(await request.arrayBuffer());
  }
  // A caller can announce much and send little, so what counts is what has come.
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > bytesMax) throw tooLarge(size, bytesMax);
    onBytes(part.length);
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only ? asBuffer(only) : Buffer.concat(parts);
}

function tooLarge(found: number, bytesMax: number): SahabError {
  return new SahabError("body_too_large", `The body has ${found} bytes or more; at most ${bytesMax} are allowed`);
}
