import type { ProviderConfig } from "../base/cloud-config.ts";
import { must } from "../base/assert.ts";
import { vendors } from "./catalog.ts";
import { HttpPool } from "./http-pool.ts";
import type { Operation } from "./vendor.ts";

/**
 * Defaults in milliseconds. A first byte may take minutes: a long prompt on a busy server, or reasoning without a
 * stream. Vendors that keep a stream alive send something every 15 to 30 seconds.
 */
const defaultTimeouts = { connectMs: 5_000, firstByteMs: 300_000, idleMs: 120_000 };

/** An operation's address at a provider. */
export interface Endpoint {
  url: string;
  origin: string;
  /** The head of a plain HTTP request up to the value of its content-length; undefined for https, which goes by fetch. */
  head: string | undefined;
}

/** A configured account at a vendor, with all that a call needs worked out beforehand. */
export interface Provider {
  name: string;
  endpoints: Record<Operation, Endpoint>;
  headers: Record<string, string>;
  /** What authorises a call; no answer and no log may repeat it. */
  secrets: readonly string[];
  /** Kept-alive connections; undefined for https. */
  pool: HttpPool | undefined;
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number };
}

export function openProvider(config: ProviderConfig): Provider {
  const vendor = vendors[config.vendor];
  const baseUrl = must(config.base_url, "a provider without an address does not pass the configuration's checks");
  const base = new URL(baseUrl);
  const isPlain = base.protocol === "http:";
  const headers = {
    "content-type": "application/json",
    "user-agent": "sahab",
    ...(config.api_key ? vendor.authorize(config.api_key) : {}),
    ...Object.fromEntries(Object.entries(config.headers ?? {}).map(([key, value]) => [key.toLowerCase(), value])),
  };
  const endpoint = (operation: Operation): Endpoint => {
    const url = new URL(vendor.url(baseUrl, operation));
    return { url: url.href, origin: url.origin, head: isPlain ? requestHead(url, headers) : undefined };
  };
  return {
    name: config.name,
    endpoints: { chat: endpoint("chat"), completion: endpoint("completion"), embedding: endpoint("embedding") },
    headers,
    // As they are, and as JSON writes them, with and without PHP's escape of slashes: an error body may quote any.
    secrets: [config.api_key, ...Object.values(config.headers ?? {})]
      .filter((secret): secret is string => typeof secret === "string" && secret.length >= secretCharsMin)
      .flatMap((secret) => {
        const quoted = JSON.stringify(secret).slice(1, -1);
        return [...new Set([secret, quoted, quoted.replaceAll("/", "\\/")])];
      }),
    pool: isPlain
      ? new HttpPool({ hostname: base.hostname.replace(/^\[|\]$/g, ""), port: Number(base.port) || 80 })
      : undefined,
    timeouts: {
      connectMs: config.timeouts?.connect_ms ?? defaultTimeouts.connectMs,
      firstByteMs: config.timeouts?.first_byte_ms ?? defaultTimeouts.firstByteMs,
      idleMs: config.timeouts?.idle_ms ?? defaultTimeouts.idleMs,
    },
  };
}

/** A header's value may be a plain word such as "1"; what is shorter than a password is no secret. */
const secretCharsMin = 8;

/** A vendor's text about a failure, in case that it repeats what it was sent. */
export function hideSecrets(provider: Provider, text: string): string {
  return provider.secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "…"), text);
}

/** Answers are asked for uncompressed: they are looked into, and passed on as they are. */
function requestHead(url: URL, headers: Record<string, string>): string {
  const all = { host: url.host, accept: "*/*", "accept-encoding": "identity", connection: "keep-alive", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}content-length: `;
}
