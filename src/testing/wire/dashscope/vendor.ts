import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { list, must, mustKnow, number, object, parseArguments, string, type Json } from "../json.ts";
import type { VendorKit, VendorRequest } from "../kit.ts";
import type { Said, Stop } from "../said.ts";

/** DashScope's own generation. Without `incremental_output` each result of a stream has all that came so far. */
export const dashscopeVendor: VendorKit = {
  // Its reference has the choices auto, none and a function.
  cannotBeAsked: ["any tool"],
  route: ({ path, body, headers }) =>
    /^\/api\/v1\/services\/aigc\/(?:text|multimodal)-generation\/generation$/.test(path)
      ? { model: string(body["model"]), stream: headers.get("x-dashscope-sse") === "enable" }
      : undefined,
  read,
  whole: (said, _proofs, request) =>
    result(said, message(said.text, said.reasoning, callsOf(said)), stops[said.stop], request),
  stream,
  error: (status, text) => ({ code: codes[status] ?? "InternalError", message: text, request_id: "kit" }),
};

const codes: Record<number, string> = {
  400: "InvalidParameter",
  401: "InvalidApiKey",
  429: "Throttling.RateQuota",
  529: "ServiceUnavailable",
};

const stops: Record<Stop, string> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  refusal: "content_filter",
  none: "null",
};

/** In the form of the path and of `result_format`. */
function result({ usage }: Said, made: Json, finish: string, { path, body }: VendorRequest): Json {
  const isMultimodal = path.includes("multimodal");
  const isMessage = isMultimodal || object(body["parameters"])["result_format"] === "message";
  const content = isMultimodal ? (made["content"] === "" ? [] : [{ text: made["content"] }]) : made["content"];
  return {
    output: isMessage
      ? { choices: [{ finish_reason: finish, message: { ...made, content } }] }
      : { text: content, finish_reason: finish },
    usage: {
      input_tokens: usage.input,
      output_tokens: usage.output,
      total_tokens: usage.input + usage.output,
      prompt_tokens_details: { cached_tokens: usage.cached },
      ...(usage.reasoning > 0 && { output_tokens_details: { reasoning_tokens: usage.reasoning } }),
    },
    request_id: "kit",
  };
}

