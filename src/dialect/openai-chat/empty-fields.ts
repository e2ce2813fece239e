import { asBuffer, type JsonField } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";

/**
 * Fields by which programs say nothing, and which OpenAI and others refuse: a bound of -1, which is none at LM Studio and llama.cpp, and an
 * empty list of tools, with what says how to choose one of them. A tool that must be called stays, for the vendor to judge.
 */
export function findEmptyFields({ body, scan }: OpenedBody): JsonField[] | undefined {
  const { fields } = scan;
  let empty: JsonField[] | undefined;
  for (const name of bounds) {
    const field = fields.get(name);
    if (field?.end === (field?.start ?? 0) + 2 && textOf(body, field) === "-1") (empty ??= []).push(field);
  }
  const tools = fields.get("tools");
  if (tools?.elements !== 0) return empty;
  const choice = fields.get("tool_choice");
  if (choice && !freeChoices.has(textOf(body, choice))) return empty;
  const parallel = fields.get("parallel_tool_calls");
  return [...(empty ?? []), tools, ...(choice ? [choice] : []), ...(parallel ? [parallel] : [])];
}

const bounds = ["max_tokens", "max_completion_tokens"] as const;
const freeChoices: ReadonlySet<string> = new Set(['"auto"', '"none"', "null"]);

function textOf(body: Uint8Array, { start, end }: JsonField): string {
  return asBuffer(body).toString("latin1", start, end);
}
