import { SahabError } from "../base/errors.ts";
import { takeTurns } from "../base/take-turns.ts";
import { RoundRobin } from "../base/round-robin.ts";
import type { Tenant } from "../base/shares.ts";
import type { RequestWatcher } from "./http-request.ts";
import { joinInTurns } from "./join-in-turns.ts";

const formats = new Map<string, Bun.CompressionFormat>([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "brotli"],
  ["zstd", "zstd"],
]);
/** The codings that a body may have, as the header accept-encoding of an answer lists them. */
export const acceptedCodings = "gzip, deflate, br, zstd, identity";
/** Codings on top of each other; more than one is rare. */
const codingsMax = 3;

/** A coding as it is called in a header, and what takes it off. */
type Coding = readonly [name: string, format: Bun.CompressionFormat];

/** The codings of a body in the order in which they are taken off; `value` is a Content-Encoding. Throws `unsupported_encoding`. */
export function readCodings(value: string): Coding[] {
  const names = value.split(",").map((name) => name.trim().toLowerCase());
  const codings = names
    .filter((name) => name !== "" && name !== "identity")
    .map((name): Coding => {
      const format = formats.get(name);
      if (format) return [name, format];
      throw new SahabError(
        "unsupported_encoding",
        `Cannot read a body with Content-Encoding "${name.slice(0, 50)}"; allowed: ${acceptedCodings}`,
      );
    });
  if (codings.length <= codingsMax) return codings.toReversed();
  throw new SahabError(
    "unsupported_encoding",
    `Cannot read a body with ${codings.length} content codings; at most ${codingsMax} on top of each other are allowed`,
  );
}

/**
 * Takes the codings off a body. What is decoded counts with the watcher as it comes, and never grows beyond `bytesMax`,
 * whatever the body would become. Rejects with `body_too_large`, `invalid_request`, and what the watcher throws.
 */
export async function decodeBody(
  coded: Buffer | Promise<Buffer>,
  codings: readonly Coding[],
  bytesMax: number,
  watcher: RequestWatcher | undefined,
): Promise<Buffer> {
  let body = await coded;
  for (const coding of codings) body = await takeOff(body, coding, bytesMax, watcher);
  return body;
}

/** Of the body, at a time: an answer of the decoder is about as large, or a few times that. */
const pieceBytes = 64 * 1024;

/** Decoders at once. Each has a window beside what it has decoded: up to 16 MiB for `br`, 128 MiB for `zstd`. */
const decodersMax = 4;
let decoders = 0;
/** Bodies that wait for a decoder, which takes a bomb for a few milliseconds. */
const waiting = new RoundRobin<() => void>();
const nobody: Tenant = { project: "", keyId: "" };

async function takeOff(
  coded: Buffer,
  coding: Coding,
  bytesMax: number,
  watcher: RequestWatcher | undefined,
): Promise<Buffer> {
  if (coded.length === 0) return coded;
  if (decoders < decodersMax) decoders++;
  else await new Promise<void>((resolve) => waiting.add(watcher?.tenant ?? nobody, resolve));
  try {
    return await decode(coded, coding, bytesMax, watcher);
  } finally {
    const next = waiting.take();
    if (next) next();
    else decoders--;
  }
}

async function decode(
  coded: Buffer,
  [name, format]: Coding,
  bytesMax: number,
  watcher: RequestWatcher | undefined,
): Promise<Buffer> {
  const isRaw = format === "deflate" && !isZlib(coded);
  const reader = piecesOf(coded)
    .pipeThrough(new DecompressionStream(isRaw ? "deflate-raw" : format))
    .getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new SahabError("invalid_request", `Cannot decode the body: it is not whole and sound ${name}`, { cause });
      });
      if (done) break;
      size += value.length;
      if (size > bytesMax) throw tooLarge(size, bytesMax, " or more once it is decoded");
      watcher?.holdBody(value.length);
      parts.push(value);
      // A piece may become many.
      await takeTurns();
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  }
  const [first] = parts;
  if (parts.length === 1 && first) return Buffer.from(first.buffer, first.byteOffset, first.length);
  return joinInTurns(parts, size);
}

function piecesOf(bytes: Buffer): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        // A small piece is decoded on the thread that serves, and may become nothing, of which the reader hears nothing.
        await takeTurns();
        const end = Math.min(bytes.length, at + pieceBytes);
        controller.enqueue(bytes.subarray(at, end) as Uint8Array<ArrayBuffer>);
        at = end;
        if (at === bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

/** By `deflate` the standard means zlib's format, and some programs the bare one (RFC 9110, §8.4.1.2). */
function isZlib(bytes: Buffer): boolean {
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/** `extent` says of `found` bytes that more may come; empty where the client has announced so many. */
export function tooLarge(found: number, bytesMax: number, extent = " or more"): SahabError {
  return new SahabError("body_too_large", `The body has ${found} bytes${extent}; at most ${bytesMax} are allowed`);
}
