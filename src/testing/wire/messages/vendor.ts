import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { isObject, list, must, mustKnow, number, object, string, type Json } from "../json.ts";
import type { Proofs, Script, VendorKit } from "../kit.ts";
import type { Said, Stop } from "../said.ts";

/**
 * Anthropic's Messages. Rules: its API reference, and its guides "Extended thinking" and "Tool use": thoughts come back
 * with their proof and unchanged, a turn that goes on after a tool begins with one while the model thinks, and each call
 * has its result in the next turn.
 */
export const messagesVendor: VendorKit = {
  route: ({ path, body }) =>
    path === "/v1/messages" ? { model: string(body["model"]), stream: body["stream"] === true } : undefined,
  read,
  whole: (said, proofs) => ({
    ...head(encodeUsage(said)),
    content: blocksOf(said, proofs),
    stop_reason: stops[said.stop],
    stop_sequence: null,
  }),
  stream,
  error: (status, message) => ({
    type: "error",
    error: { type: errorTypes[status] ?? "api_error", message },
    request_id: "req_kit",
  }),
};

const errorTypes: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  429: "rate_limit_error",
  529: "overloaded_error",
};

const head = (usage: Json) => ({ id: "msg_kit", type: "message", role: "assistant", model: "kit-messages", usage });

const stops: Record<Stop, string | null> = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  refusal: "refusal",
  none: null,
};

function encodeUsage({ usage: { input, cached, output, reasoning } }: Said): Json {
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: output,
    ...(reasoning > 0 && { output_tokens_details: { thinking_tokens: reasoning } }),
  };
}

function blocksOf(said: Said, proofs: Proofs): Json[] {
  const thought = { type: "thinking", thinking: said.reasoning };
  return [
    ...(said.reasoning === "" ? [] : [{ ...thought, signature: proofs.make(said.reasoning) }]),
    ...(said.text === "" ? [] : [{ type: "text", text: said.text }]),
    ...said.calls.map(({ id, name, arguments: input }) => ({ type: "tool_use", id, name, input })),
  ];
}

