import { endless, startOf, writeScriptedModel } from "../../gguf/scripted-model.ts";
import type { Feature } from "../features.ts";
import type { Said } from "../said.ts";

/**
 * Writes a model that says what the scripts of the features say, in a model's own form: which answer it is, the prompt's template says. A
 * second turn is answered as such only where the model is shown what it thought.
 */
export function writeFeatureModel(path: string, features: readonly Feature[]): void {
  const answersOf = (name: string) => features.find((feature) => feature.name === name)?.script.answers ?? [];
  const [thinks, text] = answersOf("reasoning with tools over two turns");
  const [parallel] = answersOf("parallel tools in a stream");
  const [reasons] = answersOf("reasoning");
  if (!thinks || !text || !parallel || !reasons) throw new Error("a feature has no answer");
  const scripts = {
    thinks: writtenBy(thinks),
    reasons: writtenBy(reasons),
    parallel: writtenBy(parallel),
    after: writtenBy(text),
    forgetful: "I do not know why I called.",
    [endless]: "On and on and so on. ",
  };
  writeScriptedModel(path, scripts, template);
}

function writtenBy({ reasoning, text, calls }: Said): string {
  const blocks = calls.map(
    ({ name, arguments: args }) => `<tool_call>${JSON.stringify({ name, arguments: args })}</tool_call>`,
  );
  return (reasoning === "" ? "" : `<think>${reasoning}</think>`) + text + blocks.join("");
}

/** Shows all that there is of a history, and then begins the script that answers it. */
const template = `{%- set ns = namespace(thought=false, called=false) %}
{%- for tool in tools or [] %}{{- tool | tojson }}{%- endfor %}
{%- for message in messages %}
{{- message.role + (message.content or '') }}
{%- if message.reasoning_content %}{%- set ns.thought = true %}{{- '<think>' + message.reasoning_content + '</think>' }}{%- endif %}
{%- for call in message.tool_calls or [] %}{{- call | tojson }}{%- endfor %}
{%- endfor %}
{%- if messages[-1].role == 'tool' %}{{- '${startOf("after")}' if ns.thought or not enable_thinking else '${startOf("forgetful")}' }}
{%- elif tools and enable_thinking %}{{- '${startOf("thinks")}' }}
{%- elif tools %}{{- '${startOf("parallel")}' }}
{%- elif enable_thinking %}{{- '${startOf("reasons")}' }}
{%- elif messages[-1].content is string and messages[-1].content.startswith('On') %}{{- '${startOf(endless)}' }}
{%- else %}{{- '${startOf("after")}' }}{%- endif %}`;
