import type { Asked, AssistantPart, Turn } from "../asked.ts";
import { eventsOf, isObject, list, must, number, object, readArguments, string, type Json } from "../json.ts";
import type { ClientKit, Reading } from "../kit.ts";
import { nothingSaid, type Said, type Stop } from "../said.ts";

/** A program with OpenAI's SDK, and the habit of DeepSeek's clients to send `reasoning_content` back. */
export const chatClient: ClientKit = {
  request: (asked, key) => ({
    path: "/v1/chat/completions",
    headers: { authorization: `Bearer ${key}` },
    body: {
      model: asked.model,
      messages: [
        ...(asked.system === undefined ? [] : [{ role: "system", content: asked.system }]),
        ...asked.turns.flatMap(encodeTurn),
      ],
      ...(asked.tools.length > 0 && {
        tools: asked.tools.map((tool) => ({ type: "function", function: tool })),
        ...(asked.choice && { tool_choice: encodeChoice(asked.choice) }),
      }),
      ...(asked.schema && {
        response_format: {
          type: "json_schema",
          json_schema: { name: asked.schema.name ?? "answer", schema: asked.schema.schema, strict: true },
        },
      }),
      ...(asked.maxTokens !== undefined && { max_completion_tokens: asked.maxTokens }),
      ...(asked.stop.length > 0 && { stop: asked.stop }),
      ...(asked.thinks && { reasoning_effort: "high" }),
      ...(asked.stream && { stream: true, stream_options: { include_usage: true } }),
    },
  }),
  readWhole,
  readStream,
  readError,
};

function encodeTurn(turn: Turn): Json[] {
  if (turn.role === "tool")
    return turn.results.map(({ id, text }) => ({ role: "tool", tool_call_id: id, content: text }));
  if (turn.role === "user") {
    const [first] = turn.parts;
    if (turn.parts.length === 1 && first?.type === "text") return [{ role: "user", content: first.text }];
    const content = turn.parts.map((part) =>
      part.type === "text"
        ? { type: "text", text: part.text }
        : { type: "image_url", image_url: { url: `data:${part.mediaType};base64,${part.base64}` } },
    );
    return [{ role: "user", content }];
  }
  if (turn.native?.dialect === "openai-chat") return [turn.native.value as Json];
  const textOf = (type: "text" | "reasoning") =>
    turn.parts.map((part: AssistantPart) => (part.type === type ? part.text : "")).join("");
  const calls = turn.parts.flatMap((part) => (part.type === "call" ? [part.call] : []));
  return [
    {
      role: "assistant",
      content: textOf("text") || null,
      ...(textOf("reasoning") !== "" && { reasoning_content: textOf("reasoning") }),
      ...(calls.length > 0 && {
        tool_calls: calls.map((call) => ({
          id: call.id,
          type: "function",
          function: { name: call.name, arguments: JSON.stringify(call.arguments) },
        })),
      }),
    },
  ];
}

function encodeChoice(choice: NonNullable<Asked["choice"]>): unknown {
  return typeof choice === "string" ? choice : { type: "function", function: choice };
}

const stops: Record<string, Stop> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "refusal",
};

function readWhole(body: Json): Reading {
  must(body["object"] === "chat.completion", "object is not chat.completion");
  readHead(body);
  const [choice, ...more] = list(body["choices"]);
  must(choice && more.length === 0, "expected one choice");
  const message = object(choice["message"]);
  must(message["role"] === "assistant", "the message has no role");
  must(message["content"] === null || typeof message["content"] === "string", "content is neither text nor null");
  const said = nothingSaid();
  said.text = string(message["content"]) + string(message["refusal"]);
  said.reasoning = string(message["reasoning_content"]);
  said.stop = readStop(choice["finish_reason"]);
  for (const call of list(message["tool_calls"])) {
    const made = object(call["function"]);
    must(call["type"] === "function" && string(call["id"]) !== "", "a call without type or id");
    must(string(made["name"]) !== "" && typeof made["arguments"] === "string", "a call without name or arguments");
    said.calls.push({
      id: string(call["id"]),
      name: string(made["name"]),
      arguments: readArguments(string(made["arguments"]), said.stop === "length"),
    });
  }
  const cost = readUsage(said, body["usage"]);
  return { said, error: undefined, isWhole: true, native: message, cost };
}

function readHead(body: Json): void {
  must(string(body["id"]) !== "" && string(body["model"]) !== "", "no id or no model");
  must(Number.isInteger(body["created"]), "created is no whole number");
}

