import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { list, must, mustKnow, number, object, parseArguments, string, type Json } from "../json.ts";
import type { Proofs, Script, VendorKit, VendorRequest } from "../kit.ts";
import type { Said, Stop } from "../said.ts";

/** OpenAI's Responses, stateless: reasoning comes back encrypted by the vendor or not at all, and each call has its output. */
export const responsesVendor: VendorKit = {
  cannotBeAsked: ["stop text"],
  route: ({ path, body }) =>
    path === "/v1/responses" ? { model: string(body["model"]), stream: body["stream"] === true } : undefined,
  read,
  whole: (said, proofs) => response(said, itemsOf(said, proofs)),
  stream,
  error: (status, message) => ({
    error: { message, type: status < 500 ? "invalid_request_error" : "server_error", param: null, code: null },
  }),
};

let made = 0;

function response(said: Said, output: Json[]): Json {
  const status = stops[said.stop];
  return {
    // Each answer has an id of its own, as a vendor's has.
    id: `resp_kit_${++made}`,
    object: "response",
    created_at: 1_790_000_000,
    status: status === undefined ? "completed" : "incomplete",
    error: null,
    incomplete_details: status === undefined ? null : { reason: status },
    instructions: null,
    metadata: {},
    model: "kit-responses",
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    store: false,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    truncation: "disabled",
    usage: {
      input_tokens: said.usage.input,
      input_tokens_details: { cached_tokens: said.usage.cached },
      output_tokens: said.usage.output,
      output_tokens_details: { reasoning_tokens: said.usage.reasoning },
      total_tokens: said.usage.input + said.usage.output,
    },
  };
}

/** Why a response is incomplete. */
const stops: Partial<Record<Stop, string>> = { length: "max_output_tokens", refusal: "content_filter" };

function itemsOf(said: Said, proofs: Proofs): Json[] {
  const { text, reasoning, calls } = said;
  const content = [{ type: "output_text", text, annotations: [], logprobs: [] }];
  return [
    ...(reasoning === ""
      ? []
      : [
          {
            id: "rs_kit",
            type: "reasoning",
            summary: [{ type: "summary_text", text: reasoning }],
            encrypted_content: proofs.make(reasoning),
          },
        ]),
    ...(text === "" ? [] : [{ id: "msg_kit", type: "message", status: "completed", role: "assistant", content }]),
    ...calls.map((call, index) => ({
      id: `fc_kit_${index}`,
      type: "function_call",
      status: "completed",
      call_id: call.id,
      name: call.name,
      arguments: JSON.stringify(call.arguments),
    })),
  ];
}

function stream(said: Said, _request: VendorRequest, proofs: Proofs): string[] {
  const output = itemsOf(said, proofs);
  const whole = response(said, output);
  const begun = { ...whole, status: "in_progress", incomplete_details: null, output: [], usage: null };
  const events: Json[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
  ];
  for (const [output_index, item] of output.entries()) {
    const at = { item_id: item["id"], output_index };
    const words = (text: unknown) =>
      string(text)
        .match(/\S*\s*/g)
        ?.filter(Boolean) ?? [];
    const add = (empty: Json) =>
      events.push({ type: "response.output_item.added", output_index, item: { ...item, ...empty } });
    if (item["type"] === "function_call") {
      const json = string(item["arguments"]);
      add({ status: "in_progress", arguments: "" });
      for (const delta of json.match(/.{1,7}/gs) ?? [])
        events.push({ type: "response.function_call_arguments.delta", ...at, delta });
      events.push({ type: "response.function_call_arguments.done", ...at, arguments: json });
    } else if (item["type"] === "message") {
      const [part = {}] = list(item["content"]);
      const place = { ...at, content_index: 0 };
      add({ status: "in_progress", content: [] });
      events.push({ type: "response.content_part.added", ...place, part: { ...part, text: "" } });
      for (const delta of words(part["text"]))
        events.push({ type: "response.output_text.delta", ...place, delta, logprobs: [] });
      events.push({ type: "response.output_text.done", ...place, text: part["text"], logprobs: [] });
      events.push({ type: "response.content_part.done", ...place, part });
    } else {
      const [part = {}] = list(item["summary"]);
      const place = { ...at, summary_index: 0 };
      add({ summary: [], encrypted_content: "" });
      events.push({ type: "response.reasoning_summary_part.added", ...place, part: { ...part, text: "" } });
      for (const delta of words(part["text"]))
        events.push({ type: "response.reasoning_summary_text.delta", ...place, delta });
      events.push({ type: "response.reasoning_summary_text.done", ...place, text: part["text"] });
      events.push({ type: "response.reasoning_summary_part.done", ...place, part });
    }
    events.push({ type: "response.output_item.done", output_index, item });
  }
  events.push({ type: `response.${string(whole["status"])}`, response: whole });
  return events.map((event, sequence_number) => {
    const { type, ...fields } = event;
    return `event: ${string(type)}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`;
  });
}

