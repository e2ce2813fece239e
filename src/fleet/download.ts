import { existsSync, statSync, writeFileSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { Attempt } from "../call/index.ts";
import { openCheckedAddress, type HttpAnswer } from "../transport/index.ts";
import type { ModelSources } from "./model-sources.ts";
import { partBytes, removePart, versionFile, versionOfPart, writePart, type PullProgress } from "./part-file.ts";

const connectMs = 30_000;
/** A download without data for this long is ended. The received part is kept, and the next pull continues it. */
const idleMs = 60_000;
/** A server that does not answer in this time whether it has a file is asked for the file itself. */
const lookMs = 10_000;

interface DownloadOptions {
  sources: ModelSources;
  signal: AbortSignal;
  bytesMax: number;
  onProgress: (progress: PullProgress) => void;
}

/** An address as messages and logs may show it: without a password, and without a query, which may be a signature. */
export function describeAddress(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}

/** Fetches a file, or the rest of one whose beginning is there. Returns its SHA-256 where the hub tells it. */
export async function download(source: string, part: string, options: DownloadOptions): Promise<string | undefined> {
  const shown = describeAddress(source);
  const version = versionOfPart(part);
  // Without a name for the version, the rest may belong to another version.
  const have = version === undefined ? 0 : partBytes(part);
  const again = () => (existsSync(versionFile(part)) ? "pull again to continue from there" : "pull again");
  const call = startCall(options.signal, idleMs);
  try {
    const range = have > 0 && version !== undefined ? { range: `bytes=${have}-`, "if-range": version } : {};
    const { answer, sha256 } = await open(new URL(source), range, { ...options, attempt: call.attempt });
    const isRest = answer.status === 206;
    // The part is whole already: a pull of several ended before the others were.
    if (answer.status === 416 && have > 0 && answer.header("content-range") === `bytes */${have}`) {
      await answer.cancel();
      return sha256;
    }
    if (have > 0 && (answer.status === 416 || (isRest && !continuesPart(answer, have, version)))) {
      await answer.cancel();
      removePart(part);
      return await download(source, part, options);
    }
    if (answer.status < 200 || answer.status > 299 || (isRest && have === 0)) {
      await answer.cancel();
      throw new SahabError("invalid_request", `the server answered ${answer.status}`);
    }
    if (!isRest) {
      // In this order, so that a version file never names another version than its part has.
      removePart(part);
      const named = versionOf(answer);
      if (named !== undefined) writeFileSync(versionFile(part), named, { mode: 0o600, flag: "wx" });
    }
    const start = isRest ? have : 0;
    const length = /^\d+$/.exec(answer.header("content-length") ?? "")?.[0];
    const totalBytes = length === undefined ? null : Number(length) + start;
    const { bytesMax, onProgress } = options;
    const alive = call.keepAlive;
    try {
      await writePart(part, piecesOf(answer), { source: shown, start, totalBytes, bytesMax, alive, onProgress });
    } finally {
      await answer.cancel();
    }
    if (totalBytes !== null && statSync(part).size !== totalBytes)
      throw new SahabError(
        "upstream_unreachable",
        `it ended after ${statSync(part).size} of ${totalBytes} bytes; ${again()}`,
      );
    return sha256;
  } catch (cause) {
    if (cause instanceof SahabError && cause.code === "disk_full") throw cause;
    const why = call.attempt.reason?.message ?? (cause instanceof Error ? cause.message : String(cause));
    const message = `Cannot fetch ${shown}: ${why}`;
    if (cause instanceof SahabError && cause.code === "invalid_request")
      throw new SahabError("invalid_request", message, { cause });
    const isTold = message.endsWith("pull again") || message.endsWith("from there");
    throw new SahabError("upstream_unreachable", isTold ? message : `${message}; ${again()}`, { cause });
  } finally {
    call.end();
  }
}

/** Whether a server says that it has no such file. Only an answer that says so counts; all else is for the download to find. */
export async function isGone(source: string, sources: ModelSources, signal: AbortSignal): Promise<boolean> {
  const call = startCall(signal, lookMs);
  try {
    const range = { range: "bytes=0-0" };
    const { answer } = await open(new URL(source), range, { sources, attempt: call.attempt });
    await answer.cancel();
    return answer.status === 404 || answer.status === 410;
  } catch (error) {
    if (signal.aborted || (error instanceof SahabError && error.code === "invalid_request")) throw error;
    return false;
  } finally {
    call.end();
  }
}

/** `sha256` is the file's in hexadecimal, where the hub that was named tells it. */
async function open(
  source: URL,
  headers: Readonly<Record<string, string>>,
  { sources: { hosts, proxies }, attempt }: { sources: ModelSources; attempt: Attempt },
): Promise<{ answer: HttpAnswer; sha256: string | undefined }> {
  let sha256: string | undefined;
  const answer = await openCheckedAddress(source, headers, {
    rules: { hosts, proxies, hostsSetting: "SAHAB_PULL_HOSTS", allowsNamed: true },
    attempt,
    connectMs,
    onAnswer: (hop) => (sha256 ??= hashOf(hop)),
  });
  return { answer, sha256 };
}

/** Hugging Face and its mirrors tell the hash of a large file before they lead on to where it is stored; registries tell a digest. */
function hashOf(answer: HttpAnswer): string | undefined {
  const linked = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(answer.header("x-linked-etag") ?? "");
  const digest = /^sha256:([0-9a-f]{64})$/i.exec(answer.header("docker-content-digest") ?? "");
  return (linked ?? digest)?.[1]?.toLowerCase();
}

/** A call that ends when its caller leaves, or when nothing has come for `silentMs`. */
function startCall(signal: AbortSignal, silentMs: number) {
  const attempt = new Attempt({ provider: "pull", model: "" });
  const giveUp = (why: string) => attempt.cancel(new SahabError("upstream_unreachable", why));
  const onAbort = () => giveUp("the pull was given up");
  const onSilence = () => giveUp(`nothing came for ${silentMs / 1000} s`);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  let timer = setTimeout(onSilence, silentMs);
  return {
    attempt,
    keepAlive: () => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, silentMs);
    },
    end: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

async function* piecesOf(answer: HttpAnswer): AsyncGenerator<Uint8Array> {
  for (;;) {
    const { done, value } = await answer.read();
    if (done || !value) return;
    yield value;
  }
}

/** A value for If-Range (RFC 9110, §13.1.5): a strong ETag, or a date old enough to belong to one version only. */
function versionOf(answer: HttpAnswer): string | undefined {
  const etag = answer.header("etag");
  if (etag) return etag.startsWith("W/") ? undefined : etag;
  const modified = answer.header("last-modified");
  const ageMs = Date.parse(answer.header("date") ?? "") - Date.parse(modified ?? "");
  return modified && ageMs >= 1_000 ? modified : undefined;
}

/** Whether a 206 has what was requested: the same version, from the byte where the part ends. */
function continuesPart(answer: HttpAnswer, have: number, version: string | undefined): boolean {
  const start = /^bytes (\d+)-/.exec(answer.header("content-range") ?? "")?.[1];
  const named = versionOf(answer);
  return Number(start) === have && (named === undefined || named === version);
}
