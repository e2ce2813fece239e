import { vendors, type vendorNames } from "./registry.ts";

/** The part of the catalogue that has a vendor's models in a region; the usual one where the region is not told, or has none of its own. */
export function catalogPartOf(vendor: (typeof vendorNames)[number], region?: string): string {
  const parts = vendors[vendor].catalogParts ?? {};
  const own = region !== undefined && Object.hasOwn(parts, region) ? parts[region] : undefined;
  return own ?? Object.values(parts)[0] ?? vendor;
}
