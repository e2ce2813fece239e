import { list, object, string, type Json } from "../wire/json.ts";

/** What Qwen Code has made of a stream of chat completions. */
export interface QwenTurn {
  status: number;
  headers: Headers;
  text: string;
  reasoning: string;
  calls: { id: string; name: string; arguments: string }[];
  finish: string;
  usage: Json;
  body: string;
}

export async function askQwenCode({ address, key }: { address: string; key: string }, body: object): Promise<QwenTurn> {
  const response = await fetch(`${address}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "QwenCode/0.15.10 (linux; x64)",
    },
    body: JSON.stringify(body),
  });
  const all = await response.text();
  const turn: QwenTurn = {
    status: response.status,
    headers: response.headers,
    text: "",
    reasoning: "",
    calls: [],
    finish: "",
    usage: {},
    body: all,
  };
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return turn;
  for (const line of all.split("\n")) if (line.startsWith("data: {")) take(turn, JSON.parse(line.slice(6)) as Json);
  return turn;
}

function take(turn: QwenTurn, chunk: Json): void {
  const [choice] = list(chunk["choices"]);
  const delta = object(choice?.["delta"]);
  turn.text += string(delta["content"]);
  turn.reasoning += string(delta["reasoning_content"]);
  for (const { index, id, function: called } of list(delta["tool_calls"])) {
    const { name, arguments: json } = object(called);
    const call = (turn.calls[index as number] ??= { id: "", name: "", arguments: "" });
    call.id ||= string(id);
    call.name ||= string(name);
    call.arguments += string(json);
  }
  turn.finish ||= string(choice?.["finish_reason"]);
  if (chunk["usage"]) turn.usage = object(chunk["usage"]);
}

/** What it sends each time, as recorded of 0.15.10. */
export function qwenRequest(model: string, messages: readonly object[]): Json {
  return {
    model,
    messages: [
      { role: "system", content: "You are Qwen Code." },
      { role: "user", content: [{ type: "text", text: "This is the Qwen Code." }] },
      { role: "assistant", content: "Got it. Thanks for the context!" },
      { role: "user", content: [{ type: "text", text: "Create hello.txt" }] },
      ...messages,
    ],
    tools: [
      {
        type: "function",
        function: {
          name: "write_file",
          description: "Writes",
          parameters: { type: "object", properties: { file_path: { type: "string" }, content: { type: "string" } } },
        },
      },
    ],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: 8000,
  };
}

/** The same with what it adds for Alibaba's servers, whose form a person may have set for Sahab, too. */
export function withAlibabaFields(request: Json): Json {
  const cache_control = { type: "ephemeral" };
  const [system, ...messages] = list(request["messages"]);
  return {
    ...request,
    messages: [{ role: "system", content: [{ type: "text", text: system?.["content"], cache_control }] }, ...messages],
    tools: list(request["tools"]).map((tool) => ({ ...tool, cache_control })),
    metadata: { sessionId: "s", promptId: "s########0", channel: "cli" },
    vl_high_resolution_images: true,
    enable_thinking: true,
  };
}

/** The turn as it sends it back, with what was thought, and what the calls gave. */
export function nextMessages({ text, reasoning, calls }: QwenTurn): Json[] {
  return [
    {
      role: "assistant",
      content: text,
      reasoning_content: reasoning,
      tool_calls: calls.map(({ id, name, arguments: json }) => ({
        id,
        type: "function",
        function: { name, arguments: json },
      })),
    },
    ...calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: [{ type: "text", text: "written" }] })),
  ];
}
