import type { Asked, AssistantPart, Turn, UserPart } from "../asked.ts";
import { eventsOf, list, must, number, object, readArguments, string, type Json } from "../json.ts";
import type { ClientKit, Reading } from "../kit.ts";
import { nothingSaid, type Said, type Stop } from "../said.ts";

/** A program with DashScope's own SDK (Python's `Generation` and `MultiModalConversation`), with incremental output. */
export const dashscopeClient: ClientKit = {
  request: (asked, key) => {
    const isMultimodal = asked.turns.some(
      (turn) => turn.role === "user" && turn.parts.some(({ type }) => type === "image"),
    );
    return {
      path: `/api/v1/services/aigc/${isMultimodal ? "multimodal" : "text"}-generation/generation`,
      headers: {
        authorization: `Bearer ${key}`,
        ...(asked.stream && { "x-dashscope-sse": "enable", accept: "text/event-stream" }),
      },
      body: {
        model: asked.model,
        input: {
          messages: [
            ...(asked.system === undefined
              ? []
              : [{ role: "system", content: encodeContent([{ type: "text", text: asked.system }], isMultimodal) }]),
            ...asked.turns.flatMap((turn) => encodeTurn(turn, isMultimodal)),
          ],
        },
        parameters: {
          result_format: "message",
          ...(asked.stream && { incremental_output: true }),
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
          ...(asked.maxTokens !== undefined && { max_tokens: asked.maxTokens }),
          ...(asked.stop.length > 0 && { stop: asked.stop }),
          ...(asked.thinks && { enable_thinking: true }),
        },
      },
    };
  },
  readWhole: (body) => {
    const reader = new OutputReader();
    reader.take(body);
    return reader.end();
  },
  readStream,
  readError,
  cannotSay: ["any tool"],
};

function encodeContent(parts: readonly UserPart[], isMultimodal: boolean): unknown {
  if (!isMultimodal) return parts.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  return parts.map((part) =>
    part.type === "text" ? { text: part.text } : { image: `data:${part.mediaType};base64,${part.base64}` },
  );
}

function encodeTurn(turn: Turn, isMultimodal: boolean): Json[] {
  const content = (text: string) => encodeContent([{ type: "text", text }], isMultimodal);
  if (turn.role === "tool")
    return turn.results.map(({ id, name, text }) => ({ role: "tool", tool_call_id: id, name, content: content(text) }));
  if (turn.role === "user") return [{ role: "user", content: encodeContent(turn.parts, isMultimodal) }];
  if (turn.native?.dialect === "dashscope") return [turn.native.value as Json];
  const textOf = (type: "text" | "reasoning") =>
    turn.parts.map((part: AssistantPart) => (part.type === type ? part.text : "")).join("");
  const calls = turn.parts.flatMap((part) => (part.type === "call" ? [part.call] : []));
  return [
    {
      role: "assistant",
      content: content(textOf("text")),
      ...(textOf("reasoning") !== "" && { reasoning_content: textOf("reasoning") }),
      ...(calls.length > 0 && {
        tool_calls: calls.map((call, index) => ({
          index,
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

function readStream(text: string): Reading {
  const reader = new OutputReader();
  for (const { name, data } of eventsOf(text)) {
    const body = JSON.parse(data) as Json;
    if (name === "error") reader.fail(body);
    else {
      must(name === "result" || name === undefined, `an unknown event ${String(name)}`);
      reader.take(body);
    }
  }
  return reader.end();
}

const stops: Record<string, Stop> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  content_filter: "refusal",
};

/** Puts an answer together from its results, each of which goes on where the one before ended. */
class OutputReader {
  readonly #said = nothingSaid();
  readonly #calls: { id: string; name: string; text: string }[] = [];
  #error: Reading["error"];
  #cost: string | undefined;

  take(body: Json): void {
    must(!this.#error && this.#said.stop === "none", "something follows the end");
    must(string(body["request_id"]) !== "", "no request_id");
    const [choice, ...more] = list(object(body["output"])["choices"]);
    must(choice && more.length === 0, "expected one choice");
    const message = object(choice["message"]);
    must(message["role"] === "assistant", "the message has no role");
    this.#said.text += readText(message["content"]);
    this.#said.reasoning += string(message["reasoning_content"]);
    for (const [position, call] of list(message["tool_calls"]).entries()) this.#takeCall(call, position);
    this.#cost = readUsage(this.#said, object(body["usage"])) ?? this.#cost;
    const finish = string(choice["finish_reason"] ?? "null");
    // A text `null` means that more follows.
    if (finish === "null") return;
    const stop = stops[finish];
    must(stop, `an unknown finish_reason: ${finish}`);
    this.#said.stop = stop;
    this.#said.calls = this.#calls.map(({ id, name, text }) => ({
      id,
      name,
      arguments: readArguments(text, stop === "length"),
    }));
  }

  fail(body: Json): void {
    this.#error = readError(body);
  }

  end(): Reading {
    const said = this.#said;
    const isWhole = !this.#error && said.stop !== "none";
    const native = isWhole && {
      role: "assistant",
      content: said.text,
      ...(said.reasoning !== "" && { reasoning_content: said.reasoning }),
      ...(this.#calls.length > 0 && {
        tool_calls: this.#calls.map(({ id, name, text }, index) => ({
          index,
          id,
          type: "function",
          function: { name, arguments: text },
        })),
      }),
    };
    return { said, error: this.#error, isWhole, native: native || undefined, cost: this.#cost };
  }

  #takeCall(call: Json, position: number): void {
    const index = number(call["index"] ?? position);
    must(index >= 0 && index <= this.#calls.length, "indexes of calls do not follow each other");
    const made = object(call["function"]);
    let known = this.#calls[index];
    if (!known) {
      must(string(call["id"]) !== "" && string(made["name"]) !== "", "a call without id or name");
      known = { id: string(call["id"]), name: string(made["name"]), text: "" };
      this.#calls.push(known);
    } else must(!call["id"] || call["id"] === known.id, "the id of a call changes");
    known.text += string(made["arguments"]);
  }
}

/** A text, or the list of multimodal models. */
function readText(content: unknown): string {
  return typeof content === "string"
    ? content
    : list(content)
        .map(({ text }) => string(text))
        .join("");
}

function readUsage(said: Said, usage: Json): string | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  const [input, output] = [number(usage["input_tokens"]), number(usage["output_tokens"])];
  must(usage["total_tokens"] === undefined || usage["total_tokens"] === input + output, "total_tokens is not the sum");
  said.usage = {
    input,
    cached: number(object(usage["prompt_tokens_details"])["cached_tokens"]),
    output,
    reasoning: number(object(usage["output_tokens_details"])["reasoning_tokens"]),
  };
  return usage["cost"] === undefined ? undefined : string(usage["cost"]);
}

function readError(body: Json): NonNullable<Reading["error"]> {
  must(string(body["code"]) !== "" && string(body["message"]) !== "", "an error without code or message");
  must(typeof body["request_id"] === "string", "an error without request_id");
  return { code: string(body["sahab_code"]), type: string(body["code"]), message: string(body["message"]) };
}
