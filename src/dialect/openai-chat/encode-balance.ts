import type { JsonObject } from "../read.ts";

/** The body of DeepSeek's `GET /user/balance` for a caller without a budget: calls may be made, and no sum is left to be told. */
export function encodeBalance(): JsonObject {
  return { is_available: true, balance_infos: [] };
}
