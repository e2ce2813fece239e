import type { ListQuery } from "../files-form.ts";
import { integerIn, invalidField } from "../read.ts";

/** The page of a list that a query asks for, the newest first by default. */
export function readListQuery(query: URLSearchParams, limit: { usual: number; max: number }): ListQuery {
  const said = query.get("limit");
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc")
    throw invalidField("order", `expected "asc" or "desc", found ${JSON.stringify(order.slice(0, 40))}`);
  return {
    limit: said === null ? limit.usual : integerIn(1, limit.max)(Number(said), "limit"),
    after: query.get("after") ?? undefined,
    order,
  };
}
