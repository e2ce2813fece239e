import { vendors, type vendorNames } from "./registry.ts";

interface Place {
  vendor: (typeof vendorNames)[number];
  region?: string | undefined;
  base_url?: string | undefined;
}

/**
 * The part of the catalogue that has a vendor's models where a provider is: in the region that it names, or that its address
 * belongs to; the usual one where nothing tells a region, or it has no part of its own.
 */
export function catalogPartOf({ vendor, region, base_url }: Place): string {
  const parts = vendors[vendor].catalogParts ?? {};
  const place = region ?? regionAt(vendor, base_url);
  const own = place !== undefined && Object.hasOwn(parts, place) ? parts[place] : undefined;
  return own ?? Object.values(parts)[0] ?? vendor;
}

/** The parts of all its regions. */
export function catalogPartsOf(vendor: Place["vendor"]): string[] {
  return Object.values(vendors[vendor].catalogParts ?? { "": vendor });
}

/** The region of a vendor whose host an address has. */
export function regionAt(vendor: Place["vendor"], address: string | undefined): string | undefined {
  const host = hostOf(address);
  if (host === undefined) return undefined;
  const { regions = {}, regionHosts = {} } = vendors[vendor];
  const exact = Object.entries(regions).find(([, known]) => hostOf(known) === host);
  return (exact ?? Object.entries(regionHosts).find(([, hosts]) => hosts.test(host)))?.[0];
}

function hostOf(address: string | undefined): string | undefined {
  return address !== undefined && URL.canParse(address) ? new URL(address).host : undefined;
}
