/**
 * The value of a provider's header `host`: which of the servers behind an address gets the request, and the secrets in it. Shared
 * front ends have servers of strangers beside a vendor's.
 */
export function hostHeader(headers: Record<string, string> | null | undefined): string | undefined {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "host")?.[1];
}
