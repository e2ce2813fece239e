import type { AlertHook } from "../../config/index.ts";

/** The name of a webhook in the store, which does not hold its address: many addresses are as good as a key. */
export function hookName({ url }: Pick<AlertHook, "url">): string {
  return new Bun.CryptoHasher("sha256").update(url).digest("hex").slice(0, 32);
}

/** What a log may hold of its address. */
export function hookHost({ url }: Pick<AlertHook, "url">): string {
  return new URL(url).host;
}
