import { asBuffer } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";
import { parseJson } from "../vendor-error.ts";

/**
 * The request's parameters as a response repeats them, as fields of JSON with a comma behind each. Absent ones are said by
 * OpenAI's defaults, since SDKs expect the fields. They are the client's own bytes: nothing is parsed.
 */
export function echoRequest({ body, scan }: OpenedBody): string {
  let fields = "";
  for (const { name, before, absent } of echoed) {
    const field = scan.fields.get(name);
    const isGiven = field && field.end - field.start <= echoedBytesMax && body[field.start] !== nullStart;
    if (isGiven) fields += `${before}${onOneLine(asBuffer(body).toString("utf8", field.start, field.end))},`;
    else fields += absent;
  }
  return fields;
}

/** A stream repeats them three times. Agents' tools have up to some 100 KB. */
const echoedBytesMax = 128 * 1024;

const echoed = (
  [
    ["instructions", "null"],
    ["max_output_tokens", "null"],
    ["max_tool_calls", "null"],
    ["metadata", "{}"],
    ["parallel_tool_calls", "true"],
    ["prompt_cache_key", "null"],
    ["reasoning", '{"effort":null,"summary":null}'],
    ["safety_identifier", "null"],
    ["temperature", "null"],
    ["text", '{"format":{"type":"text"}}'],
    ["tool_choice", '"auto"'],
    ["tools", "[]"],
    ["top_logprobs", "0"],
    ["top_p", "null"],
    ["truncation", '"disabled"'],
    ["user", "null"],
  ] as const
).map(([name, absent]) => ({ name, before: `"${name}":`, absent: `"${name}":${absent},` }));

/** The first letter of `null`. */
const nullStart = 0x6e;

/** The data of an event is one line. */
function onOneLine(json: string): string {
  return /[\r\n]/.test(json) ? (JSON.stringify(parseJson(json)) ?? "null") : json;
}
