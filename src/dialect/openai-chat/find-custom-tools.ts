import { asBuffer } from "../json-scan.ts";
import type { OpenedBody } from "../open-body.ts";
import { isObject, type JsonObject } from "../read.ts";
import { ToolNames } from "../tool-aliases.ts";
import { parseJson } from "../vendor-error.ts";

/** The client's tools that take a free text; undefined where it has none, which a native search mostly shows. */
export function findCustomTools({ body, scan }: OpenedBody): ToolNames | undefined {
  const field = scan.fields.get("tools");
  if (!field?.elements) return undefined;
  const bytes = asBuffer(body).subarray(field.start, field.end);
  return marks.some((mark) => bytes.includes(mark)) ? namesOf(parseJson(bytes.toString("utf8"))) : undefined;
}

/** How the type of such a tool may be written in JSON. */
const marks = ['"custom"', "\\u00"].map((mark) => Buffer.from(mark));

/**
 * A parsed request in which no custom tool has the name of a function, since both become functions elsewhere. Mostly it is the same
 * object.
 */
export function tellCustomToolsApart(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { tools, messages, tool_choice: choice } = body;
  const names = namesOf(tools);
  if (!names) return body;
  const rename = (item: unknown): unknown => {
    const custom = customOf(item);
    const name = custom?.["name"];
    if (typeof name !== "string") return item;
    return { ...(item as JsonObject), custom: { ...custom, name: names.flat(name, undefined, true) } };
  };
  const renamed = (list: unknown): unknown => (Array.isArray(list) ? list.map(rename) : list);
  const allowed = isObject(choice) ? choice["allowed_tools"] : undefined;
  return {
    ...body,
    tools: renamed(tools),
    messages: Array.isArray(messages)
      ? messages.map((turn: unknown) =>
          isObject(turn) && turn["tool_calls"] ? { ...turn, tool_calls: renamed(turn["tool_calls"]) } : turn,
        )
      : messages,
    ...(choice !== undefined && {
      tool_choice:
        isObject(choice) && isObject(allowed)
          ? { ...choice, allowed_tools: { ...allowed, tools: renamed(allowed["tools"]) } }
          : rename(choice),
    }),
  };
}

/** Undefined where no tool is a custom one. */
function namesOf(tools: unknown): ToolNames | undefined {
  if (!Array.isArray(tools) || !tools.some((tool) => customOf(tool))) return undefined;
  const described = (tool: unknown) => {
    const custom = customOf(tool);
    if (custom) return { type: "custom", name: custom["name"] };
    const known = isObject(tool) ? tool["function"] : undefined;
    return { type: "function", name: isObject(known) ? known["name"] : undefined };
  };
  return new ToolNames(tools.map(described));
}

function customOf(item: unknown): JsonObject | undefined {
  return isObject(item) && item["type"] === "custom" && isObject(item["custom"]) ? item["custom"] : undefined;
}
