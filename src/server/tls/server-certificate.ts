import { statSync } from "node:fs";
import type { TlsFiles } from "../../base/environment.ts";
import type { Log } from "../../base/log.ts";
import type { ServerTls } from "../../http/index.ts";
import { StartError } from "../data-folder.ts";
import { describeExpiry } from "./describe-expiry.ts";
import { readCertificate, type CertificatePair } from "./read-certificate.ts";

/** The files are looked at so often: three calls of the system. */
const lookMs = 2_000;
const tellExpiryMs = 24 * 3_600_000;

/**
 * The server's certificate, which changes when its files do. What is there is taken whole or not at all: until the files
 * fit together the one before stays.
 */
export class ServerCertificate implements ServerTls {
  readonly #files: TlsFiles;
  readonly #log: Log;
  #pair: CertificatePair;
  /** Of the files that were read last, and of those that were seen last. */
  #readStamp: string;
  #seenStamp: string;
  #looking: NodeJS.Timeout | undefined;
  #toldExpiryMs = Number.NEGATIVE_INFINITY;

  /** Throws a StartError where the files cannot be used. */
  constructor(files: TlsFiles, log: Log) {
    this.#files = files;
    this.#log = log;
    this.#readStamp = this.#seenStamp = stampOf(files);
    try {
      this.#pair = readCertificate(files);
    } catch (cause) {
      throw new StartError(`Cannot use TLS: ${(cause as Error).message}`, { cause });
    }
  }

  get settings(): Bun.TLSOptions {
    return this.#pair.settings;
  }

  /** When the first certificate of the chain expires, milliseconds since 1970. */
  get expiresMs(): number {
    return Math.min(...this.#pair.chain.map(({ validTo }) => Date.parse(validTo)));
  }

  onRefused(reason: string, address: string): void {
    this.#log.debug({ reason, address }, "a TLS handshake failed");
  }

  run(): void {
    this.#tellExpiry();
    this.#looking = setInterval(() => this.#look(), lookMs);
  }

  close(): void {
    clearInterval(this.#looking);
  }

  /** Reads the files now, whether they changed or not. */
  renew(): void {
    this.#seenStamp = stampOf(this.#files);
    this.#read();
  }

  #look(): void {
    this.#tellExpiry();
    const stamp = stampOf(this.#files);
    const isAtRest = stamp === this.#seenStamp;
    this.#seenStamp = stamp;
    // Files that are being written are read when two looks find them alike.
    if (isAtRest && stamp !== this.#readStamp) this.#read();
  }

  #read(): void {
    this.#readStamp = this.#seenStamp;
    try {
      this.#pair = readCertificate(this.#files);
    } catch (cause) {
      this.#log.error(
        { reason: (cause as Error).message },
        "the changed TLS files are not taken; the certificate before stays in use",
      );
      return;
    }
    this.#log.info({ validTo: this.#pair.chain[0]?.validTo }, "took over the changed TLS files");
    this.#toldExpiryMs = Number.NEGATIVE_INFINITY;
    this.#tellExpiry();
  }

  #tellExpiry(): void {
    if (performance.now() - this.#toldExpiryMs < tellExpiryMs) return;
    this.#toldExpiryMs = performance.now();
    const doubt = describeExpiry(this.#pair.chain, Date.now());
    if (doubt !== undefined) this.#log.warn({ file: this.#files.certFile }, doubt);
  }
}

/** Changes when a file does. A file that is gone for a moment, while it is replaced, has one of its own. */
function stampOf({ certFile, keyFile, clientCaFile }: TlsFiles): string {
  return [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])].map(stampOfFile).join(" ");
}

function stampOfFile(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev}.${stat.ino}.${stat.size}.${stat.mtimeNs}.${stat.ctimeNs}` : "none";
}
