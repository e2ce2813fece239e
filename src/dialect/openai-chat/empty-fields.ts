import { asBuffer, type JsonField } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";
import { invalidField } from "../read.ts";

/**
 * Fields by which programs say nothing, and which OpenAI and others refuse: nulls, a bound of -1, which is none at LM Studio and llama.cpp,
 * and an empty list of tools, with what says how to choose one of them. Throws `invalid_request` where one of no tools must be
 * called, as where the request is translated: some vendors refuse that, and others answer as if nothing had been said.
 */
export function findEmptyFields({ body, scan }: OpenedBody): JsonField[] | undefined {
  const { fields } = scan;
  let empty: Set<JsonField> | undefined;
  for (const [name, field] of fields)
    if (isNull(body, field) ? nullable.has(name) : isUnbounded(body, name, field)) (empty ??= new Set()).add(field);
  const tools = fields.get("tools");
  if (!tools || (tools.elements !== 0 && !isNull(body, tools))) return empty && [...empty];
  const choice = fields.get("tool_choice");
  const choose = [tools, choice, fields.get("parallel_tool_calls")];
  if (choice && !freeChoices.has(textOf(body, choice))) {
    // There may be functions in the older form, or turns that bring tools.
    if (fields.get("functions")?.elements || bringsTools(body, fields.get("messages"))) return empty && [...empty];
    throw invalidField("tool_choice", "allowed only with tools");
  }
  for (const field of choose) if (field) (empty ??= new Set()).add(field);
  return empty && [...empty];
}

/** Fields of OpenAI's that are the same when they are null and when they are absent. */
const nullable: ReadonlySet<string> = new Set([
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "frequency_penalty",
  "presence_penalty",
  "stop",
  "seed",
  "n",
  "logprobs",
  "top_logprobs",
  "logit_bias",
  "response_format",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
]);
const freeChoices: ReadonlySet<string> = new Set(['"auto"', '"none"', "null"]);

function isNull(body: Uint8Array, { start }: JsonField): boolean {
  return body[start] === 0x6e;
}

function isUnbounded(body: Uint8Array, name: string, field: JsonField): boolean {
  const isBound = name === "max_tokens" || name === "max_completion_tokens";
  return isBound && field.end === field.start + 2 && textOf(body, field) === "-1";
}

function bringsTools(body: Uint8Array, messages: JsonField | undefined): boolean {
  return messages !== undefined && asBuffer(body).subarray(messages.start, messages.end).includes('"tools"');
}

function textOf(body: Uint8Array, { start, end }: JsonField): string {
  return asBuffer(body).toString("latin1", start, end);
}
