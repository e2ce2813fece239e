import type { ProviderConfig } from "../base/cloud-config.ts";
import { must } from "../base/assert.ts";
import { vendors } from "./catalog.ts";
import type { Operation, Vendor } from "./vendor.ts";

/**
 * Defaults in milliseconds. A first byte may take minutes: a long prompt on a busy server, or reasoning without a
 * stream. Vendors that keep a stream alive send something every 15 to 30 seconds.
 */
const defaultTimeouts = { connectMs: 5_000, firstByteMs: 300_000, idleMs: 120_000 };

/** A configured account at a vendor, with all that a call needs worked out beforehand. */
export interface Provider {
  name: string;
  vendor: Vendor;
  urls: Record<Operation, string>;
  headers: Record<string, string>;
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number };
}

export function openProvider(config: ProviderConfig): Provider {
  const vendor = vendors[config.vendor];
  const baseUrl = must(config.base_url, "a provider without an address does not pass the configuration's checks");
  const url = (operation: Operation) => vendor.url(baseUrl, operation);
  return {
    name: config.name,
    vendor,
    urls: { chat: url("chat"), completion: url("completion"), embedding: url("embedding") },
    headers: {
      "content-type": "application/json",
      "user-agent": "sahab",
      ...(config.api_key ? vendor.authorize(config.api_key) : {}),
      ...Object.fromEntries(Object.entries(config.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value])),
    },
    timeouts: {
      connectMs: config.timeouts?.connect_ms ?? defaultTimeouts.connectMs,
      firstByteMs: config.timeouts?.first_byte_ms ?? defaultTimeouts.firstByteMs,
      idleMs: config.timeouts?.idle_ms ?? defaultTimeouts.idleMs,
    },
  };
}
