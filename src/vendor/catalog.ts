import type { ProviderConfig } from "../base/cloud-config.ts";
import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** Every vendor by the name that a cloud.yaml gives it. */
export const vendors: Record<ProviderConfig["vendor"], Vendor> = { compatible };
