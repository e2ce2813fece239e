import type { KeptAnswer } from "../dialect.ts";
import { asBuffer, type JsonField } from "../json-scan.ts";
import { setField, spliceJson } from "../json-splice.ts";
import { findResponse } from "./keeping-state.ts";
import { listItems, textField } from "../list-items.ts";

/** A response as it is kept; `items` are those that were told one by one, for a vendor that leaves some out at the end. */
export function toKept(json: Uint8Array | string, items: readonly string[] = []): KeptAnswer {
  let body: Uint8Array = typeof json === "string" ? Buffer.from(json) : json;
  let scan = findResponse(body);
  if (scan && items.length > (scan.fields.get("output")?.elements ?? 0)) {
    body = spliceJson(body, [setField(scan, "output", `[${items.join(",")}]`)]);
    scan = findResponse(body);
  }
  const text = (name: string) => (scan ? textField({ body, scan }, name) : undefined);
  const status = text("status");
  return {
    id: text("id") ?? "",
    status: status === "incomplete" || status === "failed" ? status : "completed",
    answer: asBuffer(body).toString("utf8"),
    parts: scan ? idsOf(body, scan.fields.get("output")) : [],
  };
}

/** Ids of items, by which clients name them later. */
function idsOf(body: Uint8Array, output: JsonField | undefined): string[] {
  try {
    return listItems(body, output).flatMap((item) => textField(item, "id") ?? []);
  } catch {
    return [];
  }
}
