import { apiEncoder } from "./api-encoder.ts";
import { usageColumns } from "./columns.ts";
import type { ApiOf } from "./column.ts";

/** A usage record in the admin API. */
export type ApiRecord = ApiOf<(typeof usageColumns)[number]>;

export const encodeApiRecord = apiEncoder(usageColumns);
