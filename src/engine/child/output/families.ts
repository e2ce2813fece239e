import { bareJsonBody, jsonBody } from "./json-body.ts";
import { literalBody } from "./literal-body.ts";
import { namedBody } from "./named-body.ts";
import type { CallForm, ForcedForm, OutputRules, ThoughtTags } from "./rules.ts";
import { taggedBody } from "./tagged-body.ts";

/**
 * How each family of models writes its calls. A model's family is the first of which its chat template has all `marks`; to add one,
 * add an entry. Each names where its form is written down; the parsers of vLLM (`tool_parsers`) and SGLang (`function_call`), and
 * the outputs in llama.cpp's `tests/test-chat.cpp`, were compared for all of them.
 */
interface Family extends Pick<OutputRules, "channels"> {
  name: string;
  marks: readonly string[];
  calls: readonly CallForm[];
  forced?: ForcedForm;
  endsThoughts?: readonly string[];
}

const functionTags = taggedBody({
  name: { open: "<function=", close: ">" },
  key: { open: "<parameter=", close: ">" },
  value: { open: "", close: "</parameter>" },
  end: "</function>",
  outerEnd: "</tool_call>",
  hasLines: true,
});

/** Llama 3.1 was also taught `<function=name>{…}</function>`, which functionary writes. */
const functionJson = namedBody({
  head: /^<function=(?<name>[^>]+)>\s*$/,
  opening: "<function=",
  tags: ["<function=", "</function>"],
});

const argumentTags = taggedBody({
  name: { open: "", close: "" },
  key: { open: "<arg_key>", close: "</arg_key>" },
  value: { open: "<arg_value>", close: "</arg_value>" },
  outerEnd: "</tool_call>",
});

/** The tags of most families; what is in them differs. Every family reads them: history and tools are written so where its template has no form. */
const toolCallTags: CallForm = {
  open: "<tool_call>",
  close: "</tool_call>",
  between: ["</function>", ","],
  bodies: [jsonBody, functionTags, functionJson, argumentTags],
};

/** Qwen3-Coder sometimes leaves out the opening `<tool_call>`. */
const bareFunctionTags: CallForm = {
  open: "<function=",
  isInCall: true,
  close: "</tool_call>",
  between: ["</function>"],
  bodies: [functionTags, functionJson],
};

const invokeTags = (prefix: string) =>
  taggedBody({
    name: { open: `<${prefix}invoke name=`, close: ">" },
    key: { open: `<${prefix}parameter name=`, close: ">" },
    value: { open: "", close: `</${prefix}parameter>` },
    end: `</${prefix}invoke>`,
  });

const dsml = (section: string): CallForm => ({
  open: `<｜DSML｜${section}>`,
  close: `</｜DSML｜${section}>`,
  bodies: [invokeTags("｜DSML｜")],
});

