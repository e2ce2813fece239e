import { isIP } from "node:net";
import { isLoopback } from "../base/address-ranges.ts";
import type { HttpRequest } from "../http/index.ts";

/** Addresses that stand for all of the machine. */
const everywhere = new Set(["0.0.0.0", "::"]);

/**
 * Whether a request may call this server by that name, where only operators should reach: a page whose name was made to lead here
 * (DNS rebinding) sends its own. Always allowed are the names of this machine for itself; beside them the listed ones, by default the
 * address that is listened on. Where that is all of the machine, any address: a page that is opened by one cannot lead here.
 */
export function createHostCheck(listened: string, listed: readonly string[] = [listened]): (host: string) => boolean {
  const names = new Set(listed.map((host) => splitHost(host).join(":")));
  const isAnywhere = listed.some((host) => everywhere.has(splitHost(host)[0] ?? ""));
  return (host) => {
    const [name = "", port] = splitHost(host);
    return isLoopback(name) || names.has(name) || names.has(`${name}:${port}`) || (isAnywhere && isIP(name) !== 0);
  };
}

/** Headers by which a proxy tells of the client that it speaks for. */
const proxyHeaders = [
  "x-forwarded-for",
  "forwarded",
  "via",
  "x-real-ip",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-forwarded-server",
] as const;

/**
 * Whether a request comes from this machine itself, through nothing that speaks for others: a proxy on this machine has a loopback
 * address, too, and tells of itself by a header or by the name that its clients call. `listened` is the address that is listened on.
 */
export function isFromHere({ address, headers }: Pick<HttpRequest, "address" | "headers">, listened: string): boolean {
  const [name = ""] = splitHost(headers.host);
  return (
    isLoopback(listened) &&
    isLoopback(address.text) &&
    isLoopback(name) &&
    proxyHeaders.every((header) => headers.get(header) === null)
  );
}

/** Name and port; the name as it is compared. */
function splitHost(host: string): string[] {
  if (isIP(host) === 6) return [host.toLowerCase()];
  const [, name = "", port] = /^(.*?)(?::(\d*))?$/.exec(host) ?? [];
  const plain = name
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  return port === undefined || port === "" ? [plain] : [plain, port];
}