const fields = [
  ..."model input instructions tools tool_choice parallel_tool_calls text max_output_tokens stream stream_options".split(
    " ",
  ),
  ..."reasoning include store temperature top_p top_logprobs metadata truncation prompt_cache_key user".split(" "),
  ..."safety_identifier service_tier previous_response_id background client_metadata".split(" "),
];

function read({ body }: { body: Json }, script: Script): Asked {
  mustKnow(body, "body", fields);
  const turns: Turn[] = [];
  let system =
    body["instructions"] === undefined || body["instructions"] === null ? undefined : string(body["instructions"]);
  const open = new Set<string>();
  const input = typeof body["input"] === "string" ? [{ role: "user", content: body["input"] }] : list(body["input"]);
  must(input.length > 0, "input: expected at least one item");
  for (const item of input) {
    const type = string(item["type"] ?? "message");
    if (type === "message" && (item["role"] === "system" || item["role"] === "developer"))
      system =
        (system ?? "") +
        readParts(item["content"])
          .map((part) => (part.type === "text" ? part.text : ""))
          .join("");
    else if (type === "message" && item["role"] === "user")
      turns.push({ role: "user", parts: readParts(item["content"]) });
    else if (type === "function_call_output") {
      const id = string(item["call_id"]);
      must(open.delete(id), `No tool call found for function call output with call_id ${id}.`);
      turns.push({ role: "tool", results: [{ id, name: "", text: string(item["output"]) }] });
    } else {
      const part = readItem(type, item, script.proofs);
      if (part.type === "call") {
        must(!open.has(part.call.id), "Duplicate call_id");
        open.add(part.call.id);
      }
      const last = turns.at(-1);
      if (last?.role === "assistant") last.parts.push(part);
      else turns.push({ role: "assistant", parts: [part] });
    }
  }
  must(open.size === 0, `No tool output found for function call ${[...open].join(", ")}.`);
  const format = object(object(body["text"])["format"]);
  const { reasoning, tool_choice: choice, max_output_tokens: bound } = body;
  return {
    model: string(body["model"]),
    stream: body["stream"] === true,
    ...(system !== undefined && { system }),
    turns,
    tools: list(body["tools"]).map(readTool),
    ...(choice !== undefined && { choice: readChoice(choice) }),
    ...(format["type"] === "json_schema" && {
      schema: { name: string(format["name"]), schema: object(format["schema"]) },
    }),
    ...(bound !== undefined && { maxTokens: number(bound) }),
    stop: [],
    ...(reasoning !== undefined && { thinks: object(reasoning)["effort"] !== "none" }),
  };
}

function readParts(content: unknown): UserPart[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return list(content).map((part) => {
    if (part["type"] === "input_text") return { type: "text", text: string(part["text"]) };
    must(part["type"] === "input_image", `Invalid value: '${String(part["type"])}'.`);
    const found = /^data:([^;]+);base64,(.*)$/.exec(string(part["image_url"]));
    must(found, "an image that is no data URL");
    return { type: "image", mediaType: found[1] ?? "", base64: found[2] ?? "" };
  });
}

function readItem(type: string, item: Json, proofs: Proofs): AssistantPart {
  if (type === "message") {
    must(item["role"] === "assistant", `Invalid value: '${String(item["role"])}'.`);
    const { content } = item;
    if (typeof content === "string") return { type: "text", text: content };
    const texts = list(content).map((part) => {
      must(part["type"] === "output_text" || part["type"] === "refusal", `Invalid value: '${String(part["type"])}'.`);
      return string(part["text"]) + string(part["refusal"]);
    });
    return { type: "text", text: texts.join("") };
  }
  if (type === "reasoning") {
    must(Array.isArray(item["summary"]), "Missing required parameter: 'summary'.");
    const text = proofs.textOf(string(item["encrypted_content"]));
    must(text !== undefined, "The encrypted content could not be verified.");
    return { type: "reasoning", text };
  }
  must(type === "function_call", `Invalid value: '${type}'.`);
  must(string(item["call_id"]) !== "" && string(item["name"]) !== "", "Missing required parameter: 'call_id'.");
  const args = parseArguments(string(item["arguments"]));
  return { type: "call", call: { id: string(item["call_id"]), name: string(item["name"]), arguments: args } };
}

function readTool(tool: Json): Asked["tools"][number] {
  must(tool["type"] === "function", `Invalid value: '${String(tool["type"])}'.`);
  mustKnow(tool, "tool", ["type", "name", "description", "parameters", "strict"]);
  return {
    name: string(tool["name"]),
    ...(tool["description"] !== undefined && { description: string(tool["description"]) }),
    parameters: object(tool["parameters"]),
  };
}

function readChoice(choice: unknown): NonNullable<Asked["choice"]> {
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  return { name: string(object(choice)["name"]) };
}
