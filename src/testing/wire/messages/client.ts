import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { eventsOf, isObject, list, must, number, object, parseArguments, string, type Json } from "../json.ts";
import type { ClientKit, Reading } from "../kit.ts";
import { nothingSaid, type Said, type Stop } from "../said.ts";

/** A program with Anthropic's SDK, which sends all blocks of an answer back as they came. */
export const messagesClient: ClientKit = {
  request: (asked, key) => ({
    path: "/v1/messages",
    headers: { "x-api-key": key, "anthropic-version": "2023-06-01" },
    body: {
      model: asked.model,
      max_tokens: asked.maxTokens ?? 4_096,
      ...(asked.system !== undefined && { system: asked.system }),
      messages: asked.turns.map(encodeTurn),
      ...(asked.tools.length > 0 && {
        tools: asked.tools.map(({ parameters, ...tool }) => ({ ...tool, input_schema: parameters })),
        ...(asked.choice && { tool_choice: encodeChoice(asked.choice) }),
      }),
      ...(asked.schema && { output_config: { format: { type: "json_schema", schema: asked.schema.schema } } }),
      ...(asked.stop.length > 0 && { stop_sequences: asked.stop }),
      ...(asked.thinks && { thinking: { type: "enabled", budget_tokens: 2_048 } }),
      ...(asked.stream && { stream: true }),
    },
  }),
  readWhole,
  readStream,
  readError,
};

function encodeTurn(turn: Turn): Json {
  if (turn.role === "tool") {
    const content = turn.results.map(({ id, text }) => ({ type: "tool_result", tool_use_id: id, content: text }));
    return { role: "user", content };
  }
  if (turn.role === "user") return { role: "user", content: turn.parts.map(encodeUserPart) };
  if (turn.native?.dialect === "anthropic-messages") return { role: "assistant", content: turn.native.value };
  return { role: "assistant", content: turn.parts.map(encodeAssistantPart) };
}

function encodeUserPart(part: UserPart): Json {
  if (part.type === "text") return { type: "text", text: part.text };
  return { type: "image", source: { type: "base64", media_type: part.mediaType, data: part.base64 } };
}

function encodeAssistantPart(part: AssistantPart): Json {
  if (part.type === "text") return { type: "text", text: part.text };
  if (part.type === "reasoning") return { type: "thinking", thinking: part.text, signature: "" };
  const { id, name, arguments: input } = part.call;
  return { type: "tool_use", id, name, input };
}

function encodeChoice(choice: NonNullable<Asked["choice"]>): Json {
  if (typeof choice !== "string") return { type: "tool", name: choice.name };
  return { type: choice === "required" ? "any" : choice };
}

const stops: Record<string, Stop> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  tool_use: "tool-calls",
  refusal: "refusal",
  // There would have been more.
  pause_turn: "length",
  model_context_window_exceeded: "length",
};

function readHead(message: Json): void {
  must(message["type"] === "message" && message["role"] === "assistant", "no message of the assistant");
  must(string(message["id"]) !== "" && string(message["model"]) !== "", "no id or no model");
  must(Array.isArray(message["content"]), "content is no list");
  must("stop_reason" in message && "stop_sequence" in message, "no stop_reason or stop_sequence");
  must(isObject(message["usage"]), "no usage");
}

function readWhole(message: Json): Reading {
  readHead(message);
  const said = nothingSaid();
  const blocks = list(message["content"]);
  for (const block of blocks) readBlock(said, block);
  said.stop = readStop(message);
  const cost = readUsage(said, object(message["usage"]));
  return { said, error: undefined, isWhole: true, native: blocks, cost };
}

function readBlock(said: Said, block: Json): void {
  const type = string(block["type"]);
  if (type === "text") said.text += string(block["text"]);
  else if (type === "thinking") {
    must(typeof block["signature"] === "string", "a thought without signature");
    said.reasoning += string(block["thinking"]);
  } else if (type === "tool_use") {
    const [id, name] = [string(block["id"]), string(block["name"])];
    must(/^[\w-]+$/.test(id), `an id of a call that Anthropic refuses: ${id}`);
    must(name !== "" && isObject(block["input"]), "a call without name or input");
    must(!said.calls.some((call) => call.id === id), "the id of a call repeats");
    said.calls.push({ id, name, arguments: block["input"] });
  }
}

