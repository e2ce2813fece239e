import { SahabError } from "../base/errors.ts";
import { GatheredBytes } from "../base/gathered-bytes.ts";
import type { ProxySettings } from "../base/proxy-address.ts";
import { Shares, type Tenant } from "../base/shares.ts";
import { Attempt } from "../call/index.ts";
import type { ImageAddress } from "../dialect/image-addresses.ts";
import { openCheckedAddress, type HttpAnswer, type Resolve } from "../transport/index.ts";
import { FetchedImages, type ImageData } from "./fetched-images.ts";

/** Bounds of what is fetched for a request. */
interface Bounds {
  imagesMax: number;
  imageBytesMax: number;
  /** For one image, from the first byte that is sent to the last that comes. */
  imageMsMax: number;
  /** Images of one request that are fetched at the same time. */
  parallelMax: number;
}

const usualBounds: Bounds = {
  imagesMax: 32,
  imageBytesMax: 20 * 1024 * 1024,
  imageMsMax: 20_000,
  parallelMax: 4,
};

const connectMs = 5_000;
/** Bytes of fetched images that a process holds for all requests, shared between projects and keys. */
const heldBytesMax = 256 * 1024 * 1024;

interface FetcherOptions {
  /** Hosts in private networks that images may come from, as NO_PROXY lists hosts. */
  hosts: string;
  proxies: ProxySettings;
  /** How names are looked up; the operating system's way by default. */
  resolve?: Resolve | undefined;
  bounds?: Partial<Bounds>;
}

/** Fetches images for vendors that look at none which is not in the request. */
export class ImageFetcher {
  readonly #options: FetcherOptions;
  readonly #bounds: Bounds;
  readonly #shares: Shares;

  constructor(options: FetcherOptions, shares: Shares = new Shares(heldBytesMax)) {
    this.#options = options;
    this.#bounds = { ...usualBounds, ...options.bounds };
    this.#shares = shares;
  }

