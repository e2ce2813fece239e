import type { RerankRequest } from "../../call/index.ts";
import { asBuffer, skipSpace } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";
import { isObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";

/** The answer goes on after a text that the client gives: its last message has `prefix: true` (DeepSeek), or there is a `suffix`. */
export const continuationVariant = "continuation";
/** The prompt is kept by the vendor as a context, which the request names (Ark). */
const contextVariant = "context";
/** Such a context is made. */
export const contextCreationVariant = "context-creation";

/** Of a rerank: it asks for what Cohere's first version has and its second does not. */
export const olderRerankVariant = "older-rerank";

const contextPaths: ReadonlyMap<string, string> = new Map([
  [contextVariant, "/context/chat/completions"],
  [contextCreationVariant, "/context/create"],
]);

/** Where a context is asked or made, below a base address; undefined for other variants. */
export function contextPath(variant: string | undefined): string | undefined {
  return variant === undefined ? undefined : contextPaths.get(variant);
}

/** Which of the two a client's path is for. */
export function contextVariantOf(path: string): string | undefined {
  if (!path.includes("/context/")) return undefined;
  return path.endsWith("/create") ? contextCreationVariant : contextVariant;
}

/** Whether a request is a continuation. Most have neither word, which a native search shows. */
export function isContinuation({ body, scan }: OpenedBody): boolean {
  const suffix = scan.fields.get("suffix");
  if (suffix && scan.fields.has("prompt") && body[suffix.start] === quote) return true;
  const messages = scan.fields.get("messages");
  if (!messages) return false;
  const at = asBuffer(body).indexOf(prefixKey, messages.start);
  if (at === -1 || at >= messages.end) return false;
  const list = parseJson(asBuffer(body).toString("utf8", messages.start, messages.end));
  const last: unknown = Array.isArray(list) ? list.at(-1) : undefined;
  return isObject(last) && last["prefix"] === true;
}

/**
 * Whether a rerank needs Cohere's first version: the second takes texts alone, and never repeats them
 * (https://docs.cohere.com/docs/migrating-v1-to-v2).
 */
export function asksForOlderRerank({ body, scan: { fields } }: OpenedBody): boolean {
  const documents = fields.get("documents");
  return (
    olderRerankFields.some((name) => fields.has(name)) ||
    (documents?.elements !== undefined && body[skipSpace(body, documents.start + 1)] === openBrace)
  );
}

/** The same of a decoded request. */
export function isOlderRerank({ returnDocuments, documents }: RerankRequest): boolean {
  return returnDocuments !== undefined || typeof documents[0] !== "string";
}

const olderRerankFields = ["return_documents", "rank_fields", "max_chunks_per_doc"];

const openBrace = 0x7b;
const quote = 0x22;
const prefixKey = Buffer.from('"prefix"');
