import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { list, must, mustKnow, number, object, parseArguments, string, type Json } from "../json.ts";
import type { Script, VendorKit } from "../kit.ts";
import type { Said, Stop } from "../said.ts";

/**
 * OpenAI's chat completions, with DeepSeek's rule that a turn which called tools comes back with what was thought before.
 * Fields that OpenAI's reference and DeepSeek's do not have are refused.
 */
export const chatVendor: VendorKit = {
  route: ({ path, body }) =>
    path === "/v1/chat/completions" ? { model: string(body["model"]), stream: body["stream"] === true } : undefined,
  read,
  whole: (said) => ({
    ...head("chat.completion"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: said.text === "" ? null : said.text,
          refusal: null,
          ...(said.reasoning !== "" && { reasoning_content: said.reasoning }),
          ...(said.calls.length > 0 && {
            tool_calls: said.calls.map((call) => ({
              id: call.id,
              type: "function",
              function: { name: call.name, arguments: JSON.stringify(call.arguments) },
            })),
          }),
        },
        logprobs: null,
        finish_reason: stops[said.stop],
      },
    ],
    usage: encodeUsage(said),
  }),
  stream,
  error: (status, message) => ({
    error: { message, type: errorTypes[status] ?? "server_error", param: null, code: null },
  }),
};

const errorTypes: Record<number, string> = { 400: "invalid_request_error", 401: "authentication_error" };

const head = (kind: string) => ({ id: "chatcmpl-kit", object: kind, created: 1_790_000_000, model: "kit-chat" });

const stops: Record<Stop, string | null> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  refusal: "content_filter",
  none: null,
};

