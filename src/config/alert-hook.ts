import type { AlertConfig } from "./schema/alert-schema.ts";

/** Where alerts are sent. */
export interface AlertHook {
  url: string;
  /** Signs what is sent; undefined where it was lost, so that nothing is. */
  secret: string | undefined;
  /** It may be an address of this machine or of a private network. */
  allowsPrivate: boolean;
  /** The webhook is called when spending reaches one of these percentages of a budget. */
  at: readonly number[];
}

/** The percentages that are reported unless the configuration names others. */
export const alertPercents: readonly number[] = [50, 80, 95, 100];

export function alertHookOf({ url, secret, allow_private: allowsPrivate = false, at }: AlertConfig): AlertHook {
  return { url, secret, allowsPrivate, at: at ?? alertPercents };
}
