import { describe, expect, test } from "bun:test";
import { chooseRules, readOutput, type CallableTools, type OutputPart } from "./index.ts";
import { joinParts } from "../../../testing/join-parts.ts";

/**
 * What each family writes, in the form of its chat template: the excerpt is what chooses the rules. Outputs are those of the
 * families' own documents, and variations of them. All are read whole, and cut at every byte.
 */
interface Written {
  text: string;
  parts: OutputPart[];
  startsInReasoning?: boolean;
  isCut?: boolean;
}

interface FamilyCase {
  family: string;
  template: string;
  outputs: Record<string, Written>;
}

const tools: CallableTools = new Map<string, unknown>([
  [
    "get_weather",
    {
      type: "object",
      properties: {
        city: { type: "string" },
        days: { type: "integer" },
        options: { type: "object" },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
        exact: { $ref: "#/$defs/flag" },
      },
      $defs: { flag: { type: "boolean" } },
    },
  ],
  ["now", { type: "object", properties: {} }],
]);

const say = (text: string): OutputPart => ({ type: "text", text });
const think = (text: string): OutputPart => ({ type: "reasoning", text });
const call = (json: string, name = "get_weather"): OutputPart => ({ type: "tool-call", name, arguments: json });

const cases: FamilyCase[] = [
  {
    family: "hermes",
    template: `For each function call, return a json object within <tool_call></tool_call> XML tags: {{- '<think>\\n' }}`,
    outputs: {
      "thought, text, and calls at once": {
        text: '<think>\nHm, 東京.\n</think>\n\nLet me see.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "東京"}}\n</tool_call>\n<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
        parts: [think("Hm, 東京.\n"), say("Let me see.\n"), call('{"city": "東京"}'), call("{}", "now")],
      },
      "closing tags in a string": {
        text: '<tool_call>{"name": "get_weather", "arguments": {"city": "</tool_call>\\"<tool_call>", "options": {"a": [{"b": "}"}]}}}</tool_call>ok',
        parts: [call('{"city": "</tool_call>\\"<tool_call>", "options": {"a": [{"b": "}"}]}}'), say("ok")],
      },
      "a tool that was not offered": {
        text: 'So <tool_call>{"name": "rm", "arguments": {}}</tool_call> 😀',
        parts: [say('So <tool_call>{"name": "rm", "arguments": {}}</tool_call> 😀')],
      },
      "a brace too few": {
        text: '<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo"}</tool_call> <b>',
        parts: [say('<tool_call>{"name": "get_weather", "arguments": {"city": "Oslo"}</tool_call> <b>')],
      },
      "a cut call": {
        text: '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Os',
        isCut: true,
        parts: [call('{"city": "Os')],
      },
    },
  },
  {
    family: "qwen-coder",
    template: `<tool_call>\\n<function=example_function_name>\\n<parameter=example_parameter_1>\\nvalue_1\\n</parameter>`,
    outputs: {
      "types by schema": {
        text: 'Sure.\n<tool_call>\n<function=get_weather>\n<parameter=city>\n42\n</parameter>\n<parameter=days>\n3\n</parameter>\n<parameter=options>\n{"deep": [1, {"x": null}]}\n</parameter>\n<parameter=note>\nnull\n</parameter>\n<parameter=exact>\nTrue\n</parameter>\n</function>\n</tool_call>',
        parts: [
          say("Sure.\n"),
          call('{"city": "42", "days": 3, "options": {"deep": [1, {"x": null}]}, "note": null, "exact": true}'),
        ],
      },
      "a file with tags, and lines of its own": {
        text: "<tool_call>\n<function=get_weather>\n<parameter=city>\n<p>\n</parameter> </tool_call </b>\n  ü\n\n</parameter>\n</function>\n</tool_call>",
        parts: [call(JSON.stringify({ city: "<p>\n</parameter> </tool_call </b>\n  ü\n" }).replace('":', '": '))],
      },
      "no opening tag, and a second call": {
        text: "<function=now>\n</function>\n</tool_call>\n<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>",
        parts: [call("{}", "now"), call('{"city": "Oslo"}')],
      },
      "a tool that was not offered": {
        text: "<tool_call>\n<function=rm>\n<parameter=path>\n/\n</parameter>\n</function>\n</tool_call>",
        parts: [say("<tool_call>\n<function=rm>\n<parameter=path>\n/\n</parameter>\n</function>\n</tool_call>")],
      },
      "no closing tags": {
        text: "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>",
        parts: [call('{"city": "Oslo"}')],
      },
      "a cut call": {
        text: "<tool_call>\n<function=get_weather>\n<parameter=days>\n3\n</parameter>\n<parameter=city>\nOs\nlo",
        isCut: true,
        parts: [call('{"days": 3, "city": "Os\\nlo')],
      },
    },
  },
  {
    family: "glm",
    template: `<tool_call>{function-name}\\n<arg_key>{arg-key-1}</arg_key>\\n<arg_value>{arg-value-1}</arg_value> {{- '<think></think>' }}`,
    outputs: {
      "thought and calls at once": {
        text: "<think>Ask.</think>\n<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>12</arg_value>\n<arg_key>days</arg_key>\n<arg_value>2</arg_value>\n</tool_call>\n<tool_call>now</tool_call>",
        parts: [think("Ask."), call('{"city": "12", "days": 2}'), call("{}", "now")],
      },
      "one line, and tags in the value": {
        text: "Yes.<tool_call>get_weather<arg_key>city</arg_key><arg_value>a</tool_call></arg_value>é</arg_value><arg_key>options</arg_key><arg_value>{}</arg_value></tool_call>",
        parts: [say("Yes."), call('{"city": "a</tool_call></arg_value>é", "options": {}}')],
      },
      "a tool that was not offered": {
        text: "<tool_call>rm\n<arg_key>p</arg_key>\n<arg_value>/</arg_value>\n</tool_call>",
        parts: [say("<tool_call>rm\n<arg_key>p</arg_key>\n<arg_value>/</arg_value>\n</tool_call>")],
      },
      "a cut call": {
        text: "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Os",
        isCut: true,
        parts: [call('{"city": "Os')],
      },
    },
  },
  {
    family: "llama-3",
    template: `<|start_header_id|>system<|end_header_id|> Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.`,
    outputs: {
      "an object": {
        text: '{"name": "get_weather", "parameters": {"city": "Øslo"}}',
        parts: [call('{"city": "Øslo"}')],
      },
      "objects at once, after text": {
        text: 'I ask.\n{"type": "function", "name": "get_weather", "parameters": {"city": "a; {"}}; {"name": "now", "parameters": {}}',
        parts: [say("I ask.\n"), call('{"city": "a; {"}'), call("{}", "now")],
      },
      "the nested form": {
        text: '{"type": "function", "function": {"name": "get_weather", "parameters": {"city": "x"}}}',
        parts: [call('{"city": "x"}')],
      },
      "the tag": {
        text: '<|python_tag|>{"name": "get_weather", "parameters": {"days": 1}}',
        parts: [call('{"days": 1}')],
      },
      "a built-in tool's form": {
        text: '<|python_tag|>get_weather.call(city="Oslo")',
        parts: [call('{"city": "Oslo"}')],
      },
      "Python calls": {
        text: "[get_weather(city='it\\'s \"5\"', options={'a': [1, -2.5, None], 'b': (True, False)}), now()]",
        parts: [
          call('{"city": "it\'s \\"5\\"", "options": {"a": [1, -2.5, null], "b": [true, false]}}'),
          call("{}", "now"),
        ],
      },
      "other objects and lists": {
        text: '{"name": "Ada", "age": 3}\n[1, 2]\n[a](b)\nlast { [',
        parts: [say('{"name": "Ada", "age": 3}\n[1, 2]\n[a](b)\nlast { [')],
      },
      "one of two that was offered": {
        text: "[rm(path='/'), now()]",
        parts: [say("[rm(path='/')"), call("{}", "now")],
      },
      code: { text: '<|python_tag|>print("hi")\nx = 1', parts: [say('<|python_tag|>print("hi")\nx = 1')] },
      "a cut call": {
        text: '{"name": "get_weather", "parameters": {"city": "O',
        isCut: true,
        parts: [call('{"city": "O')],
      },
      "a cut Python call": {
        text: "[get_weather(days=3, city='Os",
        isCut: true,
        parts: [call('{"days": 3, "city": "Os')],
      },
    },
  },
  {
    family: "llama-4",
    template: `<|header_start|>system<|header_end|> [func_name1(params_name1=params_value1, params_name2=params_value2...)]`,
    outputs: {
      "Python calls in tags": {
        text: '<|python_start|>[get_weather(city="São"), now()]<|python_end|>',
        parts: [call('{"city": "São"}'), call("{}", "now")],
      },
      "a list after text": {
        text: "Of course:\n[get_weather(city='''a\n'b')''', days=2)]",
        parts: [say("Of course:\n"), call(`{"city": "a\\n'b')", "days": 2}`)],
      },
    },
  },
  {
    family: "mistral-list",
    template: `{{- "[TOOL_CALLS][" }} {{- '{"name": "' }}`,
    outputs: {
      "calls at once": {
        text: 'Yes.[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "[TOOL_CALLS] ]"}, "id": "abcdefghi"}, {"name": "now", "arguments": {}, "id": "jklmnopqr"}]',
        parts: [say("Yes."), call('{"city": "[TOOL_CALLS] ]"}'), call("{}", "now")],
      },
      "one that was not offered": {
        text: '[TOOL_CALLS][{"name": "rm", "arguments": {}}, {"name": "now", "arguments": {}}]',
        parts: [say('[TOOL_CALLS][{"name": "rm", "arguments": {}}'), call("{}", "now")],
      },
      "a cut call": {
        text: '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city"',
        isCut: true,
        parts: [call('{"city"')],
      },
    },
  },
  {
    family: "mistral-arguments",
    template: `{{- '[TOOL_CALLS]' }} {{- name + '[ARGS]' + arguments }} {{- '[THINK]' + block['thinking'] + '[/THINK]' }}`,
    outputs: {
      "thought and calls at once": {
        text: '[THINK]Where?[/THINK]Well.[TOOL_CALLS]get_weather[ARGS]{"city": "Zürich"}[TOOL_CALLS]now[ARGS]{}',
        parts: [think("Where?"), say("Well."), call('{"city": "Zürich"}'), call("{}", "now")],
      },
      "ids, and a thought between": {
        text: 'A.[THINK]b[/THINK][TOOL_CALLS]get_weather[CALL_ID]123456789[ARGS]{"city": "[/ARGS]{\\"}"}',
        parts: [say("A."), think("b"), call('{"city": "[/ARGS]{\\"}"}')],
      },
      "a list in the older form": {
        text: '[TOOL_CALLS][{"name": "now", "arguments": {}}]\nDone, all of it.',
        parts: [call("{}", "now"), say("Done, all of it.")],
      },
      "a tool that was not offered, and one that was": {
        text: '[TOOL_CALLS]rm[ARGS]{"a": 1}[TOOL_CALLS]now[ARGS]{}',
        parts: [say('[TOOL_CALLS]rm[ARGS]{"a": 1}'), call("{}", "now")],
      },
      "a cut call": { text: '[TOOL_CALLS]get_weather[ARGS]{"ci', isCut: true, parts: [call('{"ci')] },
    },
  },
  {
    family: "deepseek",
    template: `{{'<｜Assistant｜><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>' + tool['type'] + '<｜tool▁sep｜>'}} {% set content = content.split('</think>')[-1] %}`,
    outputs: {
      "V3 and R1: a type, and a fence": {
        text: 'Hm.\n</think>\n\nWait.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{"city": "```"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        startsInReasoning: true,
        parts: [think("Hm.\n"), say("Wait."), call('{"city": "```"}'), call("{}", "now")],
      },
      "V3.1: name and arguments": {
        text: '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "<｜tool▁call▁end｜>"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
        parts: [call('{"city": "<｜tool▁call▁end｜>"}'), call("{}", "now")],
      },
      "one of two that was offered": {
        text: "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>rm<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        parts: [
          say("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>rm<｜tool▁sep｜>{}<｜tool▁call▁end｜>"),
          call("{}", "now"),
        ],
      },
      "a cut call": {
        text: '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{"city": "東',
        isCut: true,
        parts: [call('{"city": "東')],
      },
    },
  },
  {
    family: "deepseek-dsml",
    template: `{%- set dsml_token = '｜DSML｜' -%} {{- '<' + dsml_token + 'function_calls>' }} {{- '</think>' }}`,
    outputs: {
      "calls at once": {
        text: 'Both</think>\n\n<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">1</｜DSML｜parameter>\n<｜DSML｜parameter name="days" string="false">-14</｜DSML｜parameter>\n</｜DSML｜invoke>\n<｜DSML｜invoke name="now">\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
        startsInReasoning: true,
        parts: [think("Both"), call('{"city": "1", "days": -14}'), call("{}", "now")],
      },
      "V4's section, and tags in the value": {
        text: 'So.\n\n<｜DSML｜tool_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true"></｜DSML｜parameter></b>\n</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜tool_calls>',
        parts: [say("So.\n\n"), call('{"city": "</｜DSML｜parameter></b>\\n"}')],
      },
      "one of two that was offered": {
        text: '<｜DSML｜function_calls>\n<｜DSML｜invoke name="rm">\n</｜DSML｜invoke>\n<｜DSML｜invoke name="now">\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
        parts: [say('<｜DSML｜function_calls>\n<｜DSML｜invoke name="rm">\n</｜DSML｜invoke>'), call("{}", "now")],
      },
      "a cut call": {
        text: '<｜DSML｜function_calls>\n<｜DSML｜invoke name="get_weather">\n<｜DSML｜parameter name="city" string="true">Par</｜DSML',
        isCut: true,
        parts: [call('{"city": "Par')],
      },
    },
  },
  {
    family: "kimi",
    template: `{%- set formatted_id = 'functions.' + name -%} <|tool_calls_section_begin|> {{- '<think>' }}`,
    outputs: {
      "thought and calls at once": {
        text: '<think>I need two.</think>Hi.<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city": "<|tool_call_end|>北"}<|tool_call_end|><|tool_call_begin|>functions.now:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>',
        parts: [think("I need two."), say("Hi."), call('{"city": "<|tool_call_end|>北"}'), call("{}", "now")],
      },
      "a thought that a call ends": {
        text: "<think>Now.<|tool_calls_section_begin|><|tool_call_begin|>now:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>",
        parts: [think("Now."), call("{}", "now")],
      },
      "one of two that was offered": {
        text: '<|tool_calls_section_begin|><|tool_call_begin|>functions.rm:0<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|><|tool_call_begin|>functions.now:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>',
        parts: [
          say(
            '<|tool_calls_section_begin|><|tool_call_begin|>functions.rm:0<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|>',
          ),
          call("{}", "now"),
        ],
      },
      "a cut call": {
        text: '<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>{"city": ',
        isCut: true,
        parts: [call('{"city": ')],
      },
    },
  },
  {
    family: "gpt-oss",
    template: `{{- "<|start|>assistant<|channel|>analysis<|message|>" + message.thinking + "<|end|>" }}`,
    outputs: {
      "thought and text": {
        text: "<|channel|>analysis<|message|>I'm\nthinking<|end|><|start|>assistant<|channel|>final<|message|>Hi, 世界!\n",
        parts: [think("I'm\nthinking"), say("Hi, 世界!\n")],
      },
      "a preamble, and a call": {
        text: '<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city": "<|end|>\\"}"}<|call|>',
        parts: [think("Hm"), say("I look."), call('{"city": "<|end|>\\"}"}')],
      },
      "the recipient before the channel, and a second call": {
        text: ' to=functions.get_weather<|channel|>commentary json<|message|>{"days": 1}<|end|><|start|>assistant to=functions.now<|channel|>commentary<|message|><|call|>',
        parts: [call('{"days": 1}'), call("{}", "now")],
      },
      "a header in a header": {
        text: "<|channel|>commentary to=assistant<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b",
        parts: [think("a"), say("b")],
      },
      "a tool that was not offered": {
        text: "<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary to=python <|constrain|>code<|message|>print(1)<|end|><|start|>assistant<|channel|>final<|message|>b",
        parts: [
          think("a"),
          say("<|start|>assistant<|channel|>commentary to=python <|constrain|>code<|message|>print(1)<|end|>b"),
        ],
      },
      "text without a header": { text: "Hello <|channel", parts: [say("Hello <|channel")] },
      "what is no JSON": {
        text: "<|channel|>commentary to=functions.now<|message|>now<|end|>",
        parts: [say("<|channel|>commentary to=functions.now<|message|>now<|end|>")],
      },
      "a cut call": {
        text: '<|channel|>commentary to=functions.get_weather<|message|>{"city": "O',
        isCut: true,
        parts: [call('{"city": "O')],
      },
    },
  },
  {
    family: "gemma-4",
    template: `{{- '<|tool_call>call:' + function['name'] + '{' -}} {{- '}<tool_call|>' -}} {{- '<|channel>thought\\n<channel|>' -}}`,
    outputs: {
      "thought, text, and calls at once": {
        text: '<|channel>thought\nI\'m\nthinking<channel|>Hi.\n<|tool_call>call:get_weather{city:<|"|>San {Fr}, "ü"<|"|>,days:-7,options:{theme:<|"|>dark<|"|>,list:[1.5e10,true,null,[]]}}<tool_call|><|tool_call>call:now{}<tool_call|>',
        parts: [
          think("I'm\nthinking"),
          say("Hi.\n"),
          call(
            '{"city": "San {Fr}, \\"ü\\"", "days": -7, "options": {"theme": "dark", "list": [1.5e10, true, null, []]}}',
          ),
          call("{}", "now"),
        ],
      },
      "a thought after text": {
        text: "A.<|channel>thought\nb<channel|>C.",
        parts: [say("A."), think("b"), say("C.")],
      },
      "closing tags in a string": {
        text: '<|tool_call>call:get_weather{city:<|"|>a<tool_call|>}<|"|>}<tool_call|>',
        parts: [call('{"city": "a<tool_call|>}"}')],
      },
      "a tool that was not offered": {
        text: '<|tool_call>call:rm{path:<|"|>/<|"|>}<tool_call|>!',
        parts: [say('<|tool_call>call:rm{path:<|"|>/<|"|>}<tool_call|>!')],
      },
      "a cut call": {
        text: '<|tool_call>call:get_weather{days:3,city:<|"|>Os<|"',
        isCut: true,
        parts: [call('{"days": 3, "city": "Os')],
      },
    },
  },
  {
    family: "functiongemma",
    template: `{{- '<start_function_call>call:' + name + '{' }} <escape>`,
    outputs: {
      "calls at once": {
        text: "<start_function_call>call:get_weather{city:<escape>Tokyo, <b>, Japan<escape>}<end_function_call><start_function_call>call:now{}<end_function_call>",
        parts: [call('{"city": "Tokyo, <b>, Japan"}'), call("{}", "now")],
      },
    },
  },
  {
    family: "gemma",
    template: `{{ '<start_of_turn>' + role + '\n' }}`,
    outputs: {
      "code in a fence": {
        text: 'Sure.\n```tool_code\nprint(get_weather(city="Oslo\'s )", days=2))\n```',
        parts: [say("Sure.\n"), call('{"city": "Oslo\'s )", "days": 2}')],
      },
      "a list": { text: "[get_weather(city='x'), now()]", parts: [call('{"city": "x"}'), call("{}", "now")] },
      "an object": { text: '{"name": "now", "parameters": {}}', parts: [call("{}", "now")] },
      "the tags in which tools were explained": {
        text: '<tool_call>\n{"name": "now", "arguments": {}}\n</tool_call>',
        parts: [call("{}", "now")],
      },
      "other code": {
        text: "```tool_code\nx = [1]\n```\n[now() is a call]",
        parts: [say("```tool_code\nx = [1]\n```\n[now() is a call]")],
      },
    },
  },
  {
    family: "minimax-m1",
    template: `<tool_calls>\\n{"name": <tool-name>, "arguments": <args-json-object>}\\n...\\n</tool_calls>`,
    outputs: {
      "calls at once": {
        text: 'Ok.\n<tool_calls>\n{"name": "get_weather", "arguments": {"city": "</tool_calls>\\n"}}\n{"name": "now", "arguments": {}}\n</tool_calls>',
        parts: [say("Ok.\n"), call('{"city": "</tool_calls>\\n"}'), call("{}", "now")],
      },
      "one of two that was offered": {
        text: '<tool_calls>\n{"name": "rm", "arguments": {}}\n{"name": "now", "arguments": {}}\n</tool_calls>',
        parts: [say('<tool_calls>\n{"name": "rm", "arguments": {}}'), call("{}", "now")],
      },
    },
  },
  {
    family: "minimax-m2",
    template: `{%- set toolcall_begin_token = '<minimax:tool_call>' -%} <invoke name="tool-name-1"> {{- '<think>' ~ '\\n' }}`,
    outputs: {
      "thought and calls at once": {
        text: 'Call.\n</think>\n\n<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">1</parameter>\n<parameter name="options">{"a": ["</invoke>"]}</parameter>\n</invoke>\n<invoke name="now">\n</invoke>\n</minimax:tool_call>',
        startsInReasoning: true,
        parts: [think("Call.\n"), call('{"city": "1", "options": {"a": ["</invoke>"]}}'), call("{}", "now")],
      },
      "closing tags in a value": {
        text: '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="city">\n<a></parameter>b</invoke>ñ</parameter>\n</invoke>\n</minimax:tool_call>',
        parts: [call('{"city": "\\n<a></parameter>b</invoke>ñ"}')],
      },
      "a cut call": {
        text: '<minimax:tool_call>\n<invoke name="get_weather">\n<parameter name="days">1',
        isCut: true,
        parts: [call('{"days": 1')],
      },
    },
  },
  {
    family: "seed-oss",
    template: `{%- set toolcall_begin_token = '<seed:tool_call>' -%} {%- set think_begin_token = '<seed:think>' -%}`,
    outputs: {
      "thought and call": {
        text: "<seed:think>\nHm</seed:think>\n<seed:tool_call>\n<function=get_weather>\n<parameter=city>value_1</parameter>\n</function>\n</seed:tool_call>",
        parts: [think("Hm"), call('{"city": "value_1"}')],
      },
    },
  },
  {
    family: "generic",
    template: `{{ '<|user|>' + message.content }} <think>`,
    outputs: {
      "any of the forms": {
        text: 'A<tool_call>{"name": "now"}</tool_call>B[TOOL_CALLS]now[ARGS]{}C <tool_call>now</tool_call>D<|tool_calls_section_begin|><|tool_call_begin|>now<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>E<TOOLCALL>[{"name": "now", "arguments": {}}]</TOOLCALL>',
        parts: Array.from("ABCDE").flatMap((letter) => [say(letter === "C" ? "C " : letter), call("{}", "now")]),
      },
      "an object": { text: ' {"name": "now", "arguments": {"a": 1.0}}', parts: [call('{"a": 1.0}', "now")] },
      "text of all kinds": {
        text: '<think>\nx</think>{"a": [1]}\n```json\n{"name": "now", "arguments": {}}\n```\n[link](x) <|im_start|> <tool_cal',
        parts: [
          think("x"),
          say('{"a": [1]}\n```json\n{"name": "now", "arguments": {}}\n```\n[link](x) <|im_start|> <tool_cal'),
        ],
      },
    },
  },
];

for (const { family, template, outputs } of cases)
  describe(family, () => {
    const rules = chooseRules(template);

    test("is known by its template", () => {
      expect(rules.family).toBe(family);
    });

    test.each(Object.entries(outputs))("%s", (_, { text, parts, startsInReasoning = false, isCut = false }) => {
      const bytes = Buffer.from(text);
      const read = (pieces: Uint8Array[]): OutputPart[] => {
        const reader = readOutput(rules, {
          startsInReasoning,
          mayReason: rules.mayReason,
          callableTools: tools,
          isForced: false,
        });
        const decoder = new TextDecoder();
        const found = pieces.flatMap((piece) => reader.push(decoder.decode(piece, { stream: true })));
        return joinParts([...found, ...reader.push(decoder.decode()), ...reader.end({ isCut })]);
      };
      expect(read([bytes])).toEqual(parts);
      expect(read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(parts);
      for (let at = 1; at < bytes.length; at++)
        expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(parts);
    });
  });
