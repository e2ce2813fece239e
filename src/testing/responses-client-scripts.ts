import { messages as messagesAnswer, messagesThinking, messagesToolUse, messagesError } from "./fake-anthropic.ts";
import {
  chat,
  chatChunk,
  chatEvents,
  doneEvent,
  errorAnswer,
  streamOf,
  usageEvent,
  wholeChat,
  type Script,
} from "./fake-vendor.ts";

// What the vendors answer to the tests with clients of Responses.

export const words = ["Peace ", "be ", "upon ", "you"];
export const calls = [
  { id: "call_1", name: "weather", arguments: '{"city":"Riyadh"}' },
  { id: "call_2", name: "clock", arguments: "{}" },
];

/** Calls whose arguments take turns, as vendors of OpenAI's chat may stream them; after their results, a text. */
const toolsThenText: Script = (call) => {
  const list = call.body["messages"] as { role: string }[];
  if (list.some(({ role }) => role === "tool")) return chat(["It is ", "hot."])(call);
  const listed = calls.map(({ id, name, arguments: json }, index) => ({
    index,
    id,
    type: "function",
    function: { name, arguments: json },
  }));
  if (call.body["stream"] !== true) {
    const message = { role: "assistant", content: null, reasoning_content: "Hm.", tool_calls: listed };
    return wholeChat("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] })(call);
  }
  const delta = (index: number, text: string) => chatChunk({ tool_calls: [{ index, function: { arguments: text } }] });
  return streamOf([
    chatChunk({ role: "assistant", content: "" }),
    chatChunk({ reasoning_content: "H" }),
    chatChunk({ reasoning_content: "m." }),
    ...listed.map((one) =>
      chatChunk({ tool_calls: [{ ...one, function: { name: one.function.name, arguments: "" } }] }),
    ),
    delta(0, '{"city":'),
    delta(1, "{"),
    delta(0, '"Riyadh"}'),
    delta(1, "}"),
    chatChunk({}, {}, "tool_calls"),
    usageEvent(),
    doneEvent,
  ])(call);
};

/** Codex's edit as the function that its custom tool becomes, and an agent of a namespace. */
const codexTurn: Script = (call) => {
  const list = call.body["messages"] as { role: string }[];
  if (list.some(({ role }) => role === "tool")) return chat(["Done."])(call);
  const edit = {
    id: "c1",
    type: "function",
    function: { name: "apply_patch", arguments: '{"input":"*** Begin\\nPatch"}' },
  };
  const agent = {
    id: "c2",
    type: "function",
    function: { name: "multi_agent_v1__close_agent", arguments: '{"target":"a"}' },
  };
  return streamOf([
    chatChunk({ role: "assistant", tool_calls: [{ index: 0, ...edit }] }),
    chatChunk({ tool_calls: [{ index: 1, ...agent }] }),
    chatChunk({}, {}, "tool_calls"),
    usageEvent(),
    doneEvent,
  ])(call);
};

const finished = (reason: string): Script => {
  const whole = wholeChat("Pea", { choices: [{ index: 0, message: { content: "Pea" }, finish_reason: reason }] });
  const stream = streamOf([chatChunk({ content: "Pea" }), chatChunk({}, {}, reason), usageEvent(), doneEvent]);
  return (call) => (call.body["stream"] === true ? stream : whole)(call);
};

export const chatScripts: Record<string, Script> = {
  text: chat(words),
  json: chat(['{"city":', '"Riyadh"}']),
  tools: toolsThenText,
  codex: codexTurn,
  length: finished("length"),
  content_filter: finished("content_filter"),
  cut: streamOf(chatEvents(words).slice(0, 3)),
  "bad-request": () => errorAnswer(400, { message: "too odd", type: "invalid_request_error" }),
  "rate-limited": () => errorAnswer(429, { message: "slower" }, { "retry-after": "3" }),
  unauthorised: () => errorAnswer(401, { message: "the words of node gpu-7" }),
  broken: () => errorAnswer(500, { message: "oops" }),
  overloaded: () => errorAnswer(529, { message: "oops" }),
};
export const messagesScripts: Record<string, Script> = {
  "m-text": messagesAnswer(words),
  "m-thinks": messagesThinking("Hm, hm.", "Yes."),
  "m-tools": messagesToolUse([
    { id: "toolu_1", name: "weather", input: { city: "Riyadh" } },
    { id: "toolu_2", name: "clock", input: {} },
  ]),
  "m-overloaded": () => messagesError(529, "overloaded_error"),
};
