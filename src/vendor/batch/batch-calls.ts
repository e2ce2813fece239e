import { SahabError, type ErrorCode } from "../../base/errors.ts";
import { Attempt } from "../../call/index.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import { isObject, type JsonObject } from "../../dialect/read.ts";
import { parseJson } from "../../dialect/vendor-error.ts";
import { decompress, type HttpAnswer, type RequestBody } from "../../transport/index.ts";
import { authorizeCall } from "../authorize-call.ts";
import { describeFailure, isSuccess, missingSecret, readProviderError } from "../provider-error.ts";
import type { Provider } from "../provider.ts";
import { cutLines } from "./cut-lines.ts";

interface BatchCall {
  method: "GET" | "POST" | "DELETE";
  path: string;
  body?: CallBody;
  /** Doing it twice does no harm. */
  isSafe: boolean;
}

interface CallBody {
  contentType: string;
  bytes: number;
  /** Called for each try. */
  open(): readonly Uint8Array[] | AsyncGenerator<Uint8Array>;
}

/** A call is tried so often, with growing pauses; a vendor that says how long to wait is believed up to a bound. */
const triesMax = 4;
const pauseMs = 500;
const pauseMsMax = 30_000;
/** Failures that may pass. */
const passing = new Set<ErrorCode>([
  "upstream_rate_limited",
  "upstream_unreachable",
  "upstream_closed",
  "upstream_error",
  "upstream_invalid_response",
  "upstream_timeout",
]);
/** Of these, those after which the vendor has certainly done nothing. */
const undone = new Set<ErrorCode>(["upstream_rate_limited", "upstream_unreachable"]);
/** Answers other than results: a page of a hundred batches has some 100 KB. */
const jsonBytesMax = 8 * 1024 * 1024;
/** A file that is slower is given up: whoever waits for it holds a place that others wait for. Enough for 200 MB in an hour. */
const leastBytesPerMs = 64;
const sweepMs = 250;

/** Calls at a provider that are no calls of a model. They go through its proxy, with its key and its settings of TLS. */
export class BatchCalls {
  #provider: Provider;
  readonly dialect: Dialect;
  readonly #signal: AbortSignal | undefined;
  #hasRenewed = false;

  /** `signal` gives up what is under way. */
  constructor(provider: Provider, dialect: Dialect, signal?: AbortSignal) {
    this.#provider = provider;
    this.dialect = dialect;
    this.#signal = signal;
  }

  get provider(): Provider {
    return this.#provider;
  }

  get(path: string): Promise<JsonObject> {
    return this.send({ method: "GET", path, isSafe: true });
  }

  post(path: string, fields: object, isSafe: boolean): Promise<JsonObject> {
    const bytes = Buffer.from(JSON.stringify(fields));
    const body = { contentType: "application/json", bytes: bytes.length, open: () => [bytes] };
    return this.send({ method: "POST", path, body, isSafe });
  }

  delete(path: string): Promise<JsonObject> {
    return this.send({ method: "DELETE", path, isSafe: true });
  }

