import { isObject } from "../../dialect/read.ts";

/** A page of a vendor's list of models. */
export interface ModelPage {
  ids: readonly string[];
  /** The parameter that asks for the next page; undefined after the last. */
  next: { name: string; value: string } | undefined;
}

/**
 * Reads the forms in use: `{data: [{id}]}` (OpenAI, and Anthropic, whose pages say `has_more` and `last_id`), `{models: [{name}]}`
 * (Google, whose names begin with `models/`; Cohere), and a plain list (Together). Undefined for anything else.
 */
export function readModelPage(value: unknown): ModelPage | undefined {
  const outer = isObject(value) ? value : {};
  const list = [value, outer["data"], outer["models"]].find((found): found is unknown[] => Array.isArray(found));
  if (!list) return undefined;
  const ids = list.slice(0, pageIdsMax).flatMap((item) => {
    const id = isObject(item) ? (item["id"] ?? item["name"]) : item;
    return typeof id === "string" && id !== "" && id.length <= idCharsMax ? [id.replace(/^models\//, "")] : [];
  });
  return { ids, next: nextOf(outer) };
}

const pageIdsMax = 10_000;
const idCharsMax = 512;

function nextOf(outer: Record<string, unknown>): ModelPage["next"] {
  const { has_more: hasMore, last_id: lastId, nextPageToken: ofGoogle, next_page_token: ofCohere } = outer;
  const [name, value] =
    hasMore === true
      ? ["after_id", lastId]
      : typeof ofGoogle === "string"
        ? ["pageToken", ofGoogle]
        : ["page_token", ofCohere];
  return typeof value === "string" && value !== "" && value.length <= idCharsMax ? { name, value } : undefined;
}

/** Whether a list has a model. Vendors list a dated id for its short name, Ollama `name:latest`. */
export function createModelFinder(listed: Iterable<string>): (model: string) => boolean {
  const names = new Set<string>();
  for (const id of listed) {
    names.add(id);
    names.add(id.replace(dateAtEnd, ""));
  }
  return (model) => {
    const name = model.replace(/^models\//, "");
    return [name, name.replace(/-latest$/, "")].some((one) => names.has(one));
  };
}

const dateAtEnd = /(?:-\d{4}-?\d{2}-?\d{2}|@\d{8}|-latest|:latest)$/;
