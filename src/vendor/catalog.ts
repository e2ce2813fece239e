import { anthropic } from "./anthropic.ts";
import { compatible } from "./compatible.ts";
import { deepseek } from "./deepseek.ts";
import { google } from "./google.ts";
import type { Vendor } from "./vendor.ts";
import { vllm } from "./vllm.ts";

export const vendorNames = ["anthropic", "compatible", "deepseek", "google", "vllm"] as const;

/** Every vendor by the name that a cloud.yaml gives it. */
export const vendors: Record<(typeof vendorNames)[number], Vendor> = { anthropic, compatible, deepseek, google, vllm };