  /** The object that a call is answered with. */
  async send(call: BatchCall): Promise<JsonObject> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#readObject(call);
      } catch (cause) {
        await this.#beforeAgain(call, tried, cause);
      }
    }
  }

  /** The lines of a file; one that is too long is undefined. Where it breaks off it is read again from the start, so that lines may come twice. */
  async *lines(path: string): AsyncGenerator<Buffer | undefined> {
    const call: BatchCall = { method: "GET", path, isSafe: true };
    for (let tried = 1; ; tried++) {
      const opened = await this.#openInTime(call, tried);
      if (!opened) continue;
      let failure: unknown;
      const pieces = this.#pieces(opened, (cause) => (failure = cause));
      try {
        yield* cutLines(pieces);
      } finally {
        await opened.end();
      }
      if (failure === undefined) return;
      // What is too slow is as slow when it is tried at once: it is for later.
      if (isTimeout(failure)) throw failure;
      await this.#beforeAgain(call, tried, failure);
    }
  }

  async #openInTime(call: BatchCall, tried: number): Promise<Opened | undefined> {
    try {
      return await this.#open(call);
    } catch (cause) {
      await this.#beforeAgain(call, tried, cause);
      return undefined;
    }
  }

  async #readObject(call: BatchCall): Promise<JsonObject> {
    const opened = await this.#open(call);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let failure: unknown;
    try {
      for await (const piece of this.#pieces(opened, (cause) => (failure = cause))) {
        parts.push(piece);
        bytes += piece.length;
        if (bytes > jsonBytesMax) throw this.#invalid(`answered with more than ${jsonBytesMax} bytes`);
      }
    } finally {
      await opened.end();
    }
    if (failure !== undefined) throw describeFailure(this.#provider, failure);
    const value = parseJson(Buffer.concat(parts).toString());
    if (isObject(value)) return value;
    throw this.#invalid("answered with something other than a JSON object");
  }

  /** The pieces of an answer. Where it breaks they end, and `onBreak` is told why: whoever uses them has failures of its own. */
  async *#pieces({ answer, attempt }: Opened, onBreak: (cause: unknown) => void): AsyncGenerator<Uint8Array> {
    const { idleMs } = this.#provider.timeouts;
    /** Until all must have come, of the time that the vendor takes: it grows with what comes. */
    let leftMs = idleMs;
    try {
      for (;;) {
        attempt.allow(Math.min(idleMs, leftMs));
        const startedMs = performance.now();
        const { done, value } = await answer.read();
        // How long it takes to use the piece is not the vendor's time.
        attempt.stopClock();
        leftMs += (value?.length ?? 0) / leastBytesPerMs - (performance.now() - startedMs);
        if (value) yield value;
        if (done) return;
      }
    } catch (cause) {
      onBreak(attempt.reason ?? cause);
    }
  }

  /** One try, up to an answer of status 2xx. */
  async #open(call: BatchCall): Promise<Opened> {
    const provider = this.#provider;
    if (provider.lacksSecret) throw missingSecret(provider);
    if (provider.addressFault !== undefined)
      throw new SahabError("upstream_unreachable", `Provider ${provider.name}: ${provider.addressFault}`);
    const attempt = new Attempt({ provider: provider.name, model: "", key: provider.keyPlace });
    const unwatch = watch(attempt, this.#signal);
    let answer: HttpAnswer;
    try {
      answer = await this.#sendOnce(call, attempt);
    } catch (cause) {
      unwatch();
      throw attempt.reason ?? describeFailure(provider, cause);
    }
    if (isSuccess(answer)) return { answer, attempt, end: () => (unwatch(), answer.cancel()) };
    attempt.allow(provider.timeouts.idleMs);
    const error = await readProviderError(provider, this.dialect, answer, false);
    unwatch();
    throw error;
  }

  async #sendOnce({ method, path, body }: BatchCall, attempt: Attempt): Promise<HttpAnswer> {
    const provider = this.#provider;
    const { url, pool, headers } = provider.resource(this.dialect.api, path);
    // Some servers refuse a type without a body.
    const { "content-type": _type, ...plain } = headers;
    const more = provider.credentials ? await authorizeCall(provider, { url, body: [] }, attempt) : {};
    const all = { ...plain, ...more, ...(body && { "content-type": body.contentType }) };
    const length = method === "POST" ? `content-length: ${body?.bytes ?? 0}\r\n` : "";
    const head = `${pool.requestHead(url, all, method)}${length}\r\n`;
    const { connectMs, wholeMs: answerMs } = provider.timeouts;
    const sent = this.#paced(body, attempt);
    return decompress(await pool.send(head, sent, { attempt, connectMs, answerMs }));
  }

  /** A body that is sent as it is read: its pieces have a time each, and the answer has the usual one once the last has left. */
  #paced(body: CallBody | undefined, attempt: Attempt): RequestBody {
    const pieces = body?.open() ?? [];
    if (!body || !(Symbol.asyncIterator in pieces)) return pieces;
    const { idleMs, wholeMs } = this.#provider.timeouts;
    const endMs = performance.now() + idleMs + body.bytes / leastBytesPerMs;
    return (async function* () {
      for await (const piece of pieces) {
        attempt.allow(Math.min(idleMs, endMs - performance.now()));
        yield piece;
      }
      attempt.allow(wholeMs);
    })();
  }

  /** Resolves when the call may be tried again; rejects with the failure where that is of no use. */
  async #beforeAgain({ isSafe }: BatchCall, tried: number, cause: unknown): Promise<void> {
    const error = describeOnce(this.#provider, cause);
    if (error.code === "upstream_authentication" && !this.#hasRenewed) {
      this.#hasRenewed = true;
      this.#provider.credentials?.forget();
      const renewed = this.#provider.credentials ? this.#provider : await this.#provider.renewSecrets();
      if (renewed) {
        this.#provider = renewed;
        return;
      }
    }
    if (tried >= triesMax || this.#signal?.aborted || !(isSafe ? passing : undone).has(error.code)) throw error;
    const toldMs = error.retryAfterS === undefined ? 0 : error.retryAfterS * 1000;
    await sleep(Math.min(pauseMsMax, Math.max(toldMs, pauseMs * 2 ** (tried - 1))), this.#signal);
    if (this.#signal?.aborted) throw error;
  }

  #invalid(problem: string): SahabError {
    return new SahabError("upstream_invalid_response", `Provider ${this.#provider.name} ${problem}`);
  }
}

interface Opened {
  answer: HttpAnswer;
  attempt: Attempt;
  end(): Promise<void>;
}

/** Ends an attempt that has passed its deadline, or is given up. Returns what ends the watching. */
function watch(attempt: Attempt, signal: AbortSignal | undefined): () => void {
  const giveUp = () => attempt.cancel(new SahabError("shutting_down", "Sahab shuts down"));
  if (signal?.aborted) giveUp();
  signal?.addEventListener("abort", giveUp);
  const timer = setInterval(() => {
    if (performance.now() >= attempt.deadlineMs)
      attempt.cancel(new SahabError("upstream_timeout", `Provider ${attempt.provider} did not answer in time`));
  }, sweepMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    signal?.removeEventListener("abort", giveUp);
  };
}

function isTimeout(failure: unknown): failure is SahabError {
  return failure instanceof SahabError && failure.code === "upstream_timeout";
}

/** Ends early where it is given up. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}

function describeOnce(provider: Provider, cause: unknown): SahabError {
  return cause instanceof SahabError ? cause : describeFailure(provider, cause);
}
