import { isIP } from "node:net";
import { kindOfAddress } from "../../base/address-kind.ts";
import { vendorNames, vendors } from "../../vendor/index.ts";
import type { Place } from "./places.ts";

/** The vendor whose own host an address has, and the region where it is not the usual one. */
export function vendorAt(address: string | undefined): { vendor: Place["vendor"]; region?: string } | undefined {
  const host = hostOf(address);
  if (host === undefined) return undefined;
  for (const vendor of vendorNames) {
    const { baseUrl, regions = {} } = vendors[vendor];
    if (vendor === "ollama") continue;
    if (hostOf(baseUrl) === host) return { vendor };
    const region = Object.entries(regions).find(([, known]) => hostOf(known) === host)?.[0];
    if (region !== undefined) return { vendor, region };
  }
  return undefined;
}

/** A name for a provider: its vendor, or for servers its place. */
export function nameOf(vendor: Place["vendor"], word: string, base: string | undefined, place: Place): string {
  if (vendor !== "compatible" && vendor !== "vllm") return vendor;
  if (place.address !== undefined && base === undefined) return word;
  const host = hostOf(base)?.split(":")[0] ?? word;
  const isNumber = /^[\d.]+$|^\[/.test(host) || host === "localhost";
  const label = host.split(".").find((part) => !/^(?:api|www|llm|inference)$/.test(part)) ?? word;
  return (isNumber ? word : label).replace(/[^A-Za-z0-9-]/g, "-").replace(/^-+/, "") || "server";
}

/** An address that only this machine or its network reaches: what is there is one's own. */
export function isPrivate(address: string | undefined): boolean {
  if (address === undefined || !URL.canParse(address)) return false;
  const host = new URL(address).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0) return ["loopback", "private"].includes(kindOfAddress(host));
  return !host.includes(".") || /\.(?:local|localhost|internal|lan|svc)$/.test(host);
}

function hostOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).host : undefined;
}
