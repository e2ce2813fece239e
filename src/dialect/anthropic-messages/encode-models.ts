import { SahabError } from "../../base/errors.ts";
import type { ListedModel } from "../dialect.ts";
import type { JsonObject } from "../read.ts";

/** All on one page unless the query asks for pages. Rules: "List Models" in Anthropic's API reference. Throws `invalid_request`. */
export function encodeModelList(models: readonly ListedModel[], query = ""): JsonObject {
  const { page, hasMore } =
    query === "" ? { page: models, hasMore: false } : findPage(models, new URLSearchParams(query));
  return {
    data: page.map(encodeModel),
    has_more: hasMore,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

/** `hasMore`: in the direction that was asked for. */
function findPage(
  models: readonly ListedModel[],
  query: URLSearchParams,
): { page: readonly ListedModel[]; hasMore: boolean } {
  const limit = readLimit(query.get("limit")) ?? models.length;
  const after = query.get("after_id");
  const before = query.get("before_id");
  if (after !== null && before !== null) throw invalid("before_id", "allowed only without after_id");
  if (before !== null) {
    const end = placeOf(models, "before_id", before);
    return { page: models.slice(Math.max(0, end - limit), end), hasMore: end > limit };
  }
  const start = after === null ? 0 : placeOf(models, "after_id", after) + 1;
  return { page: models.slice(start, start + limit), hasMore: start + limit < models.length };
}

const limitMax = 1000;

function readLimit(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= limitMax) return Number(text);
  throw invalid("limit", `expected a whole number from 1 to ${limitMax}, found "${text.slice(0, 40)}"`);
}

function placeOf(models: readonly ListedModel[], name: string, id: string): number {
  const place = models.findIndex((model) => model.id === id);
  if (place !== -1) return place;
  throw invalid(name, `expected the id of a model in the list, found "${id.slice(0, 100)}"`);
}

function invalid(param: string, problem: string): SahabError {
  return new SahabError("invalid_request", `${param}: ${problem}`, { param });
}

export function encodeModel(model: ListedModel): JsonObject {
  const { id, createdS, title = id, contextTokens, inputTokensMax = contextTokens, outputTokensMax } = model;
  return {
    type: "model",
    id,
    display_name: title,
    created_at: new Date(createdS * 1000).toISOString(),
    ...(inputTokensMax !== undefined && { max_input_tokens: inputTokensMax }),
    ...(outputTokensMax !== undefined && { max_tokens: outputTokensMax }),
  };
}
