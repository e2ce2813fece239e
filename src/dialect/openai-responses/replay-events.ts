import type { StoredStatus } from "../dialect.ts";
import { isObject, type JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { writeEvent } from "./encode-events.ts";

interface ReplayOptions {
  /** Number of the last event that the client has. */
  startingAfter: number;
  /** JSON of the response with status `in_progress`. */
  begun: string;
  /** JSON of the response with status `queued`; undefined where it was never queued. */
  queued: string | undefined;
}

/**
 * A kept response as a stream of events; each text is one delta. `response` is its JSON. For a response that is not complete yet
 * the events are the first ones of the whole stream.
 */
export function replayEvents(status: StoredStatus, response: string, options: ReplayOptions): string {
  const { startingAfter, begun, queued } = options;
  const events: string[] = [];
  const add = (type: string, fields: string) => events.push(writeEvent(type, events.length, fields));
  const addFields = (type: string, fields: JsonObject) => add(type, JSON.stringify(fields).slice(1, -1));
  add("response.created", `"response":${queued ?? begun}`);
  if (queued !== undefined) add("response.queued", `"response":${queued}`);
  if (status !== "queued") add("response.in_progress", `"response":${begun}`);
  if (status !== "queued" && status !== "in_progress") {
    const json = parseJson(response);
    const output: unknown = isObject(json) ? json["output"] : undefined;
    if (Array.isArray(output))
      for (const [place, item] of output.entries()) if (isObject(item)) addItem(item, place, addFields);
    // Unverified: that a cancelled response ends with `response.failed`; its own status says that it was cancelled.
    add(`response.${status === "cancelled" ? "failed" : status}`, `"response":${onOneLine(response)}`);
  }
  return events.slice(Math.max(0, startingAfter + 1)).join("");
}

/** An event's data must be one line. Line ends inside strings are escaped in JSON, so only those between values are replaced. */
function onOneLine(json: string): string {
  return json.replace(/[\r\n]+/g, " ");
}

type Add = (type: string, fields: JsonObject) => void;

function addItem(item: JsonObject, place: number, add: Add): void {
  const at = { item_id: item["id"], output_index: place };
  add("response.output_item.added", { output_index: place, item: { ...item, ...begin(item) } });
  for (const [index, part] of partsOf(item["content"]).entries()) {
    if (item["type"] !== "message") break;
    const inside = { ...at, content_index: index };
    const name = part["type"] === "refusal" ? "refusal" : "text";
    const said = typeof part[name] === "string" ? part[name] : "";
    const proof = name === "text" ? { logprobs: part["logprobs"] ?? [] } : {};
    const event = name === "text" ? "response.output_text" : "response.refusal";
    add("response.content_part.added", {
      ...inside,
      part: { ...part, [name]: "", ...(name === "text" && { annotations: [], logprobs: [] }) },
    });
    if (said !== "") add(`${event}.delta`, { ...inside, delta: said, ...proof });
    add(`${event}.done`, { ...inside, [name]: said, ...proof });
    add("response.content_part.done", { ...inside, part });
  }
  for (const [index, part] of partsOf(item["summary"]).entries()) {
    if (item["type"] !== "reasoning") break;
    const inside = { ...at, summary_index: index };
    const { text } = part;
    add("response.reasoning_summary_part.added", { ...inside, part: { ...part, text: "" } });
    add("response.reasoning_summary_text.delta", { ...inside, delta: text });
    add("response.reasoning_summary_text.done", { ...inside, text });
    add("response.reasoning_summary_part.done", { ...inside, part });
  }
  for (const [index, part] of partsOf(item["content"]).entries()) {
    if (item["type"] !== "reasoning") break;
    const inside = { ...at, content_index: index };
    const { text } = part;
    add("response.content_part.added", { ...inside, part: { ...part, text: "" } });
    add("response.reasoning_text.delta", { ...inside, delta: text });
    add("response.reasoning_text.done", { ...inside, text });
    add("response.content_part.done", { ...inside, part });
  }
  if (item["type"] === "function_call") {
    const { name, arguments: json } = item;
    add("response.function_call_arguments.delta", { ...at, delta: json });
    add("response.function_call_arguments.done", { ...at, name, arguments: json });
  }
  if (item["type"] === "custom_tool_call") {
    const { input } = item;
    add("response.custom_tool_call_input.delta", { ...at, delta: input });
    add("response.custom_tool_call_input.done", { ...at, input });
  }
  add("response.output_item.done", { output_index: place, item });
}

/** The fields of an item that differ in its `added` event. */
function begin({ type }: JsonObject): JsonObject {
  const state = { status: "in_progress" };
  if (type === "message") return { ...state, content: [] };
  if (type === "reasoning") return { summary: [], content: [] };
  if (type === "function_call") return { ...state, arguments: "" };
  return type === "custom_tool_call" ? { ...state, input: "" } : {};
}

function partsOf(list: unknown): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
