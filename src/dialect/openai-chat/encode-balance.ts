import { formatNano, type Nano } from "../../base/money.ts";
import type { JsonObject } from "../read.ts";

/** What a caller may still spend. */
export interface ShownBalance {
  currency: string;
  left: Nano;
  /** Whether it was paid in; else it is left of a budget. */
  isToppedUp: boolean;
}

/**
 * The body of DeepSeek's `GET /user/balance`: what is left of a budget is what was granted. A caller whom no budget bounds may make
 * calls, and no sum is left to be told.
 */
export function encodeBalance(balance?: ShownBalance): JsonObject {
  if (!balance) return { is_available: true, balance_infos: [] };
  const { currency, left, isToppedUp } = balance;
  const total = formatNano(left);
  const info = {
    currency,
    total_balance: total,
    granted_balance: isToppedUp ? "0" : total,
    topped_up_balance: isToppedUp ? total : "0",
  };
  return { is_available: left > 0n, balance_infos: [info] };
}
