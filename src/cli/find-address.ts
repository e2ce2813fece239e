import { isLoopback } from "../base/address-ranges.ts";
import type { Environment } from "../base/environment.ts";
import { parseServerAddress } from "../base/server-address.ts";
import { openClient } from "./client.ts";
import { CommandError } from "./command-error.ts";

export interface FoundAddress {
  /** In its normal form. */
  address: string;
  /** It is another one than was given. */
  isCorrected: boolean;
}

const probeMsMax = 5_000;
const usualPort = 8787;
/** What people copy with an address: the bases of clients, and pages. */
const knownEnd =
  /\/(?:v1|v1beta|api\/v\d+|anthropic|compatible-mode|admin|healthz|readyz|metrics|chat|console)(?:\/.*)?$/;

/**
 * Finds the Sahab that a person means by an address: without a scheme, with the path of an operation, without its port, or with http
 * where it speaks https. No key is sent. Throws a CommandError that says what was tried.
 */
export async function findAddress(environment: Environment, given: string): Promise<FoundAddress> {
  const text = given.trim();
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text);
  const first = parse(hasScheme ? text : `${isLocal(text) ? "http" : "https"}://${text}`);
  const faults: string[] = [];
  const gone = new Set<string>();
  for (const candidate of candidatesFor(first)) {
    const { origin } = new URL(candidate);
    if (gone.has(origin)) continue;
    const found = await probe(environment, candidate);
    if ("fault" in found) {
      faults.push(`${candidate}: ${found.fault}`);
      if (found.isGone) gone.add(origin);
      continue;
    }
    const { address } = found;
    if (!isSafe(first, address, { hasScheme }))
      throw new CommandError(
        `A Sahab answers at ${address}, but not by https: whoever is on the way there could read the key. If that is right, give the whole address: sahab login ${address}`,
      );
    return { address, isCorrected: address !== (hasScheme ? withoutSlash(text) : text) };
  }
  throw new CommandError(`No Sahab was found; nothing is remembered. Tried:\n  ${faults.join("\n  ")}`);
}

function parse(text: string): string {
  try {
    return parseServerAddress(text);
  } catch (cause) {
    throw new CommandError(`The address ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** A key goes by http only where that was asked for, or to this machine. */
function isSafe(given: string, found: string, { hasScheme }: { hasScheme: boolean }): boolean {
  const { protocol, hostname } = new URL(found);
  if (protocol === "https:" || isLocal(hostname)) return true;
  return hasScheme && new URL(given).protocol === "http:";
}

/** The address itself, then other paths, the other scheme, and the usual port where none is named. */
function candidatesFor(address: string): string[] {
  const url = new URL(address);
  const other = url.protocol === "https:" ? "http:" : "https:";
  const named = url.port === "" ? [url.host, `${url.hostname}:${usualPort}`] : [url.host];
  const shorter = url.pathname.replace(knownEnd, "");
  const paths = [...new Set([url.pathname, shorter, ""].map(withoutSlash))];
  return named.flatMap((host) =>
    [url.protocol, other].flatMap((scheme) => paths.map((path) => `${scheme}//${host}${path}`)),
  );
}

type Probe = { address: string } | { fault: string; isGone: boolean };

async function probe(environment: Environment, address: string): Promise<Probe> {
  const keyFrom = { place: "", advice: "" };
  const client = openClient(environment, { address, key: undefined, origin: "sahab login", keyFrom, keyHint: "" });
  try {
    const answer = await client.request("/healthz", { isOpen: true, signal: AbortSignal.timeout(probeMsMax) });
    const text = (await answer.text()).trim();
    if (answer.ok && text === "ok") return { address };
    const to = answer.headers.get("location") ?? "";
    const moved = /^(.*)\/healthz$/.exec(URL.canParse(to, address) ? new URL(to, address).href : "")?.[1];
    // A proxy that leads from http to https of the same host is believed; whoever leads elsewhere is told of only.
    if (moved !== undefined && new URL(moved).hostname === new URL(address).hostname && moved.startsWith("https:"))
      return await probe(environment, moved);
    if (moved !== undefined) return { fault: `leads on to ${moved}; name that address if it is right`, isGone: false };
    return { fault: `what answers there is no Sahab (status ${answer.status})`, isGone: false };
  } catch (cause) {
    if (!(cause instanceof CommandError)) return { fault: `no answer within ${probeMsMax / 1000} s`, isGone: true };
    // The certificate's fault is described with what to do; any other by its code.
    const { code } = (cause.cause ?? {}) as { code?: string };
    const isCertificate = cause.message.includes("certificate");
    return { fault: isCertificate ? cause.message : (code ?? "no answer"), isGone: true };
  }
}

const withoutSlash = (text: string) => text.replace(/\/+$/, "");

/** Whether the text begins with a name or number of this machine. */
function isLocal(text: string): boolean {
  const host = /^\[([^\]]*)\]|^([^:/]*)/.exec(text);
  return isLoopback(host?.[1] ?? host?.[2] ?? "");
}
