import type { ToolDefinition } from "../../call/index.ts";
import type { Turn } from "./history.ts";

/** A turn with its calls, or with the result of one, in the tags that most models know, and that the engine reads in answers. */
export function callsAsText(turn: Turn): Turn {
  if (turn.role === "tool") return { role: "user", content: `<tool_response>\n${turn.content}\n</tool_response>` };
  if (!turn.calls) return turn;
  const { calls, content, ...rest } = turn;
  const written = calls.map(
    (call) => `<tool_call>\n{"name": ${JSON.stringify(call.name)}, "arguments": ${call.arguments}}\n</tool_call>`,
  );
  return { ...rest, content: [content, ...written].filter((text) => text !== "").join("\n") };
}

/** What tools there are, and how to call them, for templates that have no place for it. */
export function toolsAsText(tools: readonly ToolDefinition[]): string {
  const described = tools.map(({ name, description, parameters, parametersJson }) => {
    const about = description === undefined ? "" : `, "description": ${JSON.stringify(description)}`;
    const schema = parametersJson ?? JSON.stringify(parameters ?? { type: "object", properties: {} });
    return `{"type": "function", "function": {"name": ${JSON.stringify(name)}${about}, "parameters": ${schema}}}`;
  });
  return `# Tools

You may call one or more of these functions:
<tools>
${described.join("\n")}
</tools>

To call one, write a JSON object with its name and arguments within <tool_call></tool_call> tags:
<tool_call>
{"name": <name of the function>, "arguments": <object of arguments>}
</tool_call>`;
}
