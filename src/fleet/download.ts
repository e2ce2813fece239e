import { existsSync, statSync, writeFileSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import type { Attempt } from "../call/index.ts";
import { openCheckedAddress, type HttpAnswer } from "../transport/index.ts";
import { HubRefusal, type HubAnswer } from "./hub/index.ts";
import type { ModelSources } from "./model-sources.ts";
import { partBytes, removePart, versionFile, versionOfPart, writePart, type PullProgress } from "./part-file.ts";
import { startCall } from "./pull-call.ts";

const connectMs = 30_000;
/** A download without data for this long is ended. The received part is kept, and the next pull continues it. */
const idleMs = 60_000;
/** A server that does not answer in this time whether it has a file is asked for the file itself. */
const lookMs = 10_000;

interface DownloadOptions {
  sources: ModelSources;
  signal: AbortSignal;
  bytesMax: number;
  /** What a hub has told of the file beforehand. */
  known?: KnownFile | undefined;
  onProgress: (progress: PullProgress) => void;
}

/** What a hub has told of a file, and how it is asked for. */
export interface KnownFile {
  bytes: number;
  /** In hexadecimal. A part of a file whose hash is known is continued from any server, since the whole is compared. */
  sha256: string | undefined;
  /** For the hub's own origin only. */
  secretHeaders: Readonly<Record<string, string>>;
  /** What an answer that is no file means. */
  describeRefusal(answer: HubAnswer): HubRefusal;
}

/** An address as messages and logs may show it: without a password, and without a query, which may be a signature. */
export function describeAddress(address: string): string {
  const url = new URL(address);
  return `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}

/** Fetches a file, or the rest of one whose beginning is there. Returns its SHA-256 where the hub tells it. */
export async function download(source: string, part: string, options: DownloadOptions): Promise<string | undefined> {
  const shown = describeAddress(source);
  const { known } = options;
  const isSure = known?.sha256 !== undefined;
  const version = versionOfPart(part);
  // A part that is too long is none of this file.
  if (known && partBytes(part) > known.bytes) removePart(part);
  // Without a name for the version, the rest may belong to another version.
  const have = version === undefined && !isSure ? 0 : partBytes(part);
  const isKept = () => isSure || existsSync(versionFile(part));
  const again = () => (isKept() ? "pull again to continue from there" : "pull again");
  if (known && have > 0 && have === known.bytes) return known.sha256;
  const call = startCall(options.signal, idleMs);
  try {
    const isSame = isSure || version === undefined ? {} : { "if-range": version };
    const range = have > 0 ? { range: `bytes=${have}-`, ...isSame } : {};
    const { answer, sha256, isElsewhere } = await open(new URL(source), range, { ...options, attempt: call.attempt });
    const isRest = answer.status === 206;
    // The part is whole already: a pull of several ended before the others were.
    if (answer.status === 416 && have > 0 && answer.header("content-range") === `bytes */${have}`) {
      await answer.cancel();
      return sha256;
    }
    if (have > 0 && (answer.status === 416 || (isRest && !continuesPart(answer, have, isSure ? undefined : version)))) {
      await answer.cancel();
      removePart(part);
      return await download(source, part, options);
    }
    if (answer.status < 200 || answer.status > 299 || (isRest && have === 0)) {
      await answer.cancel();
      if (known && !isElsewhere) throw known.describeRefusal(answer);
      // The hub leads on to an address that is good for a while: the next try gets another one.
      if (known)
        throw new SahabError("upstream_unreachable", `the server that the hub leads to answered ${answer.status}`);
      throw new SahabError("invalid_request", `the server answered ${answer.status}`);
    }
    if (!isRest) {
      // In this order, so that a version file never names another version than its part has.
      removePart(part);
      const named = versionOf(answer);
      if (named !== undefined && !isSure) writeFileSync(versionFile(part), named, { mode: 0o600, flag: "wx" });
    }
    const start = isRest ? have : 0;
    const length = /^\d+$/.exec(answer.header("content-length") ?? "")?.[0];
    const totalBytes = length === undefined ? null : Number(length) + start;
    if (known && totalBytes !== null && totalBytes !== known.bytes) {
      await answer.cancel();
      throw new SahabError(
        "invalid_request",
        `the hub tells ${known.bytes} bytes, and ${totalBytes} would come; pull again`,
      );
    }
    const { bytesMax, onProgress } = options;
    const alive = call.keepAlive;
    try {
      await writePart(part, piecesOf(answer), { source: shown, start, totalBytes, bytesMax, alive, onProgress });
    } finally {
      await answer.cancel();
    }
    const wholeBytes = known?.bytes ?? totalBytes;
    if (wholeBytes !== null && statSync(part).size !== wholeBytes)
      throw new SahabError(
        "upstream_unreachable",
        `it ended after ${statSync(part).size} of ${wholeBytes} bytes; ${again()}`,
      );
    return known?.sha256 ?? sha256;
  } catch (cause) {
    if (cause instanceof SahabError && (cause.code === "disk_full" || cause instanceof HubRefusal)) throw cause;
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
  options: { sources: ModelSources; attempt: Attempt; known?: KnownFile | undefined },
): Promise<{ answer: HttpAnswer; sha256: string | undefined; isElsewhere: boolean }> {
  const { hosts, proxies } = options.sources;
  let sha256: string | undefined;
  let isElsewhere = false;
  const answer = await openCheckedAddress(source, headers, {
    rules: { hosts, proxies, hostsSetting: "SAHAB_PULL_HOSTS", allowsNamed: !options.known },
    attempt: options.attempt,
    connectMs,
    ownHeaders: options.known?.secretHeaders,
    onAnswer: (hop) => {
      sha256 ??= hashOf(hop);
      const location = hop.status >= 300 && hop.status < 400 ? (hop.header("location") ?? "") : "";
      isElsewhere ||= URL.canParse(location, source.href) && new URL(location, source).origin !== source.origin;
    },
  });
  return { answer, sha256, isElsewhere };
}

/** Hugging Face and its mirrors tell the hash of a large file before they lead on to where it is stored; registries tell a digest. */
function hashOf(answer: HttpAnswer): string | undefined {
  const linked = /^(?:W\/)?"?([0-9a-f]{64})"?$/i.exec(answer.header("x-linked-etag") ?? "");
  const digest = /^sha256:([0-9a-f]{64})$/i.exec(answer.header("docker-content-digest") ?? "");
  return (linked ?? digest)?.[1]?.toLowerCase();
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
  return Number(start) === have && (version === undefined || named === undefined || named === version);
}
