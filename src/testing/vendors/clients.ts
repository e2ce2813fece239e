import Anthropic from "@anthropic-ai/sdk";
import type { MessageParam } from "@anthropic-ai/sdk/resources/messages";
import OpenAI from "openai";
import type {
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionMessageParam,
} from "openai/resources/chat/completions";
import { list, number, object, string, type Json } from "../wire/json.ts";
import type { Asking } from "./vendor-facts.ts";

/** What a program asks. */
export interface Question {
  model: string;
  words: string;
  stream: boolean;
  thinking?: Asking;
  /** The program has a tool, and sends its result where the model calls it. */
  hasTool?: boolean;
  /** The id of a call in an earlier turn, which has a result. */
  history?: string;
}

/** What a program has got. */
export interface Got {
  text: string;
  thought: string;
  /** Name and arguments of the tool that was called first. */
  called: { name: string; arguments: unknown } | undefined;
  usage: { input: number; cached: number; output: number };
  requestId: string;
  vendorRequestId: string;
  /** Where a stream broke, or the answer was an error. */
  error: { status: number | undefined; type: string; code: string; message: string } | undefined;
}

export interface Client {
  name: "openai" | "anthropic";
  ask(reach: { address: string; key: string }, question: Question): Promise<Got>;
}

const nothing = (): Got => ({
  text: "",
  thought: "",
  called: undefined,
  usage: { input: 0, cached: 0, output: 0 },
  requestId: "",
  vendorRequestId: "",
  error: undefined,
});

const weather = {
  name: "get_weather",
  description: "The weather of a place.",
  schema: { type: "object" as const, properties: { place: { type: "string" } }, required: ["place"] },
};

/** OpenAI's SDK, with the fields of thinking that programs look for. */
export const openaiClient: Client = {
  name: "openai",
  async ask({ address, key }, question) {
    const sdk = new OpenAI({ baseURL: `${address}/v1`, apiKey: key, maxRetries: 0 });
    const got = nothing();
    const messages: ChatCompletionMessageParam[] = [
      ...openaiHistory(question.history),
      { role: "user", content: question.words },
    ];
    try {
      for (;;) {
        const turn = await openaiTurn(sdk, question, messages, got);
        const [call] = list(turn["tool_calls"]);
        if (!call || got.called) return got;
        const made = object(call["function"]);
        got.called = { name: string(made["name"]), arguments: JSON.parse(string(made["arguments"])) };
        messages.push(turn as unknown as ChatCompletionMessageParam);
        messages.push({ role: "tool", tool_call_id: string(call["id"]), content: "Rain." });
      }
    } catch (error) {
      return failed(got, error);
    }
  },
};

function openaiHistory(id: string | undefined): ChatCompletionMessageParam[] {
  if (id === undefined) return [];
  const made = { name: weather.name, arguments: '{"place":"Ulm"}' };
  return [
    { role: "user", content: "Ulm?" },
    { role: "assistant", content: null, tool_calls: [{ id, type: "function", function: made }] },
    { role: "tool", tool_call_id: id, content: "Sun." },
    { role: "assistant", content: "Sun in Ulm." },
  ];
}

function anthropicHistory(id: string | undefined): MessageParam[] {
  if (id === undefined) return [];
  return [
    { role: "user", content: "Ulm?" },
    { role: "assistant", content: [{ type: "tool_use", id, name: weather.name, input: { place: "Ulm" } }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "Sun." }] },
    { role: "assistant", content: "Sun in Ulm." },
  ];
}

async function openaiTurn(
  sdk: OpenAI,
  { model, stream, thinking, hasTool, history }: Question,
  messages: ChatCompletionMessageParam[],
  got: Got,
): Promise<Json> {
  const efforts = { high: "high", off: "none", budget: undefined } as const;
  const effort = thinking && efforts[thinking];
  const request: ChatCompletionCreateParamsNonStreaming = {
    model,
    messages,
    max_completion_tokens: 8192,
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...((hasTool ?? history) !== undefined && {
      tools: [
        {
          type: "function",
          function: { name: weather.name, description: weather.description, parameters: weather.schema },
        },
      ],
    }),
  };
  got.text = "";
  got.thought = "";
  if (!stream) {
    const { data, response } = await sdk.chat.completions.create(request).withResponse();
    readHeaders(got, response.headers);
    readOpenaiUsage(got, data.usage);
    const message = data.choices[0]?.message as unknown as Json;
    readParts(got, message);
    splitTags(got);
    return message;
  }
  const { data, response } = await sdk.chat.completions
    .create({ ...request, stream: true, stream_options: { include_usage: true } })
    .withResponse();
  readHeaders(got, response.headers);
  const calls: Json[] = [];
  const turn: Json = { role: "assistant" };
  let finish: unknown;
  for await (const chunk of data) {
    readOpenaiUsage(got, chunk.usage ?? object((chunk as unknown as Json)["x_groq"])["usage"]);
    const [choice] = chunk.choices;
    readOpenaiUsage(got, (choice as unknown as Json | undefined)?.["usage"]);
    const delta = object(choice?.delta);
    for (const name of ["reasoning_content", "reasoning"])
      if (typeof delta[name] === "string") turn[name] = string(turn[name]) + delta[name];
    readParts(got, delta);
    for (const call of list(delta["tool_calls"])) calls.push(call);
    finish = choice?.finish_reason ?? finish;
  }
  if (finish === undefined) throw new Error("the stream ended without a finish_reason");
  splitTags(got);
  return { ...turn, content: got.text || null, ...(calls.length > 0 && { tool_calls: calls }) };
}