const deepseekCalls: CallForm = {
  open: "<｜tool▁calls▁begin｜>",
  close: "<｜tool▁calls▁end｜>",
  callOpen: "<｜tool▁call▁begin｜>",
  between: ["```", "<｜tool▁call▁end｜>"],
  bodies: [
    namedBody({
      head: /^(?:\w+<｜tool▁sep｜>)?(?<name>[^<`\s]+)(?:<｜tool▁sep｜>|\s*```(?:json)?)\s*$/,
      tags: ["<｜tool▁sep｜>"],
    }),
  ],
};

const kimiCalls: CallForm = {
  open: "<|tool_calls_section_begin|>",
  close: "<|tool_calls_section_end|>",
  callOpen: "<|tool_call_begin|>",
  between: ["<|tool_call_end|>"],
  bodies: [
    namedBody({
      head: /^(?<name>[^<]+)<\|tool_call_argument_begin\|>\s*$/,
      tags: ["<|tool_call_argument_begin|>"],
    }),
  ],
};

const mistralCalls: CallForm = {
  open: "[TOOL_CALLS]",
  between: ["[TOOL_CALLS]", "[", ",", "]"],
  bodies: [
    jsonBody,
    namedBody({
      head: /^(?<name>[^\s[{]+)(?:\[CALL_ID\]\w*)?(?:\[ARGS\])?\s*$/,
      nameEnd: /[\s[{]/,
      tags: ["[CALL_ID]", "[ARGS]"],
    }),
  ],
};

const pythonBody = literalBody({
  head: /^\s*(?<name>[\w.-]+)\s*$/,
  bracket: "(",
  assign: "=",
  quotes: ['"""', "'''", '"', "'"],
  hasEscapes: true,
  outside: /[\w\s.,:=+-]/,
});

const pythonList = (where: "line" | "first"): CallForm => ({
  open: "[",
  where,
  close: "]",
  between: [","],
  bodies: [pythonBody],
});

const bareJson = (where: "line" | "first"): CallForm => ({
  open: "{",
  where,
  isInCall: true,
  between: [";", ","],
  bodies: [bareJsonBody],
});

const pythonTag: CallForm = { open: "<|python_tag|>", between: [";", ","], bodies: [jsonBody, pythonBody] };

const pythonStart: CallForm = {
  open: "<|python_start|>",
  close: "<|python_end|>",
  between: ["[", ",", "]", ";"],
  bodies: [pythonBody, jsonBody],
};

const toolCode: CallForm = { open: "```tool_code", close: "```", between: ["[", ",", "]", ";"], bodies: [pythonBody] };

const gemmaBody = literalBody({
  head: /^\s*call:(?<name>[^{]+)$/,
  bracket: "{",
  assign: ":",
  quotes: ['<|"|>', "<escape>"],
  hasEscapes: false,
  outside: /[^<]/,
  hasBareTexts: true,
  tags: ['<|"|>', "<escape>"],
});

const gemma4Calls: CallForm = {
  open: "<|tool_call>",
  close: "<tool_call|>",
  between: [","],
  bodies: [gemmaBody],
};

const functionGemmaCalls: CallForm = {
  open: "<start_function_call>",
  close: "<end_function_call>",
  between: [","],
  bodies: [gemmaBody],
};

const minimaxCalls: CallForm = {
  open: "<minimax:tool_call>",
  close: "</minimax:tool_call>",
  bodies: [invokeTags("")],
};

const callList: CallForm = {
  open: "<tool_calls>",
  close: "</tool_calls>",
  between: ["[", ",", "]"],
  bodies: [jsonBody],
};

const seedCalls: CallForm = {
  open: "<seed:tool_call>",
  close: "</seed:tool_call>",
  bodies: [
    taggedBody({
      name: { open: "<function=", close: ">" },
      key: { open: "<parameter=", close: ">" },
      value: { open: "", close: "</parameter>" },
      end: "</function>",
      outerEnd: "</seed:tool_call>",
    }),
  ],
};

const hermesForced: ForcedForm = {
  open: "<tool_call>",
  name: '{"name": "',
  middle: '", "arguments": ',
  nameEnd: "}",
  close: "</tool_call>",
  separator: "\n",
  hasLines: true,
};

const families: readonly Family[] = [
  {
    // OpenAI's Harmony response format (cookbook "openai-harmony"), and the template of gpt-oss.
    name: "gpt-oss",
    marks: ["<|channel|>", "<|message|>"],
    calls: [],
    channels: {
      start: "<|start|>",
      channel: "<|channel|>",
      constrain: "<|constrain|>",
      message: "<|message|>",
      ends: ["<|end|>", "<|call|>", "<|return|>"],
      thoughts: "analysis",
      recipient: "to=",
      toAnswer: "assistant<|channel|>final<|message|>",
    },
    forced: {
      open: "<|channel|>commentary ",
      name: "to=functions.",
      middle: " <|constrain|>json<|message|>",
      nameEnd: "",
      close: "",
    },
  },
  {
    // The template of Gemma 4.
    name: "gemma-4",
    marks: ["<|tool_call>", "<tool_call|>"],
    calls: [gemma4Calls],
  },
  {
    // Google's "FunctionGemma formatting and best practices".
    name: "functiongemma",
    marks: ["<start_function_call>"],
    calls: [functionGemmaCalls],
  },
  {
    // The encodings of DeepSeek V3.2 (`function_calls`) and V4 (`tool_calls`), and their templates.
    name: "deepseek-dsml",
    marks: ["｜DSML｜"],
    calls: [dsml("function_calls"), dsml("tool_calls")],
  },
  {
    // The templates of DeepSeek V3 and R1 (a type, the name, and JSON in a code fence) and of V3.1 (name and JSON).
    name: "deepseek",
    marks: ["<｜tool▁calls▁begin｜>"],
    calls: [deepseekCalls],
    forced: {
      begin: "<｜tool▁calls▁begin｜>",
      open: "<｜tool▁call▁begin｜>",
      name: "",
      middle: "<｜tool▁sep｜>",
      nameEnd: "",
      close: "<｜tool▁call▁end｜>",
      separator: "",
      end: "<｜tool▁calls▁end｜>",
    },
  },
  {
    // "Tool calling" of Moonshot's Kimi-K2 repository, and its template.
    name: "kimi",
    marks: ["<|tool_calls_section_begin|>"],
    calls: [kimiCalls],
    endsThoughts: ["<|tool_calls_section_begin|>"],
    forced: {
      begin: "<|tool_calls_section_begin|>",
      open: "<|tool_call_begin|>",
      name: "functions.",
      middle: ":0<|tool_call_argument_begin|>",
      nameEnd: "",
      close: "<|tool_call_end|>",
      separator: "",
      end: "<|tool_calls_section_end|>",
    },
  },
  {
    // Mistral's tokenizers from v11 on (`mistral-common`): a name, perhaps an id, and arguments.
    name: "mistral-arguments",
    marks: ["[TOOL_CALLS]", "[ARGS]"],
    calls: [mistralCalls],
    forced: { open: "[TOOL_CALLS]", name: "", middle: "[ARGS]", nameEnd: "", close: "", separator: "" },
  },
  {
    // Mistral's tokenizers up to v7: a list of objects.
    name: "mistral-list",
    marks: ["[TOOL_CALLS]"],
    calls: [mistralCalls],
    forced: {
      begin: "[TOOL_CALLS][",
      open: "",
      name: '{"name": "',
      middle: '", "arguments": ',
      nameEnd: "}",
      close: "",
      separator: ", ",
      end: "]",
    },
  },
  {
    // MiniMax's "Tool calling guide" of M2, and its template.
    name: "minimax-m2",
    marks: ["minimax:tool_call"],
    calls: [minimaxCalls],
  },
  {
    // MiniMax's "Function call guide" of M1: an object a line. Apriel writes a list in the same tags.
    name: "minimax-m1",
    marks: ["<tool_calls>"],
    calls: [callList],
    forced: {
      begin: "<tool_calls>\n",
      open: "",
      name: '{"name": "',
      middle: '", "arguments": ',
      nameEnd: "}",
      close: "",
      separator: "\n",
      end: "\n</tool_calls>",
    },
  },
  {
    // The template of Seed-OSS.
    name: "seed-oss",
    marks: ["seed:tool_call"],
    calls: [seedCalls],
  },
  {
    // The templates of GLM 4.5, 4.6 and 4.7.
    name: "glm",
    marks: ["<arg_key>"],
    calls: [],
  },
  {
    // The templates of Qwen3-Coder, Qwen3.5 and Nemotron 3.
    name: "qwen-coder",
    marks: ["<tool_call>", "<function="],
    calls: [bareFunctionTags],
  },
  {
    // NousResearch's Hermes-Function-Calling, and the templates of Qwen2.5 and Qwen3.
    name: "hermes",
    marks: ["<tool_call>"],
    calls: [],
  },
  {
    // Meta's "Llama 4 prompt format": a list of Python calls.
    name: "llama-4",
    marks: ["<|header_start|>"],
    calls: [pythonStart, pythonTag, pythonList("line"), bareJson("line")],
  },
  {
    // Meta's "Llama 3.1 prompt format" (an object, or `<|python_tag|>`) and of 3.2 (a list of Python calls).
    name: "llama-3",
    marks: ["<|start_header_id|>"],
    calls: [pythonTag, pythonList("line"), bareJson("line"), bareFunctionTags],
    forced: { open: "", name: '{"name": "', middle: '", "parameters": ', nameEnd: "}", close: "", separator: "; " },
  },
  {
    // Google's "Function calling with Gemma": prompted, as a Python list or an object; its cookbooks use `tool_code` fences.
    name: "gemma",
    marks: ["<start_of_turn>"],
    calls: [toolCode, pythonList("first"), bareJson("first")],
  },
];

const anyCalls: readonly CallForm[] = [
  ...new Set(families.filter(({ name }) => !/^llama|^gemma$/.test(name)).flatMap(({ calls }) => calls)),
  pythonTag,
  pythonStart,
  toolCode,
  // IBM's Granite 3 and NVIDIA's Nemotron write lists of objects in tags of their own.
  { open: "<|tool_call|>", between: ["[", ",", "]"], bodies: [jsonBody] },
  { open: "<TOOLCALL>", close: "</TOOLCALL>", between: ["[", ",", "]"], bodies: [jsonBody] },
  pythonList("first"),
  bareJson("first"),
];

const thoughtTags: readonly [ThoughtTags, ...ThoughtTags[]] = [
  { open: "<think>", close: "</think>" },
  { open: "[THINK]", close: "[/THINK]", isAnywhere: true },
  { open: "<|channel>thought", close: "<channel|>", isAnywhere: true },
  { open: "<seed:think>", close: "</seed:think>" },
];

/** The rules for a model, by its chat template; forgiving ones where no family is known. */
export function chooseRules(template: string): OutputRules {
  const family = families.find(({ marks }) => marks.every((mark) => template.includes(mark)));
  const found = thoughtTags.find(({ open, close }) => template.includes(open) || template.includes(close));
  const thoughts = found ?? thoughtTags[0];
  return {
    family: family?.name ?? "generic",
    thoughts: family?.endsThoughts ? { ...thoughts, endsAt: family.endsThoughts } : thoughts,
    mayReason: found !== undefined || family?.channels !== undefined,
    calls: [toolCallTags, ...(family ? family.calls : anyCalls)],
    forced: family?.forced ?? hermesForced,
    ...(family?.channels && { channels: family.channels }),
  };
}

/** How calls to these tools are written by a grammar. Names that could end themselves are written as JSON, in tags that all rules read. */
export function forcedForm(rules: OutputRules, names: readonly string[]): ForcedForm {
  return names.every((name) => /^[\w.-]+$/.test(name)) ? rules.forced : hermesForced;
}

/** For a model of which nothing is known. */
export const genericRules: OutputRules = chooseRules("");

/** Whether the text of a control token is in a tag that the rules look for. */
export function isSeen({ thoughts, calls, channels }: OutputRules, control: string): boolean {
  const tags = [
    thoughts.open,
    thoughts.close,
    ...calls.flatMap(({ open, close = "", callOpen = "", between = [], bodies }) => [
      open,
      close,
      callOpen,
      ...between,
      ...bodies.flatMap((body) => body.tags ?? []),
    ]),
    ...(channels ? [channels.start, channels.channel, channels.constrain, channels.message, ...channels.ends] : []),
  ];
  return control.length > 1 && tags.some((tag) => tag.includes(control));
}
