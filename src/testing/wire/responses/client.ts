import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { isObject, list, must, number, object, readArguments, string, type Json } from "../json.ts";
import type { ClientKit, Reading } from "../kit.ts";
import { nothingSaid, type Said, type Stop } from "../said.ts";
import { readResponseEvents } from "./stream.ts";

/** A program with OpenAI's SDK that keeps nothing at the vendor, as Codex does: it sends all items of an answer back. */
export const responsesClient: ClientKit = {
  request: (asked, key) => ({
    path: "/v1/responses",
    headers: { authorization: `Bearer ${key}` },
    body: {
      model: asked.model,
      store: false,
      include: ["reasoning.encrypted_content"],
      ...(asked.system !== undefined && { instructions: asked.system }),
      input: asked.turns.flatMap(encodeTurn),
      ...(asked.tools.length > 0 && {
        tools: asked.tools.map((tool) => ({ type: "function", ...tool, strict: false })),
        ...(asked.choice && { tool_choice: encodeChoice(asked.choice) }),
      }),
      ...(asked.schema && {
        text: {
          format: {
            type: "json_schema",
            name: asked.schema.name ?? "answer",
            schema: asked.schema.schema,
            strict: true,
          },
        },
      }),
      ...(asked.maxTokens !== undefined && { max_output_tokens: asked.maxTokens }),
      ...(asked.thinks && { reasoning: { effort: "high", summary: "auto" } }),
      ...(asked.stream && { stream: true }),
    },
  }),
  readWhole,
  readStream: (text) => readResponseEvents(text, readWhole),
  readError,
  cannotSay: ["stop text"],
};

function encodeTurn(turn: Turn): Json[] {
  if (turn.role === "tool")
    return turn.results.map(({ id, text }) => ({ type: "function_call_output", call_id: id, output: text }));
  if (turn.role === "user") return [{ type: "message", role: "user", content: turn.parts.map(encodeUserPart) }];
  if (turn.native?.dialect === "openai-responses") return turn.native.value as Json[];
  return turn.parts.map(encodeAssistantPart);
}

function encodeUserPart(part: UserPart): Json {
  if (part.type === "text") return { type: "input_text", text: part.text };
  return { type: "input_image", detail: "auto", image_url: `data:${part.mediaType};base64,${part.base64}` };
}

function encodeAssistantPart(part: AssistantPart, index: number): Json {
  if (part.type === "text")
    return { type: "message", role: "assistant", content: [{ type: "output_text", text: part.text, annotations: [] }] };
  if (part.type === "reasoning")
    return { type: "reasoning", id: `rs_${index}`, summary: [{ type: "summary_text", text: part.text }] };
  const { id, name, arguments: args } = part.call;
  return { type: "function_call", call_id: id, name, arguments: JSON.stringify(args) };
}

function encodeChoice(choice: NonNullable<Asked["choice"]>): unknown {
  return typeof choice === "string" ? choice : { type: "function", name: choice.name };
}

/** Reads a response that has ended. */
function readWhole(response: Json): Reading {
  must(response["object"] === "response" && string(response["id"]) !== "", "object is not response, or it has no id");
  must(typeof response["created_at"] === "number" && string(response["model"]) !== "", "no created_at or no model");
  for (const field of [
    "error",
    "incomplete_details",
    "instructions",
    "metadata",
    "parallel_tool_calls",
    "tool_choice",
    "tools",
  ])
    must(field in response, `the response has no ${field}`);
  must(Array.isArray(response["output"]), "output is no list");
  const said = nothingSaid();
  const output = list(response["output"]);
  for (const item of output) readItem(said, item, response["status"] === "incomplete");
  const cost = readUsage(said, object(response["usage"]));
  if (response["status"] === "failed") {
    const { code, message } = object(response["error"]);
    must(string(message) !== "", "a failed response without an error");
    const error = { code: string(code), type: string(code), message: string(message) };
    return { said, error, isWhole: false, native: undefined, cost };
  }
  said.stop = readStop(response, said);
  return { said, error: undefined, isWhole: true, native: output, cost };
}

function readStop(response: Json, said: Said): Stop {
  const reason = object(response["incomplete_details"])["reason"];
  if (response["status"] === "completed") {
    must(reason === undefined, "a completed response with a reason for being incomplete");
    if (said.calls.length > 0) return "tool-calls";
    return "stop";
  }
  must(response["status"] === "incomplete", `the status is ${String(response["status"])}`);
  if (reason === "content_filter") return "refusal";
  must(reason === "max_output_tokens", `an unknown reason: ${String(reason)}`);
  return "length";
}

function readItem(said: Said, item: Json, isCut: boolean): void {
  const type = string(item["type"]);
  if (type === "message") {
    must(string(item["id"]) !== "" && item["role"] === "assistant", "a message without id or role");
    must(string(item["status"]) !== "" && Array.isArray(item["content"]), "a message without status or content");
    for (const part of list(item["content"])) {
      const isText = part["type"] === "output_text" && Array.isArray(part["annotations"]);
      must(isText || part["type"] === "refusal", "a text without annotations");
      said.text += string(part["text"]) + string(part["refusal"]);
    }
  } else if (type === "reasoning") {
    must(string(item["id"]) !== "" && Array.isArray(item["summary"]), "reasoning without id or summary");
    const texts = [...list(item["summary"]), ...list(item["content"])].map(({ text }) => string(text));
    said.reasoning += texts.join("");
  } else if (type === "function_call") {
    const id = string(item["call_id"]);
    must(id !== "" && string(item["name"]) !== "", "a call without call_id or name");
    must(!said.calls.some((call) => call.id === id), "the call_id of a call repeats");
    said.calls.push({ id, name: string(item["name"]), arguments: readArguments(string(item["arguments"]), isCut) });
  }
}

function readUsage(said: Said, usage: Json): string | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  const [input, output] = [number(usage["input_tokens"]), number(usage["output_tokens"])];
  must(usage["total_tokens"] === input + output, "total_tokens is not the sum");
  const { input_tokens_details: inputDetails, output_tokens_details: outputDetails } = usage;
  must(isObject(inputDetails) && isObject(outputDetails), "usage without details");
  must(typeof inputDetails["cached_tokens"] === "number", "usage without cached_tokens");
  must(typeof outputDetails["reasoning_tokens"] === "number", "usage without reasoning_tokens");
  said.usage = { input, cached: inputDetails["cached_tokens"], output, reasoning: outputDetails["reasoning_tokens"] };
  return usage["cost"] === undefined ? undefined : string(usage["cost"]);
}

function readError(body: Json): NonNullable<Reading["error"]> {
  const error = object(body["error"]);
  must(string(error["message"]) !== "" && string(error["type"]) !== "", "an error without message or type");
  return { code: string(error["code"]), type: string(error["type"]), message: string(error["message"]) };
}
