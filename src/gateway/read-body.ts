import { SahabError } from "../base/errors.ts";

/**
 * The whole body of a request, read once. Rejects with `body_too_large` as soon as more than `bytesMax`
 * are announced or have come, without reading on.
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get("content-length") ?? Number.NaN);
  if (announced > bytesMax) throw tooLarge(announced, bytesMax);
  if (announced >= 0) return request.bytes();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > bytesMax) throw tooLarge(size, bytesMax);
    parts.push(part);
  }
  return parts.length === 1 ? (parts[0] ?? new Uint8Array(0)) : Buffer.concat(parts);
}

function tooLarge(found: number, bytesMax: number): SahabError {
  return new SahabError("body_too_large", `The body has ${found} bytes or more; at most ${bytesMax} are allowed`);
}