  /**
   * Fetches them all, or rejects: with an error that names the part, or the reason of the attempt where that is cancelled. What
   * `release` returns is given back when the images have been sent.
   */
  async fetch(addresses: readonly ImageAddress[], attempt: Attempt): Promise<FetchedImages & { release(): void }> {
    const { imagesMax, parallelMax } = this.#bounds;
    const tooMany = addresses[imagesMax];
    if (tooMany) throw refused(tooMany, `at most ${imagesMax} images at addresses are allowed in a request`);
    const held = new HeldBytes(this.#shares, attempt.tenant);
    const abort = new AbortController();
    const signal = AbortSignal.any([attempt.signal, abort.signal]);
    const images = new Map<string, ImageData>();
    const waiting = addresses.values();
    const fetchInTurn = async () => {
      for (const address of waiting) images.set(address.url, await this.#fetchOne(address, held, signal));
    };
    try {
      await Promise.all(Array.from({ length: Math.min(parallelMax, addresses.length) }, fetchInTurn));
    } catch (error) {
      abort.abort();
      held.release();
      attempt.throwIfCancelled();
      throw error;
    }
    return Object.assign(new FetchedImages(images), { release: () => held.release() });
  }

  async #fetchOne(address: ImageAddress, held: HeldBytes, signal: AbortSignal): Promise<ImageData> {
    const { imageMsMax } = this.#bounds;
    const { url, call } = begin(address, signal, imageMsMax);
    try {
      const { hosts, proxies, resolve } = this.#options;
      const rules = { hosts, hostsSetting: "SAHAB_MEDIA_HOSTS", allowsNamed: false, proxies, resolve };
      const answer = await openCheckedAddress(url, headers, { rules, attempt: call.attempt, connectMs });
      try {
        return { mediaType: mediaTypeOf(answer), base64: await this.#read(answer, held, call.attempt) };
      } finally {
        await answer.cancel();
      }
    } catch (cause) {
      if (cause instanceof SahabError && cause.code === "overloaded") throw cause;
      const why = call.attempt.reason?.message ?? (cause instanceof SahabError ? cause.message : describe(cause));
      throw refused(address, `the image cannot be fetched: ${why}`, cause);
    } finally {
      call.end();
    }
  }

  async #read(answer: HttpAnswer, held: HeldBytes, attempt: Attempt): Promise<Uint8Array[]> {
    const { imageBytesMax } = this.#bounds;
    const told = Number(answer.header("content-length") ?? 0);
    if (told > imageBytesMax) throw tooLarge(imageBytesMax);
    const pieces: Uint8Array[] = [];
    const waiting = new GatheredBytes();
    let size = 0;
    for (;;) {
      const { done, value } = await answer.read();
      attempt.throwIfCancelled();
      if (done || !value) break;
      size += value.length;
      if (size > imageBytesMax) throw tooLarge(imageBytesMax);
      held.take(Math.ceil((value.length * 4) / 3));
      waiting.append(value);
      if (waiting.length < pieceBytes) continue;
      const bytes = waiting.take();
      // Base64 writes three bytes together.
      const end = bytes.length - (bytes.length % 3);
      pieces.push(Buffer.from(bytes.toString("base64", 0, end), "latin1"));
      if (end < bytes.length) waiting.append(bytes.subarray(end));
    }
    if (size === 0) throw new SahabError("invalid_request", "it is empty");
    if (waiting.length > 0) pieces.push(Buffer.from(waiting.take().toString("base64"), "latin1"));
    return pieces;
  }
}

/** So many bytes are written as base64 at once, which takes less than a millisecond. */
const pieceBytes = 192 * 1024;

/** Without a name of ours or of the client's: whoever serves an image learns the address of this machine and no more. */
const headers = { accept: "image/*", "accept-encoding": "identity", "user-agent": "sahab" };

function begin(address: ImageAddress, signal: AbortSignal, msMax: number) {
  if (!URL.canParse(address.url)) throw refused(address, "expected an address, found something else");
  const url = new URL(address.url);
  if (url.username !== "" || url.password !== "")
    throw refused(address, "an address with a user or a password is not fetched");
  const attempt = new Attempt({ provider: "images", model: "" });
  const giveUp = (why: string) => attempt.cancel(new SahabError("invalid_request", why));
  const onAbort = () => giveUp("the request was given up");
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  const timer = setTimeout(() => giveUp(`it took longer than ${msMax / 1000} s`), msMax);
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  };
  return { url, call: { attempt, end } };
}

function mediaTypeOf(answer: HttpAnswer): string {
  const { status } = answer;
  if (status !== 200) throw new SahabError("invalid_request", `the server answered ${status}`);
  const coding = answer.header("content-encoding");
  if (coding !== null && coding !== "identity")
    throw new SahabError("invalid_request", "the server answered in a content coding that was not asked for");
  const type = (answer.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (/^image\/[a-z0-9.+-]{1,40}$/.test(type)) return type === "image/jpg" ? "image/jpeg" : type;
  const found = type === "" ? "none" : `"${type.slice(0, 60)}"`;
  throw new SahabError("invalid_request", `expected a content type of images, found ${found}`);
}

/** The bytes that one request holds of those for all. */
class HeldBytes {
  readonly #shares: Shares;
  readonly #tenant: Tenant;
  #bytes = 0;
  #isReleased = false;

  constructor(shares: Shares, tenant: Tenant) {
    this.#shares = shares;
    this.#tenant = tenant;
  }

  take(bytes: number): void {
    if (this.#isReleased) return;
    if (this.#shares.take(this.#tenant, bytes))
      throw new SahabError("overloaded", "Too many images are being fetched; try again shortly", { retryAfterS: 1 });
    this.#bytes += bytes;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#bytes > 0) this.#shares.release(this.#tenant, this.#bytes);
  }
}

function tooLarge(bytesMax: number): SahabError {
  return new SahabError("invalid_request", `it has more than ${bytesMax} bytes`);
}

/** What broke a connection to a server that the client chose; nothing else of it is told. */
function describe(cause: unknown): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? `the connection failed (${code})` : "the connection failed";
}

function refused({ path }: ImageAddress, problem: string, cause?: unknown): SahabError {
  return new SahabError("invalid_request", `${path}: ${problem}`, { param: path, cause });
}
