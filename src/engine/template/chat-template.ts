import type { ToolDefinition } from "../../call/index.ts";
import { compileTemplate } from "./compile.ts";
import type { History, Turn } from "./history.ts";
import { mendings } from "./mend-history.ts";
import { readJson } from "./read-json.ts";
import { none, text, toValue, withWritten, isDict, type Value } from "./values.ts";

export interface ChatTemplate {
  readonly source: string;
  /** Filters and tests of the template that do not exist here. */
  readonly unknownNames: readonly string[];
  /** Renders the history, or its first mending that the template takes. Throws what the template said of the history itself. */
  render(history: History, options: RenderOptions): RenderedPrompt;
}

export interface RenderedPrompt {
  text: string;
  /** As it was taken. */
  history: History;
}

export interface RenderOptions {
  tools: readonly ToolDefinition[];
  /** Other variables, by name. */
  variables: Readonly<Record<string, unknown>>;
  /** Guards each text of the caller. */
  protect: (text: string) => string;
}

/** How the model spells its begin and end. */
export interface TemplateTokens {
  begin: string;
  end: string;
}

/** For models whose file has no template. */
const plainTemplate = `{%- for message in messages %}{{- message.role + ': ' + message.content + '\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- 'assistant: ' }}{%- endif %}`;

/** Compiles a model's template. Throws a SyntaxError where it can't be read. */
export function openChatTemplate(source: string | undefined, tokens: TemplateTokens): ChatTemplate {
  const template = compileTemplate(source ?? plainTemplate);
  return {
    source: source ?? plainTemplate,
    unknownNames: template.unknownNames,
    render(history, { tools, variables, protect }) {
      // As Hugging Face's renderer does, what is not given is None and not undefined.
      const given = new Map<string, Value>([
        ["tools", none],
        ["documents", none],
      ]);
      for (const [name, value] of Object.entries(variables)) given.set(protect(name), toValue(value, protect));
      given.set("add_generation_prompt", toValue(true, protect));
      given.set("bos_token", text(tokens.begin));
      given.set("eos_token", text(tokens.end));
      let refusal: unknown;
      const isDescribed = tools.every(({ description }) => description !== undefined);
      for (const mended of mendings(isDescribed ? history : { ...history, describesTools: false })) {
        const turns = mended.turns.map((turn) => turnData(turn, mended, protect));
        given.set("messages", toValue(turns, protect));
        if (tools.length > 0) {
          const described = tools.map((tool) => toolData(tool, mended, protect));
          given.set("tools", toValue(described, protect));
        }
        try {
          return { text: template.render(given), history: mended };
        } catch (thrown) {
          refusal ??= thrown;
        }
      }
      throw refusal;
    },
  };
}

function turnData(turn: Turn, history: History, protect: (text: string) => string): object {
  const { role, content, name, toolCallId, reasoning, calls } = turn;
  return {
    role,
    content: history.contentAs === "text" ? content : [{ type: "text", text: content }],
    ...(name !== undefined && { name }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(calls && {
      tool_calls: calls.map((call) => ({
        id: call.id,
        type: "function",
        function: {
          name: call.name,
          arguments: history.argumentsAs === "text" ? call.arguments : readArguments(call.arguments, protect),
        },
      })),
    }),
  };
}

/** Templates write arguments with `tojson` or item by item, so they need the object. One that prints it whole gets the JSON. */
function readArguments(json: string, protect: (text: string) => string): Value | string {
  const value = readJson(json, protect);
  if (!value) return json;
  return isDict(value) ? withWritten(value, protect(json)) : value;
}

function toolData(tool: ToolDefinition, history: History, protect: (text: string) => string): object {
  const description = tool.description ?? (history.describesTools === true ? "" : undefined);
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(description !== undefined && { description }),
      parameters:
        (tool.parametersJson !== undefined && readJson(tool.parametersJson, protect)) ||
        (tool.parameters ?? { type: "object", properties: {} }),
    },
  };
}
