import { SahabError } from "../../base/errors.ts";
import { readWindowMs, type BatchTerms } from "../files-form.ts";
import { asObject, asString, invalidField, optional, type JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { readExpiry } from "./uploads.ts";

/** Paths of requests that can be run in a batch. */
const endpoints = ["/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/completions", "/v1/moderations"];
/** OpenAI's bounds. */
const metadataMax = { pairs: 16, keyChars: 64, valueChars: 512 };
/** OpenAI takes `24h` alone; Alibaba Cloud's batches take from a day to 14 days, in hours or days. */
const hourMs = 3_600_000;
const windowMsMax = 14 * 24 * hourMs;

/** What a request for a batch asks for. */
export function readBatch(body: Uint8Array): BatchTerms {
  const parsed = parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
  if (parsed === undefined) throw new SahabError("invalid_json", "The body is not JSON; expected an object");
  const json = asObject(parsed, "body");
  const endpoint = asString(json["endpoint"], "endpoint");
  if (!endpoints.includes(endpoint))
    throw invalidField("endpoint", `expected one of ${endpoints.join(", ")}, found ${show(endpoint)}`);
  const window = asString(json["completion_window"], "completion_window");
  return {
    endpoint,
    inputFile: asString(json["input_file_id"], "input_file_id"),
    window,
    windowMs: readWindow(window),
    metadata: optional(json["metadata"], "metadata", readMetadata) ?? null,
    resultsExpireAfterS: optional(json["output_expires_after"], "output_expires_after", (value, path) =>
      readExpiry(asObject(value, path), path),
    ),
  };
}

function readWindow(text: string): number {
  const ms = readWindowMs(text);
  if (ms !== undefined && ms >= hourMs && ms <= windowMsMax) return ms;
  throw invalidField("completion_window", `expected 24h, or another time from 1h to 14d, found ${show(text)}`);
}

function readMetadata(value: unknown, path: string): Record<string, string> {
  const entries = Object.entries(asObject(value, path) satisfies JsonObject);
  const { pairs, keyChars, valueChars } = metadataMax;
  if (entries.length > pairs) throw invalidField(path, `at most ${pairs} pairs are allowed, found ${entries.length}`);
  return Object.fromEntries(
    entries.map(([key, said]): [string, string] => {
      const place = `${path}.${key.slice(0, keyChars)}`;
      const text = asString(said, place);
      if (key.length > keyChars) throw invalidField(place, `a key of at most ${keyChars} characters is allowed`);
      if (text.length > valueChars) throw invalidField(place, `at most ${valueChars} characters are allowed`);
      return [key, text];
    }),
  );
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
