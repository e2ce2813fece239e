import type { ToolDefinition } from "../../call/index.ts";
import { compileTemplate, type CompiledTemplate } from "./compile.ts";
import type { History, Mending, Turn } from "./history.ts";
import { mendings } from "./mend-history.ts";
import { readJson } from "./read-json.ts";
import { type GivenBound, recount, RenderTooLarge, renderStepsMax, withinSteps } from "./render-cost.ts";
import { none, text, toValue, withWritten, isDict, type Value } from "./values.ts";

export interface ChatTemplate {
  readonly source: string;
  /** Filters and tests of the template that do not exist here. */
  readonly unknownNames: readonly string[];
  /** Renders the history, or its first mending that the template takes. Throws what the template said of the history as it needs it. */
  render(history: History, options: RenderOptions): RenderedPrompt;
}

export interface RenderedPrompt {
  text: string;
  /** Whether the template refused the history before it was mended. */
  isMended: boolean;
}

export interface RenderOptions {
  /** Changes that the template always needs. */
  always: readonly Mending[];
  /** Other variables, by name. */
  variables: Readonly<Record<string, unknown>>;
  /** Guards each text of the caller. */
  protect: (text: string) => string;
  /** False where the last turn is the assistant's, which goes on; true by default. */
  asksForAnswer?: boolean;
  stepsMax?: number;
  /** How much the history, and the variables, may be. */
  given?: GivenBound | undefined;
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
    render: (history, options) =>
      withinSteps(
        options.stepsMax ?? renderStepsMax,
        () => renderFirst(template, tokens, history, options),
        options.given,
      ),
  };
}

function renderFirst(
  template: CompiledTemplate,
  tokens: TemplateTokens,
  history: History,
  { always, variables, protect, asksForAnswer = true }: RenderOptions,
): RenderedPrompt {
  const given = new Map<string, Value>([["documents", none]]);
  for (const [name, value] of Object.entries(variables)) given.set(protect(name), toValue(value, protect));
  given.set("add_generation_prompt", toValue(asksForAnswer, protect));
  given.set("bos_token", text(tokens.begin));
  given.set("eos_token", text(tokens.end));
  // As Hugging Face's renderer does, what is not given is None and not undefined.
  const noTools = given.get("tools") ?? none;
  let refusal: unknown;
  let isMended = false;
  for (const mended of mendings(history, always)) {
    recount();
    const turns = mended.turns.map((turn) => turnData(turn, mended, protect));
    given.set("messages", toValue(turns, protect));
    const tools = mended.tools.map((tool) => toolData(tool, protect));
    given.set("tools", tools.length > 0 ? toValue(tools, protect) : noTools);
    try {
      return { text: template.render(given), isMended };
    } catch (thrown) {
      // What is mended takes as long.
      if (thrown instanceof RenderTooLarge) throw thrown;
      refusal ??= thrown;
      isMended = true;
    }
  }
  throw refusal;
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

function toolData(tool: ToolDefinition, protect: (text: string) => string): object {
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      parameters:
        (tool.parametersJson !== undefined && readJson(tool.parametersJson, protect)) ||
        (tool.parameters ?? { type: "object", properties: {} }),
    },
  };
}