function encodeUsage({ usage: { input, cached, output, reasoning } }: Said): Json {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

/** The arguments of several calls take turns, as some servers send them. */
function stream(said: Said, { body }: { body: Json }): string[] {
  const chunk = (delta: Json, finish: string | null = null) => ({
    ...head("chat.completion.chunk"),
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  const texts = said.calls.map((call) => halvesOf(JSON.stringify(call.arguments)));
  const chunks: Json[] = [
    chunk({ role: "assistant", content: "" }),
    ...piecesOf(said.reasoning).map((text) => chunk({ reasoning_content: text })),
    ...piecesOf(said.text).map((text) => chunk({ content: text })),
    ...said.calls.map((call, index) =>
      chunk({ tool_calls: [{ index, id: call.id, type: "function", function: { name: call.name, arguments: "" } }] }),
    ),
    ...[0, 1].flatMap((half) =>
      texts.map((halves, index) => chunk({ tool_calls: [{ index, function: { arguments: halves[half] } }] })),
    ),
    chunk({}, stops[said.stop]),
  ];
  if (object(body["stream_options"])["include_usage"] === true)
    chunks.push({ ...head("chat.completion.chunk"), choices: [], usage: encodeUsage(said) });
  return [...chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`), "data: [DONE]\n\n"];
}

function halvesOf(text: string): [string, string] {
  const middle = Math.floor(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}

/** Words, as models send them. */
function piecesOf(text: string): string[] {
  return text.match(/\S*\s*/g)?.filter((piece) => piece !== "") ?? [];
}

const fields = [
  ..."model messages tools tool_choice parallel_tool_calls response_format max_tokens max_completion_tokens stop".split(
    " ",
  ),
  ..."stream stream_options reasoning_effort temperature top_p seed frequency_penalty presence_penalty user".split(" "),
  ..."thinking enable_thinking prompt_cache_key safety_identifier".split(" "),
];
const messageFields = ["role", "content", "reasoning_content", "tool_calls", "tool_call_id", "name", "refusal"];

function read({ body }: { body: Json }, script: Script): Asked {
  mustKnow(body, "body", fields);
  const turns: Turn[] = [];
  let system: string | undefined;
  /** Ids of calls that have no result yet. */
  let open: string[] = [];
  for (const message of list(body["messages"])) {
    mustKnow(message, "message", messageFields);
    const role = string(message["role"]);
    must(role === "tool" || open.length === 0, `calls without a result: ${open.join(", ")}`);
    if (role === "system" || role === "developer") system = (system ?? "") + textOf(message["content"]);
    else if (role === "user") turns.push({ role, parts: readParts(message["content"]) });
    else if (role === "assistant") {
      const turn = readAssistant(message);
      open = turn.parts.flatMap((part) => (part.type === "call" ? [part.call.id] : []));
      must(new Set(open).size === open.length, "ids of calls repeat in a turn");
      const isSilent = typeof message["reasoning_content"] !== "string";
      must(
        !script.thinks || open.length === 0 || !isSilent,
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
      );
      turns.push(turn);
    } else {
      must(role === "tool", `an unknown role: ${role}`);
      const id = string(message["tool_call_id"]);
      must(open.includes(id), `a result for no call: ${id}`);
      open = open.filter((other) => other !== id);
      turns.push({ role: "tool", results: [{ id, name: "", text: textOf(message["content"]) }] });
    }
  }
  must(open.length === 0, `calls without a result: ${open.join(", ")}`);
  const format = object(body["response_format"]);
  const schema = object(format["json_schema"]);
  const bound = body["max_completion_tokens"] ?? body["max_tokens"];
  const choice = body["tool_choice"];
  return {
    model: string(body["model"]),
    stream: body["stream"] === true,
    ...(system !== undefined && { system }),
    turns,
    tools: list(body["tools"]).map((tool) => readTool(object(tool["function"]))),
    ...(choice !== undefined && { choice: readChoice(choice) }),
    ...(format["type"] === "json_schema" && {
      schema: { name: string(schema["name"]), schema: object(schema["schema"]) },
    }),
    ...(bound !== undefined && { maxTokens: number(bound) }),
    stop: [body["stop"] ?? []].flat() as string[],
    ...(body["reasoning_effort"] !== undefined && { thinks: body["reasoning_effort"] !== "none" }),
  };
}

function readTool(tool: Json): Asked["tools"][number] {
  mustKnow(tool, "function", ["name", "description", "parameters", "strict"]);
  return {
    name: string(tool["name"]),
    ...(tool["description"] !== undefined && { description: string(tool["description"]) }),
    parameters: object(tool["parameters"]),
  };
}

function readChoice(choice: unknown): NonNullable<Asked["choice"]> {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  return { name: string(object(object(choice)["function"])["name"]) };
}

function readAssistant(message: Json): Turn & { role: "assistant" } {
  const parts: AssistantPart[] = [
    { type: "reasoning", text: string(message["reasoning_content"]) },
    { type: "text", text: (message["content"] ?? null) === null ? "" : textOf(message["content"]) },
  ];
  for (const call of list(message["tool_calls"])) {
    const made = object(call["function"]);
    must(call["type"] === "function" && string(call["id"]) !== "", "a call without type or id");
    must(/^[\w-]{1,64}$/.test(string(made["name"])), "a function's name has other characters than allowed");
    const args = parseArguments(string(made["arguments"]));
    parts.push({ type: "call", call: { id: string(call["id"]), name: string(made["name"]), arguments: args } });
  }
  return { role: "assistant", parts };
}

function readParts(content: unknown): UserPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  must(Array.isArray(content), "content is neither a text nor a list");
  return list(content).map((part) => {
    if (part["type"] === "text") return { type: "text", text: string(part["text"]) };
    must(part["type"] === "image_url", `an unknown type of part: ${String(part["type"])}`);
    const found = /^data:([^;]+);base64,(.*)$/.exec(string(object(part["image_url"])["url"]));
    must(found, "an image that is no data URL");
    return { type: "image", mediaType: found[1] ?? "", base64: found[2] ?? "" };
  });
}

function textOf(content: unknown): string {
  return readParts(content)
    .map((part) => {
      must(part.type === "text", "an image where only text is allowed");
      return part.text;
    })
    .join("");
}
