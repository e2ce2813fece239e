import { limits } from "../../base/limits.ts";
import type { ChatRequest, HostedTool, ToolChoice, ToolDefinition } from "../../call/index.ts";
import { customParameters, grammarOf } from "../custom-tools.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  invalidField,
  isObject,
  type JsonObject,
  optional,
  otherFields,
} from "../read.ts";
import type { ToolNames } from "../tool-aliases.ts";

interface DecodedTools {
  tools: ToolDefinition[];
  hostedTools: HostedTool[];
}

/**
 * Reads `tools`. Custom tools and those in namespaces become functions (tool-aliases.ts); tools of other types than these are hosted:
 * only the client's own vendor can have them.
 */
export function decodeTools(value: unknown, names: ToolNames): DecodedTools {
  const tools: ToolDefinition[] = [];
  const hostedTools: HostedTool[] = [];
  for (const [index, item] of (optional(value, "tools", asTools) ?? []).entries()) {
    const path = `tools[${index}]`;
    const fields = asObject(item, path);
    const type = asString(fields["type"], `${path}.type`);
    if (type === "namespace") tools.push(...decodeNamespace(fields, path, names));
    else if (type === "function" || type === "custom") tools.push(decodeTool(fields, path, names));
    else hostedTools.push({ index, type, value: fields });
  }
  if (tools.length > limits.toolsMax)
    throw invalidField("tools", `at most ${limits.toolsMax} are allowed, found ${tools.length}`);
  return { tools, hostedTools };
}

function asTools(value: unknown, path: string): unknown[] {
  return asArray(value, path, limits.toolsMax);
}

/** What the namespace says of its tools is said by the first of them. */
function decodeNamespace(fields: JsonObject, path: string, names: ToolNames): ToolDefinition[] {
  const namespace = asString(fields["name"], `${path}.name`);
  const description = optional(fields["description"], `${path}.description`, asString) ?? "";
  const list = asArray(fields["tools"], `${path}.tools`, limits.toolsMax);
  const tools = list.map((tool, index) => {
    const at = `${path}.tools[${index}]`;
    return decodeTool(asObject(tool, at), at, names, namespace);
  });
  const [first] = tools;
  if (first && description !== "") {
    const ofAll = `All tools of ${namespace}: ${description}`;
    first.description = first.description === undefined ? ofAll : `${first.description}\n\n${ofAll}`;
  }
  return tools;
}

const toolFields = new Set(["type", "name", "description", "parameters", "strict"]);

const customFields = new Set(["type", "name", "description", "format"]);

function decodeTool(fields: JsonObject, path: string, names: ToolNames, namespace?: string): ToolDefinition {
  const isCustom = fields["type"] === "custom";
  const name = asString(fields["name"], `${path}.name`);
  if (name.length === 0 || name.length > 256)
    throw invalidField(`${path}.name`, `expected 1 to 256 characters, found ${name.length}`);
  const description = optional(fields["description"], `${path}.description`, asString);
  const grammar = isCustom ? grammarOf(fields["format"]) : undefined;
  const strict = isCustom ? undefined : optional(fields["strict"], `${path}.strict`, asBoolean);
  const parameters = isCustom
    ? customParameters(grammar)
    : optional(fields["parameters"], `${path}.parameters`, strict === true ? asObject : asSchema);
  const extensions = otherFields(fields, isCustom ? customFields : toolFields);
  return {
    name: names.flat(name, namespace, isCustom),
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
    ...((extensions || grammar) && {
      // It binds nobody there, which is named.
      extensions: { ...extensions, ...(grammar && { format: grammar["type"] ?? "unknown" }) },
    }),
  };
}

/** A schema that is no object allows any arguments: only strict tools are refused for it. */
function asSchema(value: unknown): JsonObject {
  return isObject(value) ? value : { type: "object" };
}

export function decodeToolChoice(value: unknown, { tools, hostedTools }: DecodedTools, names: ToolNames): ToolChoice {
  const path = "tool_choice";
  const said = value ?? "auto";
  const hasTools = tools.length + hostedTools.length > 0;
  if (said === "auto" || (said === "none" && !hasTools)) return { type: "auto" };
  if (said === "none") return { type: "none" };
  if (said === "required" || isObject(said)) {
    if (!hasTools) throw invalidField(path, "allowed only with tools");
    if (said === "required") return { type: "required" };
    const type = asString(said["type"], `${path}.type`);
    if (type === "allowed_tools") return said["mode"] === "required" ? { type: "required" } : { type: "auto" };
    // A hosted tool is forced by its type.
    const name = type === "function" || type === "custom" ? nameOf(said, path, names) : type;
    const isThere = tools.some((tool) => tool.name === name) || hostedTools.some((hosted) => hosted.type === name);
    if (!isThere) throw invalidField(path, `no tool is named "${name.slice(0, 100)}"`);
    return { type: "tool", name };
  }
  throw invalidField(
    path,
    `expected "auto", "none", "required" or a tool, found ${JSON.stringify(said)?.slice(0, 60)}`,
  );
}

function nameOf(fields: JsonObject, path: string, names: ToolNames): string {
  const namespace = optional(fields["namespace"], `${path}.namespace`, asString);
  return names.flat(asString(fields["name"], `${path}.name`), namespace, fields["type"] === "custom");
}

/** Leaves the tools of `allowed_tools`, where the choice is among these: nobody else has a choice of that kind. */
export function keepAllowed(request: ChatRequest, choice: unknown, names: ToolNames): void {
  if (!isObject(choice) || choice["type"] !== "allowed_tools") return;
  const list = asArray(choice["tools"], "tool_choice.tools", limits.toolsMax);
  const allowed = new Set(
    list.map((tool, index) => {
      const path = `tool_choice.tools[${index}]`;
      const fields = asObject(tool, path);
      return fields["name"] === undefined ? asString(fields["type"], `${path}.type`) : nameOf(fields, path, names);
    }),
  );
  request.tools = request.tools.filter(({ name }) => allowed.has(name));
  request.hostedTools = request.hostedTools.filter(({ type }) => allowed.has(type));
}
