import type { Environment } from "../base/environment.ts";
import { isLoopback } from "../base/address-ranges.ts";
import type { Finding } from "../base/finding.ts";
import type { Client } from "./client.ts";

/** What the server tells whoever has no key. */
export async function checkMetrics(settings: Environment, client: Client): Promise<Finding[]> {
  const open = { isOpen: true, signal: AbortSignal.timeout(3_000) };
  const response = await client.request("/metrics", open).catch(() => undefined);
  await response?.body?.cancel();
  if (!response) return [];
  const isOpen = response.ok;
  const isLocal = isLoopback(new URL(client.address).hostname.replace(/^\[|\]$/g, "")) && isLoopback(settings.host);
  return [
    {
      check: "metrics",
      status: isOpen && !isLocal ? "warning" : "ok",
      detail: !isOpen
        ? "/metrics needs a key"
        : isLocal
          ? "/metrics is open, to this machine only"
          : "/metrics is open to whoever reaches the address: a proxy there tells neither by a header nor by the host's name that it speaks for others. Let it set x-forwarded-for, which makes /metrics need a key (sahab key create NAME --role metrics), or refuse the path",
    },
  ];
}
