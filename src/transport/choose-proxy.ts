import { isIP } from "node:net";
import { AddressRanges, isLoopback } from "../base/address-ranges.ts";
import { EnvironmentError } from "../base/environment.ts";
import type { ProxyAddress, ProxySettings } from "../base/proxy-address.ts";

/**
 * The proxy that the environment names for an address; undefined where it is reached directly. Addresses of this machine
 * itself always are: from a proxy elsewhere they would lead to that other machine. Throws an EnvironmentError where a proxy would
 * be used and its address is wrong.
 */
export function chooseProxy(settings: ProxySettings, url: URL): ProxyAddress | undefined {
  const scheme = url.protocol === "https:" ? "https" : "http";
  const proxy = settings[scheme];
  const fault = settings.wrong?.[scheme];
  if (!proxy && fault === undefined) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (isLoopback(host) || isListed(settings.none, host, port)) return undefined;
  if (fault !== undefined)
    throw new EnvironmentError(`${fault}; ${url.host} would be reached through it (NO_PROXY lists what is not)`);
  return proxy;
}

/**
 * Whether a list such as NO_PROXY names the host: entries are separated by commas or spaces. `*` is every host, `example.com` (also with a
 * dot or `*.` before it) that name and all below it, `10.0.0.0/8` the addresses in it; a port at the end limits an entry to that port.
 */
export function isListed(list: string, host: string, port: number): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== "" && matches(entry, host.toLowerCase(), port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const parts = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(entry);
  const name = (parts ? (parts[1] ?? parts[2] ?? "") : entry).replace(/^\*?\./, "").replace(/\.$/, "");
  if (parts?.[3] !== undefined && Number(parts[3]) !== port) return false;
  if (isIP(host)) return isAddressIn(name, host);
  return host === name || (name !== "" && host.endsWith(`.${name}`));
}

function isAddressIn(range: string, address: string): boolean {
  const ranges = new AddressRanges();
  return ranges.add(range) && ranges.includes(address);
}
