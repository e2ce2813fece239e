import { ownValue } from "../../../base/own-value.ts";

/**
 * Whether a model that its source prices at zero is one that its vendor gives away. Elsewhere a zero is that of a trial or of
 * a preview, which ends.
 */
export function isFree(part: string, id: string): boolean {
  return ownValue(freeModels, part)?.test(id) ?? false;
}

const freeModels: Readonly<Record<string, RegExp>> = {
  // By their names: free variants end in :free, and openrouter/free chooses among them.
  openrouter: /:free$|^openrouter\/free$/,
  // By their names. Unverified: that each of them stays free.
  zai: /^glm-[\d.]+v?-flash$/,
  zhipuai: /^glm-[\d.]+v?-flash$/,
};
