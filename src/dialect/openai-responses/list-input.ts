import { createHash } from "node:crypto";
import { SahabError } from "../../base/errors.ts";
import type { StoredAnswer } from "../dialect.ts";
import { integerIn, isObject, type JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";

/**
 * The answer to `GET /v1/responses/{id}/input_items`. Rules: OpenAI's API reference, "List input items". Unverified: that the items of
 * the responses before it are not in the list.
 */
export function listInput({ id, request }: StoredAnswer, query: URLSearchParams): JsonObject {
  const body = parseJson(request);
  const all = readItems(isObject(body) ? body["input"] : undefined, id);
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc")
    throw wrong("order", `expected "asc" or "desc", found "${order.slice(0, 40)}"`);
  if (order === "desc") all.reverse();
  const limit = integerIn(1, 100)(Number(query.get("limit") ?? 20), "limit");
  const after = query.get("after");
  const start = after === null ? 0 : all.findIndex((item) => item["id"] === after) + 1;
  if (after !== null && start === 0) throw wrong("after", `no item "${after.slice(0, 100)}" is in this list`);
  const data = all.slice(start, start + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: start + limit < all.length,
  };
}

/** The items of an input in full, with ids that are the same each time. `owner` is what the input belongs to. */
export function readItems(input: unknown, owner: string): JsonObject[] {
  const alone = input === undefined || input === null ? [] : [{ role: "user", content: input }];
  const items: unknown[] = Array.isArray(input) ? input : alone;
  return items.filter(isObject).map((item, index) => readItem(item, `${owner} ${index}`));
}

function readItem(item: JsonObject, place: string): JsonObject {
  const type = typeof item["type"] === "string" ? item["type"] : "message";
  const hash = createHash("sha256").update(place).digest("hex").slice(0, 32);
  const id = typeof item["id"] === "string" ? item["id"] : `${prefixes.get(type) ?? "item"}_${hash}`;
  if (type !== "message") return { status: "completed", ...item, id };
  const { content, role } = item;
  const partType = role === "assistant" ? "output_text" : "input_text";
  const parts = typeof content === "string" ? [{ type: partType, text: content }] : (content ?? []);
  return { ...item, id, type, status: item["status"] ?? "completed", content: parts };
}

const prefixes = new Map([
  ["message", "msg"],
  ["function_call", "fc"],
  ["function_call_output", "fco"],
  ["custom_tool_call", "ctc"],
  ["custom_tool_call_output", "ctco"],
  ["reasoning", "rs"],
]);

function wrong(param: string, problem: string): SahabError {
  return new SahabError("invalid_request", `${param}: ${problem}`, { param });
}