function readStop(holder: Json): Stop {
  const stop = stops[string(holder["stop_reason"])];
  must(stop, `an unknown stop_reason: ${String(holder["stop_reason"])}`);
  must((holder["stop_reason"] === "stop_sequence") === (typeof holder["stop_sequence"] === "string"), "stop_sequence");
  return stop;
}

function readUsage(said: Said, usage: Json): string | undefined {
  const cached = number(usage["cache_read_input_tokens"]);
  said.usage = {
    input: number(usage["input_tokens"]) + cached + number(usage["cache_creation_input_tokens"]),
    cached,
    output: number(usage["output_tokens"]),
    reasoning: number(object(usage["output_tokens_details"])["thinking_tokens"]),
  };
  return usage["cost"] === undefined ? undefined : string(usage["cost"]);
}

/** Which deltas a block may have. */
const deltasOf: Record<string, readonly string[]> = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  redacted_thinking: [],
  tool_use: ["input_json_delta"],
};

function readStream(text: string): Reading {
  const said = nothingSaid();
  const blocks: Json[] = [];
  const usage: Json = {};
  let open: { block: Json; input: string } | undefined;
  let phase: "before" | "blocks" | "delta" | "stopped" = "before";
  let cost: string | undefined;
  for (const { name, data } of eventsOf(text)) {
    const event = JSON.parse(data) as Json;
    const type = string(event["type"]);
    must(name === type, `the event ${String(name)} has the type ${type}`);
    must(phase !== "stopped", "something follows message_stop");
    if (type === "ping") continue;
    if (type === "error") {
      if (open) readBroken(said, open.block);
      return { said, error: readError(event), isWhole: false, native: undefined, cost };
    }
    if (type === "message_start") {
      must(phase === "before", "a second message_start");
      phase = "blocks";
      readHead(object(event["message"]));
      Object.assign(usage, object(object(event["message"])["usage"]));
    } else if (type === "content_block_start") {
      must(phase === "blocks" && !open && event["index"] === blocks.length, "a block starts out of order");
      open = { block: { ...object(event["content_block"]) }, input: "" };
      must(deltasOf[string(open.block["type"])], `an unknown block: ${String(open.block["type"])}`);
    } else if (type === "content_block_delta") {
      must(open && event["index"] === blocks.length, "a delta out of order");
      readDelta(open, object(event["delta"]));
    } else if (type === "content_block_stop") {
      must(open && event["index"] === blocks.length, "a block stops out of order");
      if (open.block["type"] === "tool_use") open.block["input"] = parseArguments(open.input);
      readBlock(said, open.block);
      blocks.push(open.block);
      open = undefined;
    } else if (type === "message_delta") {
      must(phase === "blocks" && !open, "message_delta out of order");
      phase = "delta";
      said.stop = readStop(object(event["delta"]));
      cost = readUsage(said, Object.assign(usage, object(event["usage"])));
    } else {
      must(type === "message_stop" && phase === "delta", `${type} out of order`);
      phase = "stopped";
    }
  }
  const isWhole = phase === "stopped";
  if (open && !isWhole) readBroken(said, open.block);
  return { said, error: undefined, isWhole, native: isWhole ? blocks : undefined, cost };
}

/** What a client has seen of a block that has no end. */
function readBroken(said: Said, block: Json): void {
  said.text += string(block["text"]);
  said.reasoning += string(block["thinking"]);
}

function readDelta(open: { block: Json; input: string }, delta: Json): void {
  const { block } = open;
  const type = string(delta["type"]);
  must(deltasOf[string(block["type"])]?.includes(type), `a ${type} in a block ${String(block["type"])}`);
  if (type === "input_json_delta") open.input += string(delta["partial_json"]);
  const key = type.replace("_delta", "");
  if (key === "text" || key === "thinking" || key === "signature") block[key] = string(block[key]) + string(delta[key]);
}

function readError(body: Json): NonNullable<Reading["error"]> {
  const error = object(body["error"]);
  must(body["type"] === "error", "an error without its frame");
  must(string(error["message"]) !== "" && string(error["type"]) !== "", "an error without message or type");
  return { code: string(error["code"]), type: string(error["type"]), message: string(error["message"]) };
}
