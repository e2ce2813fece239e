import { apiEncoder, apiShape } from "./api-form.ts";
import { usageColumns } from "./columns.ts";
import type { ApiOf } from "./column.ts";

/** A usage record in the admin API. */
export type ApiRecord = ApiOf<(typeof usageColumns)[number]>;

export const encodeApiRecord = apiEncoder(usageColumns);

/** Its fields, for `z.object`. */
export const apiRecordShape = apiShape(usageColumns);
