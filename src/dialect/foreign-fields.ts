import { SahabError } from "../base/errors.ts";
import type { ChatRequest } from "../call/index.ts";

/** Refuses fields of other vendors, without which it would be another answer: media, and what binds its form. `api` is what errors call the dialect. */
export function refuseForeign({ extensions }: ChatRequest, api: string): void {
  const { modalities } = extensions;
  const hasMedia = Array.isArray(modalities) && modalities.some((modality) => modality !== "text");
  const found = hasMedia
    ? "modalities"
    : formFields.find((name) => extensions[name] !== undefined && extensions[name] !== null);
  if (found === undefined) return;
  throw new SahabError("unsupported_parameter", `${found}: models of ${api} do not have it`, { param: found });
}

/** Fields of vLLM and llama.cpp that bind the form of the answer. */
const formFields = [
  "guided_json",
  "guided_regex",
  "guided_choice",
  "guided_grammar",
  "structured_outputs",
  "grammar",
  "json_schema",
];
