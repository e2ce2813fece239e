import { anthropic } from "./anthropic.ts";
import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

export const vendorNames = ["anthropic", "compatible"] as const;

/** Every vendor by the name that a cloud.yaml gives it. */
export const vendors: Record<(typeof vendorNames)[number], Vendor> = { anthropic, compatible };