function message(content: string, reasoning: string, calls: Json[]): Json {
  return {
    role: "assistant",
    content,
    ...(reasoning !== "" && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function callsOf(said: Said): Json[] {
  return said.calls.map((call, index) => encodeCall(index, call.id, call.name, JSON.stringify(call.arguments)));
}

const encodeCall = (index: number, id: string, name: string, args: string): Json => ({
  index,
  id,
  type: "function",
  function: { name, arguments: args },
});

/** A step of a stream: what is new. */
interface Step {
  text: string;
  reasoning: string;
  calls: Json[];
}

function stream(said: Said, request: VendorRequest): string[] {
  const words = (text: string) => text.match(/\S*\s*/g)?.filter(Boolean) ?? [];
  const none: Step = { text: "", reasoning: "", calls: [] };
  const steps: Step[] = [
    ...words(said.reasoning).map((reasoning) => ({ ...none, reasoning })),
    ...words(said.text).map((text) => ({ ...none, text })),
    ...said.calls.flatMap((call, index) => {
      const [first = "", ...rest] = JSON.stringify(call.arguments).match(/.{1,9}/gs) ?? [];
      // Only the first piece of a call has its id and name.
      return [
        { ...none, calls: [encodeCall(index, call.id, call.name, first)] },
        ...rest.map((piece) => ({ ...none, calls: [encodeCall(index, "", "", piece)] })),
      ];
    }),
    none,
  ];
  const isIncremental = object(request.body["parameters"])["incremental_output"] === true;
  return steps.map((step, index) => {
    const shown = isIncremental ? step : steps.slice(0, index + 1).reduce(add);
    const isLast = index === steps.length - 1;
    const made = message(shown.text, shown.reasoning, shown.calls);
    const json = result(said, made, isLast ? stops[said.stop] : "null", request);
    return `id:${index + 1}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(json)}\n\n`;
  });
}

function add(all: Step, step: Step): Step {
  const calls = all.calls.map((call) => ({ ...call }));
  for (const call of step.calls) {
    const known = calls[number(call["index"])];
    if (!known) calls.push(call);
    else {
      const before = object(known["function"]);
      const more = string(object(call["function"])["arguments"]);
      known["function"] = { ...before, arguments: string(before["arguments"]) + more };
    }
  }
  return { text: all.text + step.text, reasoning: all.reasoning + step.reasoning, calls };
}

const parameterFields = [
  ..."result_format incremental_output tools tool_choice parallel_tool_calls response_format max_tokens stop".split(
    " ",
  ),
  ..."enable_thinking thinking_budget temperature top_p top_k seed presence_penalty repetition_penalty".split(" "),
];

function read({ path, body, headers }: VendorRequest): Asked {
  mustKnow(body, "body", ["model", "input", "parameters"]);
  const parameters = object(body["parameters"]);
  mustKnow(parameters, "parameters", parameterFields);
  must(parameters["result_format"] === "message" || !parameters["tools"], "tools need result_format message");
  const turns: Turn[] = [];
  let system: string | undefined;
  let open: string[] = [];
  const { messages, prompt } = object(body["input"]);
  for (const one of list(messages ?? [{ role: "user", content: prompt }])) {
    const role = string(one["role"]);
    must(
      role === "tool" || open.length === 0,
      "an assistant message with tool_calls must be followed by tool messages",
    );
    if (role === "system") system = (system ?? "") + textOf(one["content"]);
    else if (role === "user") turns.push({ role, parts: readParts(one["content"], path) });
    else if (role === "assistant") {
      const turn = readAssistant(one);
      open = turn.parts.flatMap((part) => (part.type === "call" ? [part.call.id] : []));
      must(new Set(open).size === open.length, "ids of calls repeat in a turn");
      turns.push(turn);
    } else {
      const id = string(one["tool_call_id"]);
      must(role === "tool" && open.includes(id), `a result for no call: ${id}`);
      open = open.filter((other) => other !== id);
      turns.push({ role: "tool", results: [{ id, name: "", text: textOf(one["content"]) }] });
    }
  }
  must(open.length === 0, "an assistant message with tool_calls must be followed by tool messages");
  const format = object(parameters["response_format"]);
  const schema = object(format["json_schema"]);
  const { tool_choice: choice, max_tokens: bound, enable_thinking: thinks } = parameters;
  return {
    model: string(body["model"]),
    stream: headers.get("x-dashscope-sse") === "enable",
    ...(system !== undefined && { system }),
    turns,
    tools: list(parameters["tools"]).map((tool) => readTool(object(tool["function"]))),
    ...(choice !== undefined && { choice: readChoice(choice) }),
    ...(format["type"] === "json_schema" && {
      schema: { name: string(schema["name"]), schema: object(schema["schema"]) },
    }),
    ...(bound !== undefined && { maxTokens: number(bound) }),
    stop: [parameters["stop"] ?? []].flat() as string[],
    ...(thinks !== undefined && { thinks: thinks === true }),
  };
}

function readTool(tool: Json): Asked["tools"][number] {
  return {
    name: string(tool["name"]),
    ...(tool["description"] !== undefined && { description: string(tool["description"]) }),
    parameters: object(tool["parameters"]),
  };
}

function readChoice(choice: unknown): NonNullable<Asked["choice"]> {
  must(choice !== "required", "tool_choice is one that should be in ['none', 'auto']");
  if (choice === "auto" || choice === "none") return choice;
  return { name: string(object(object(choice)["function"])["name"]) };
}

function readAssistant(one: Json): Turn & { role: "assistant" } {
  const parts: AssistantPart[] = [
    { type: "reasoning", text: string(one["reasoning_content"]) },
    { type: "text", text: textOf(one["content"]) },
  ];
  for (const call of list(one["tool_calls"])) {
    const made = object(call["function"]);
    must(string(call["id"]) !== "" && string(made["name"]) !== "", "a call without id or name");
    const args = parseArguments(string(made["arguments"]));
    parts.push({ type: "call", call: { id: string(call["id"]), name: string(made["name"]), arguments: args } });
  }
  return { role: "assistant", parts };
}

/** Only multimodal models take lists, but for the mark of what shall be kept in a cache. */
function readParts(content: unknown, path: string): UserPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  const parts = list(content);
  const isMarked = parts.some((part) => "cache_control" in part && typeof part["text"] === "string");
  must(path.includes("multimodal") || isMarked, "url error, please check url!");
  return parts.map((part) => {
    if (typeof part["text"] === "string") return { type: "text", text: part["text"] };
    const found = /^data:([^;]+);base64,(.*)$/.exec(string(part["image"]));
    must(found, "an image that is no data URL");
    return { type: "image", mediaType: found[1] ?? "", base64: found[2] ?? "" };
  });
}

function textOf(content: unknown): string {
  return typeof content === "string"
    ? content
    : list(content)
        .map(({ text }) => string(text))
        .join("");
}
