/**
 * One thing of a configuration as messages and logs name it: `provider acme`. A webhook's name is its whole address, which may be as good as
 * a key, so the host alone is shown: `alert https://hooks.example.com/…`.
 */
export function showResource({ kind, name }: { kind: string; name: string }): string {
  if (kind !== "alert") return `${kind} ${name}`;
  const url = URL.parse(name);
  return `${kind} ${url ? `${url.origin}/…` : "(no address)"}`;
}
