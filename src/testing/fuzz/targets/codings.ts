import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { SahabError } from "../../../base/errors.ts";
import { decodeBody, readCodings } from "../../../http/decode-body.ts";
import { pick } from "../make-input.ts";
import { attempt, attemptLater, type Target } from "../target.ts";

const plain = Buffer.from('{"model":"m","messages":[]}'.repeat(20));
const bytesMax = 64 * 1024;
const isOwn = (error: Error) => error instanceof SahabError;
const headers = ["gzip", "deflate", "br", "zstd", "gzip, br", "deflate,deflate,zstd", "identity", "x-gzip"];

/** A coded body becomes bytes within the bound, or a SahabError. */
export const codings: Target = {
  name: "codings",
  seeds: [gzipSync, deflateSync, deflateRawSync, brotliCompressSync, zstdCompressSync].flatMap((code) => [
    code(plain),
    code(Buffer.alloc(200_000)),
    code(code(plain)),
  ]),
  words: ["\u0000", "\u001f", "gzip"],
  async run(input, random) {
    const codings = readCodings(pick(headers, random));
    const decoded = await attemptLater(() => decodeBody(input, codings, bytesMax, undefined), isOwn);
    if (decoded.value && codings.length > 0 && decoded.value.length > bytesMax)
      throw new Error(`a body has ${decoded.value.length} bytes`);
    attempt(() => readCodings(input.toString("latin1")), isOwn);
  },
};
