import type { Vendor } from "./vendor.ts";

/**
 * A vendor whose APIs are at one host: OpenAI's below the path of `baseUrl`, others, by their `api`, below paths of their own. A
 * provider may give the host alone, or the address of any of them, as people copy it.
 */
export function placeApis(
  baseUrl: string,
  below: Readonly<Record<string, string>> = {},
): Pick<Vendor, "baseUrl" | "address" | "authorize" | "headers"> {
  const usual = pathOf(baseUrl);
  const endings = [usual, ...Object.values(below)]
    .flatMap((path) => (path === "" ? [] : [`${path}/v1`, path]))
    .sort((a, b) => b.length - a.length);
  return {
    baseUrl,
    address(given, api) {
      const own = below[api] ?? usual;
      const ending = endings.find((path) => given.endsWith(path));
      if (ending !== undefined) return given.slice(0, -ending.length) + own;
      return pathOf(given) === "" ? given + own : given;
    },
    // Servers of the Messages API differ in which of the two headers they read.
    authorize: (apiKey, api) => ({
      authorization: `Bearer ${apiKey}`,
      ...(api === "messages" && { "x-api-key": apiKey }),
    }),
    headers: { messages: { "anthropic-version": "2023-06-01" } },
  };
}

function pathOf(address: string): string {
  return new URL(address).pathname.replace(/\/+$/, "");
}
