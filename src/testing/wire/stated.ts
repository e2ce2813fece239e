/** What is stated of a cell of the matrix: the rest is carried. */
export interface Stated {
  /** The client's dialect has no words for it. */
  isUnsayable?: true;
  /** Refused with 400 `unsupported_parameter`; the field that is named. */
  refused?: string;
  /** Paths that `x-sahab-dropped` names, in any order. */
  dropped?: readonly string[];
  /** The same of a second turn, where that has more. */
  droppedLater?: readonly string[];
  /** Fields that do not arrive at the vendor, since they are dropped. */
  lost?: readonly ("stop" | "thinks" | "reasoning")[];
}

const chat = "openai-chat";
const messages = "anthropic-messages";
const responses = "openai-responses";
const gemini = "gemini";
const dashscope = "dashscope";

/** What a rule says of a pair; undefined where it says nothing. */
interface Rule {
  features: readonly string[];
  /** The vendors' dialects. */
  vendors: readonly string[];
  stated(client: string): Stated | undefined;
}

/** What can't be carried between dialects that differ. */
const rules: readonly Rule[] = [
  {
    features: ["structured output"],
    // Their formats have no name.
    vendors: [messages, gemini],
    stated(client) {
      const places: Record<string, string> = {
        [chat]: "response_format.json_schema.name",
        [responses]: "text.format.name",
        [dashscope]: "parameters.response_format.json_schema.name",
      };
      return dropped(places[client]);
    },
  },
  {
    features: ["reasoning", "reasoning with tools over two turns"],
    // They are asked for an effort: a budget becomes one that says about the same.
    vendors: [chat, responses],
    stated(client) {
      const places: Record<string, string> = {
        [messages]: "thinking.budget_tokens",
        [gemini]: "generationConfig.thinkingConfig.thinkingBudget",
      };
      // That the model shall think says nothing of how much, and models that do not think refuse any effort.
      if (client === dashscope) return { dropped: ["parameters.enable_thinking"], lost: ["thinks"] };
      return dropped(places[client]);
    },
  },
  {
    features: ["reasoning with tools over two turns"],
    // The thoughts are known by their proof, which Sahab has kept; their text goes nowhere.
    vendors: [gemini],
    stated(client) {
      const places: Record<string, string> = {
        [chat]: "messages[].reasoning_content",
        [messages]: "messages[].content[].thinking",
        [responses]: "input[].summary",
        [dashscope]: "input.messages[].reasoning_content",
      };
      return { droppedLater: [places[client] ?? []].flat() };
    },
  },
  {
    features: ["stop text"],
    vendors: [responses],
    stated(client) {
      const places: Record<string, string> = {
        [messages]: "stop_sequences",
        [gemini]: "generationConfig.stopSequences",
        [dashscope]: "parameters.stop",
      };
      return { refused: places[client] ?? "stop" };
    },
  },
  {
    features: ["any tool"],
    vendors: [dashscope],
    stated: (client) => ({ refused: client === gemini ? "toolConfig.functionCallingConfig" : "tool_choice" }),
  },
];

/** Rules that fit a cell are put together. */
export function statedFor(client: string, vendor: string, feature: string): Stated {
  if (client === responses && feature === "stop text") return { isUnsayable: true };
  if (client === dashscope && feature === "any tool") return { isUnsayable: true };
  if (client === vendor) return {};
  const fitting = rules.filter((rule) => rule.vendors.includes(vendor) && rule.features.includes(feature));
  return Object.assign({}, ...fitting.map((rule) => rule.stated(client))) as Stated;
}

function dropped(path: string | undefined): Stated | undefined {
  return path === undefined ? undefined : { dropped: [path] };
}
