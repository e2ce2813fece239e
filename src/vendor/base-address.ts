import { ownValue } from "../base/own-value.ts";
import type { Vendor } from "./vendor.ts";

interface Given {
  base_url?: string | undefined;
  region?: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * A provider's base address, without a slash at its end: its own, or that of its region at the vendor. What the vendor's
 * address leaves open is the region, or said by variables of the environment, which are the owner's; undefined where nothing says it.
 */
export function baseAddressOf(vendor: Vendor, given: Given, variables: Variables = process.env): string | undefined {
  const region = regionOf(vendor, given, variables);
  const address =
    given.base_url ?? (region === undefined ? undefined : ownValue(vendor.regions, region)) ?? vendor.baseUrl;
  if (address === undefined) return undefined;
  const filled = address.replace(placeholder, (whole, name: string) =>
    name === "region" ? (region ?? whole) : (valueOf(vendor, name, variables) ?? whole),
  );
  return filled.includes("{") || !URL.canParse(filled) ? undefined : filled.replace(/\/+$/, "");
}

/** The region that a provider names, or the environment does. */
export function regionOf(vendor: Vendor, { region }: Given, variables: Variables = process.env): string | undefined {
  if (region === undefined) return valueOf(vendor, "region", variables);
  return isSafe(region) ? region : undefined;
}

/** The variables that could say what is missing of an address: one text for each of its parts. */
export function missingVariables(vendor: Vendor, given: Given, variables: Variables = process.env): string[] {
  return Object.entries(vendor.addressVariables ?? {}).flatMap(([name, names]) => {
    const value = name === "region" ? regionOf(vendor, given, variables) : valueOf(vendor, name, variables);
    return value === undefined ? [names.join(" or ")] : [];
  });
}

/** What is missing of a provider's address, for the operator. */
export function describeMissingAddress(vendor: Vendor): string {
  const names = Object.entries(vendor.addressVariables ?? {}).map(
    ([name, variables]) => `${variables.join(" or ")}${name === "region" ? " (or give region)" : ""}`,
  );
  return `its address is not known; give base_url, or set in the server's environment ${names.join(", and ")}`;
}

function valueOf({ addressVariables }: Vendor, name: string, variables: Variables): string | undefined {
  const found = addressVariables?.[name]?.map((variable) => variables[variable]?.trim()).find((value) => value);
  return found !== undefined && isSafe(found) ? found : undefined;
}

/** One label of a host, or one part of a path: it cannot lead to another host. */
function isSafe(name: string): boolean {
  return /^[A-Za-z0-9](?:[\w-]{0,126}[A-Za-z0-9])?$/.test(name);
}

const placeholder = /\{(\w+)\}/g;