function readParts(got: Got, message: Json): void {
  const { content } = message;
  const details = list(message["reasoning_details"]).map((detail) => string(detail["text"]));
  got.thought += string(message["reasoning_content"]) || string(message["reasoning"]) || details.join("");
  if (typeof content === "string") got.text += content;
  for (const part of list(content)) {
    got.text += string(part["text"]);
    got.thought += list(part["thinking"])
      .map((inner) => string(inner["text"]))
      .join("");
  }
}

/** Programs of vendors whose models write tags know them. */
function splitTags(got: Got): void {
  const found = /^<think>\n?([\s\S]*?)\n?<\/think>\s*([\s\S]*)$/.exec(got.text);
  if (!found) return;
  got.thought = found[1] ?? "";
  got.text = found[2] ?? "";
}

function readOpenaiUsage(got: Got, value: unknown): void {
  const usage = object(value);
  if (Object.keys(usage).length === 0) return;
  got.usage = {
    input: number(usage["prompt_tokens"]),
    cached: number(object(usage["prompt_tokens_details"])["cached_tokens"]),
    output: number(usage["completion_tokens"]),
  };
}

/** Anthropic's SDK. */
export const anthropicClient: Client = {
  name: "anthropic",
  async ask({ address, key }, question) {
    const sdk = new Anthropic({ baseURL: address, apiKey: key, maxRetries: 0 });
    const got = nothing();
    const messages: MessageParam[] = [...anthropicHistory(question.history), { role: "user", content: question.words }];
    try {
      for (;;) {
        const content = await anthropicTurn(sdk, question, messages, got);
        const call = content.find((block) => block["type"] === "tool_use");
        if (!call || got.called) return got;
        got.called = { name: string(call["name"]), arguments: call["input"] };
        messages.push({ role: "assistant", content: content as unknown as MessageParam["content"] });
        messages.push({
          role: "user",
          content: [{ type: "tool_result", tool_use_id: string(call["id"]), content: "Rain." }],
        });
      }
    } catch (error) {
      return failed(got, error);
    }
  },
};

async function anthropicTurn(
  sdk: Anthropic,
  { model, stream, thinking, hasTool, history }: Question,
  messages: MessageParam[],
  got: Got,
): Promise<Json[]> {
  const request = {
    model,
    max_tokens: 8192,
    messages,
    ...(thinking && {
      thinking: thinking === "off" ? { type: "disabled" as const } : { type: "enabled" as const, budget_tokens: 4096 },
    }),
    ...((hasTool ?? history) !== undefined && {
      tools: [{ name: weather.name, description: weather.description, input_schema: weather.schema }],
    }),
  };
  const message = stream
    ? await streamedMessage(sdk, request, got)
    : await sdk.messages
        .create(request)
        .withResponse()
        .then(({ data, response }) => {
          readHeaders(got, response.headers);
          return data;
        });
  const content = message.content as unknown as Json[];
  got.text = content.map((block) => string(block["text"])).join("");
  got.thought = content.map((block) => string(block["thinking"])).join("");
  const { input_tokens: input, cache_read_input_tokens: cached, output_tokens: output } = message.usage;
  got.usage = { input: input + (cached ?? 0), cached: cached ?? 0, output };
  return content;
}

async function streamedMessage(sdk: Anthropic, request: Anthropic.MessageCreateParamsNonStreaming, got: Got) {
  const stream = sdk.messages.stream(request);
  const { response } = await stream.withResponse();
  readHeaders(got, response.headers);
  return stream.finalMessage();
}

function readHeaders(got: Got, headers: Headers): void {
  got.requestId = headers.get("x-request-id") ?? "";
  got.vendorRequestId = headers.get("x-sahab-vendor-request-id") ?? "";
}

/** Both SDKs' errors have a status, the headers and the body; those of broken streams may have the body alone. */
function failed(got: Got, error: unknown): Got {
  const { status, headers, error: body } = error as { status?: number; headers?: Headers; error?: unknown };
  const outer = object(body);
  const inner = Object.keys(object(outer["error"])).length > 0 ? object(outer["error"]) : outer;
  if (headers instanceof Headers) readHeaders(got, headers);
  const message = error instanceof Error ? error.message : String(error);
  return { ...got, error: { status, type: string(inner["type"]), code: string(inner["code"]), message } };
}
