import type { ProxyAddress } from "../base/proxy-address.ts";

/**
 * The head of a request, without its length and the blank line. `forwarder` is the proxy that the request is sent to; it needs the
 * whole address in the first line (RFC 9112, §3.2.2). Answers are asked for uncompressed: they are read on the way, and
 * passed on as they are.
 */
export function requestHead(
  url: URL,
  headers: Readonly<Record<string, string>>,
  forwarder: ProxyAddress | undefined,
  method = "POST",
): string {
  const all = {
    host: url.host,
    accept: "*/*",
    "accept-encoding": "identity",
    connection: "keep-alive",
    ...(forwarder?.authorization !== undefined && { "proxy-authorization": forwarder.authorization }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${forwarder ? url.origin : ""}${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}`;
}