function readStop(value: unknown): Stop {
  const stop = stops[string(value)];
  must(stop, `an unknown finish_reason: ${String(value)}`);
  return stop;
}

function readUsage(said: Said, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const usage = object(value);
  const [input, output] = [number(usage["prompt_tokens"]), number(usage["completion_tokens"])];
  must(usage["total_tokens"] === input + output, "total_tokens is not the sum");
  said.usage = {
    input,
    cached: number(object(usage["prompt_tokens_details"])["cached_tokens"]),
    output,
    reasoning: number(object(usage["completion_tokens_details"])["reasoning_tokens"]),
  };
  return usage["cost"] === undefined ? undefined : string(usage["cost"]);
}

function readStream(text: string): Reading {
  const said = nothingSaid();
  const calls: { id: string; name: string; text: string }[] = [];
  const reading: Reading = { said, error: undefined, isWhole: false, native: undefined, cost: undefined };
  let id: string | undefined;
  let isDone = false;
  let hasRole = false;
  let refusal = "";
  for (const { name, data } of eventsOf(text)) {
    must(!isDone && !reading.error, "something follows the end");
    must(name === undefined, "events of this dialect have no name");
    if (data === "[DONE]") {
      isDone = true;
      continue;
    }
    const chunk = JSON.parse(data) as Json;
    if (chunk["error"]) {
      reading.error = readError(chunk);
      continue;
    }
    // What Azure's filters found has no head and no delta, and its clients go past it.
    if (chunk["id"] === "" && list(chunk["choices"]).every((choice) => choice["delta"] === undefined)) continue;
    must(chunk["object"] === "chat.completion.chunk", "object is not chat.completion.chunk");
    readHead(chunk);
    id ??= string(chunk["id"]);
    must(id === chunk["id"], "the id changes");
    const cost = readUsage(said, chunk["usage"]);
    if (cost !== undefined) reading.cost = cost;
    must(Array.isArray(chunk["choices"]), "choices is no list");
    for (const choice of list(chunk["choices"])) {
      must(choice["index"] === 0 && isObject(choice["delta"]), "a choice without index 0 or delta");
      const { delta } = choice as { delta: Json };
      const hasNews = Object.keys(delta).length > 0;
      must(said.stop === "none" || !hasNews, "a delta follows the finish_reason");
      if (hasNews && !hasRole) must(delta["role"] === "assistant", "the first delta has no role");
      if (hasNews) hasRole = true;
      said.text += string(delta["content"]);
      refusal += string(delta["refusal"]);
      said.reasoning += string(delta["reasoning_content"]);
      for (const call of list(delta["tool_calls"])) readCallDelta(call, calls);
      if (choice["finish_reason"] !== null && choice["finish_reason"] !== undefined)
        said.stop = readStop(choice["finish_reason"]);
    }
  }
  said.text += refusal;
  if (!isDone) return reading;
  must(said.stop !== "none", "[DONE] without a finish_reason");
  const isCut = said.stop === "length";
  said.calls = calls.map((call) => ({ id: call.id, name: call.name, arguments: readArguments(call.text, isCut) }));
  const native = {
    role: "assistant",
    content: said.text || null,
    ...(said.reasoning !== "" && { reasoning_content: said.reasoning }),
    ...(calls.length > 0 && {
      tool_calls: calls.map((call) => ({
        id: call.id,
        type: "function",
        function: { name: call.name, arguments: call.text },
      })),
    }),
  };
  return { ...reading, isWhole: true, native };
}

function readCallDelta(call: Json, calls: { id: string; name: string; text: string }[]): void {
  const index = call["index"];
  must(typeof index === "number" && index >= 0 && index <= calls.length, "indexes of calls do not follow each other");
  const made = object(call["function"]);
  let known = calls[index];
  if (!known) {
    must(
      call["type"] === "function" && string(call["id"]) !== "" && string(made["name"]) !== "",
      "a call without head",
    );
    must(!calls.some(({ id }) => id === call["id"]), "the id of a call repeats");
    known = { id: string(call["id"]), name: string(made["name"]), text: "" };
    calls.push(known);
  } else must(call["id"] === undefined || call["id"] === known.id, "the id of a call changes");
  known.text += string(made["arguments"]);
}

function readError(body: Json): NonNullable<Reading["error"]> {
  const error = object(body["error"]);
  must(string(error["message"]) !== "" && string(error["type"]) !== "", "an error without message or type");
  return { code: string(error["code"]), type: string(error["type"]), message: string(error["message"]) };
}