function stream(said: Said, _request: unknown, proofs: Proofs): string[] {
  const usage = encodeUsage(said);
  const event = (type: string, fields: Json = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const blocks = blocksOf(said, proofs).flatMap((block, index) => {
    const delta = (type: string, fields: Json) => event("content_block_delta", { index, delta: { type, ...fields } });
    const [start, deltas] = openBlock(block, delta);
    return [
      event("content_block_start", { index, content_block: start }),
      ...(index === 0 ? [event("ping")] : []),
      ...deltas,
      event("content_block_stop", { index }),
    ];
  });
  const message = { ...head({ ...usage, output_tokens: 1 }), content: [], stop_reason: null, stop_sequence: null };
  return [
    event("message_start", { message }),
    ...blocks,
    event("message_delta", { delta: { stop_reason: stops[said.stop], stop_sequence: null }, usage }),
    event("message_stop"),
  ];
}

function openBlock(block: Json, delta: (type: string, fields: Json) => string): [Json, string[]] {
  const words = (text: unknown) =>
    string(text)
      .match(/\S*\s*/g)
      ?.filter(Boolean) ?? [];
  if (block["type"] === "text")
    return [{ type: "text", text: "" }, words(block["text"]).map((text) => delta("text_delta", { text }))];
  if (block["type"] === "thinking") {
    const thoughts = words(block["thinking"]).map((thinking) => delta("thinking_delta", { thinking }));
    return [
      { type: "thinking", thinking: "", signature: "" },
      [...thoughts, delta("signature_delta", { signature: block["signature"] })],
    ];
  }
  const json = JSON.stringify(block["input"]);
  const pieces = ["", ...(json.match(/.{1,7}/gs) ?? [])];
  return [{ ...block, input: {} }, pieces.map((partial_json) => delta("input_json_delta", { partial_json }))];
}

const fields = [
  ..."model messages system max_tokens tools tool_choice output_config stop_sequences stream thinking".split(" "),
  ..."temperature top_p top_k metadata service_tier cache_control context_management".split(" "),
];

function read({ body, headers }: { body: Json; headers: Headers }, script: Script): Asked {
  mustKnow(body, "body", fields);
  must(headers.get("anthropic-version") !== null, "anthropic-version: header is required");
  must(number(body["max_tokens"]) > 0, "max_tokens: Field required");
  const isThinking = object(body["thinking"])["type"] === "enabled";
  const mayThink = isThinking || object(body["thinking"])["type"] === "adaptive";
  const takesSystem = headers.get("anthropic-beta")?.includes("mid-conversation") === true;
  const turns: Turn[] = [];
  let open: string[] = [];
  for (const message of list(body["messages"])) {
    mustKnow(message, "message", ["role", "content"]);
    if (message["role"] === "system" && takesSystem) continue;
    const blocks =
      typeof message["content"] === "string" ? [{ type: "text", text: message["content"] }] : list(message["content"]);
    must(blocks.length > 0, "messages: content must not be empty");
    if (message["role"] === "user") readUser(blocks, open, turns);
    else {
      must(message["role"] === "assistant", `messages: unexpected role ${String(message["role"])}`);
      must(open.length === 0, "`tool_use` ids were found without `tool_result` blocks immediately after");
      turns.push({ role: "assistant", parts: blocks.map((block) => readBlock(block, script.proofs)) });
    }
    open =
      message["role"] === "user"
        ? []
        : blocks.flatMap((block) => (block["type"] === "tool_use" ? [string(block["id"])] : []));
    must(new Set(open).size === open.length, "messages: `tool_use` ids must be unique");
  }
  must(open.length === 0, "`tool_use` ids were found without `tool_result` blocks immediately after");
  if (isThinking) mustBeginWithThought(turns);
  const format = object(object(body["output_config"])["format"]);
  const { tool_choice: choice, system, thinking } = body;
  return {
    model: string(body["model"]),
    stream: body["stream"] === true,
    ...(system !== undefined && {
      system:
        typeof system === "string"
          ? system
          : list(system)
              .map(({ text }) => string(text))
              .join(""),
    }),
    turns,
    tools: list(body["tools"]).map(readTool),
    ...(choice !== undefined && { choice: readChoice(object(choice), isThinking) }),
    ...(format["type"] === "json_schema" && { schema: { schema: object(format["schema"]) } }),
    maxTokens: number(body["max_tokens"]),
    stop: (body["stop_sequences"] ?? []) as string[],
    ...(thinking !== undefined && { thinks: mayThink }),
  };
}

/** The turn that goes on after a tool's result. */
function mustBeginWithThought(turns: readonly Turn[]): void {
  if (turns.at(-1)?.role !== "tool") return;
  const last = turns.findLast((turn) => turn.role === "assistant");
  const type = last?.role === "assistant" ? last.parts[0]?.type : undefined;
  must(
    type === "reasoning",
    "Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block",
  );
}

function readUser(blocks: Json[], open: string[], turns: Turn[]): void {
  const results = blocks.filter((block) => block["type"] === "tool_result");
  const ids = results.map((block) => string(block["tool_use_id"]));
  must(
    ids.length === open.length && open.every((id) => ids.includes(id)),
    `results for ${ids.join(", ")} after calls of ${open.join(", ")}`,
  );
  if (results.length > 0)
    turns.push({
      role: "tool",
      results: results.map((block, index) => ({ id: ids[index] ?? "", name: "", text: textOf(block["content"]) })),
    });
  const rest = blocks.filter((block) => block["type"] !== "tool_result").map(readUserPart);
  if (rest.length > 0) turns.push({ role: "user", parts: rest });
}

function textOf(content: unknown): string {
  if (content === undefined) return "";
  return typeof content === "string"
    ? content
    : list(content)
        .map(({ text }) => string(text))
        .join("");
}

function readUserPart(block: Json): UserPart {
  if (block["type"] === "text") return readText(block);
  must(block["type"] === "image", `messages: unexpected block ${String(block["type"])}`);
  const source = object(block["source"]);
  must(source["type"] === "base64", "an image that is no base64");
  return { type: "image", mediaType: string(source["media_type"]), base64: string(source["data"]) };
}

function readText(block: Json): { type: "text"; text: string } {
  must(/\S/.test(string(block["text"])), "messages: text content blocks must contain non-whitespace text");
  return { type: "text", text: string(block["text"]) };
}

function readBlock(block: Json, proofs: Proofs): AssistantPart {
  if (block["type"] === "text") return readText(block);
  if (block["type"] === "thinking") {
    const text = string(block["thinking"]);
    must(proofs.textOf(string(block["signature"])) === text, "messages: Invalid `signature` in `thinking` block");
    return { type: "reasoning", text };
  }
  must(block["type"] === "tool_use", `messages: unexpected block ${String(block["type"])}`);
  must(/^[\w-]+$/.test(string(block["id"])), "messages: tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'");
  must(isObject(block["input"]), "messages: tool_use.input: Input should be a valid dictionary");
  return { type: "call", call: { id: string(block["id"]), name: string(block["name"]), arguments: block["input"] } };
}

function readTool(tool: Json): Asked["tools"][number] {
  mustKnow(tool, "tool", [
    "type",
    "name",
    "description",
    "input_schema",
    "strict",
    "cache_control",
    "eager_input_streaming",
    "defer_loading",
  ]);
  const parameters = object(tool["input_schema"]);
  must(parameters["type"] === "object", "tools: input_schema.type: Field required");
  return {
    name: string(tool["name"]),
    ...(tool["description"] !== undefined && { description: string(tool["description"]) }),
    parameters,
  };
}

function readChoice({ type, name }: Json, isThinking: boolean): NonNullable<Asked["choice"]> {
  if (type === "auto" || type === "none") return type;
  must(!isThinking, "Thinking may not be enabled when tool_choice forces tool use.");
  return type === "any" ? "required" : { name: string(name) };
}
