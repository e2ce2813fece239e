import { streamOf, type Script, type StreamOptions } from "./fake-vendor.ts";

// Scripts for `startFakeVendor` that answer as OpenAI's Responses API does.

export const responsesUsage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 120,
};

/** An item of the output. */
export type FakeItem = Record<string, unknown> & { type: string };

export const messageItem = (text: string): FakeItem => ({
  id: "msg_fake",
  type: "message",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", annotations: [], logprobs: [], text }],
});

export const callItem = (id: string, name: string, input: object): FakeItem => ({
  id: `fc_${id}`,
  type: "function_call",
  status: "completed",
  call_id: id,
  name,
  arguments: JSON.stringify(input),
});

export const reasoningItem = (text: string, encrypted = "c2VhbGVk"): FakeItem => ({
  id: "rs_fake",
  type: "reasoning",
  summary: text === "" ? [] : [{ type: "summary_text", text }],
  encrypted_content: encrypted,
});

/** Items whole or streamed, as the request asks; `extra` replaces or adds fields of the response. */
export function responses(items: readonly FakeItem[], extra: object = {}, options: StreamOptions = {}): Script {
  const stream = streamOf(responseEvents(items, extra), options);
  return (call) => (call.body["stream"] === true ? stream(call) : Response.json(responseOf(items, extra)));
}

function responseOf(items: readonly FakeItem[], extra: object = {}): Record<string, unknown> {
  return { ...head("completed"), output: items, usage: responsesUsage, ...extra };
}

/** The text of one event of a stream. */
export function responseEvent(type: string, fields: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

/** The events of a stream from `response.created` on; texts come letter by letter group. */
export function responseEvents(items: readonly FakeItem[], extra: { status?: string; id?: string } = {}): string[] {
  let count = 0;
  const event = (type: string, fields: object) => responseEvent(type, { sequence_number: count++, ...fields });
  const status = extra.status ?? "completed";
  const begun = { ...head("in_progress"), ...(extra.id !== undefined && { id: extra.id }), output: [] };
  return [
    event("response.created", { response: begun }),
    event("response.in_progress", { response: begun }),
    ...items.flatMap((item, place) => itemEvents(item, place, event)),
    event(`response.${status}`, { response: { ...responseOf(items), ...extra } }),
  ];
}

function itemEvents(item: FakeItem, place: number, event: (type: string, fields: object) => string): string[] {
  const at = { item_id: item["id"], output_index: place };
  const added = (rest: object) =>
    event("response.output_item.added", { output_index: place, item: { ...item, ...rest } });
  const done = () => event("response.output_item.done", { output_index: place, item });
  const deltas = (type: string, text: string, fields: object = {}) =>
    pieces(text).map((delta) => event(type, { ...at, ...fields, delta }));
  if (item.type === "message") {
    const [part] = item["content"] as { type: string; text: string }[];
    const text = part?.text ?? "";
    const inside = { content_index: 0 };
    return [
      added({ status: "in_progress", content: [] }),
      event("response.content_part.added", { ...at, ...inside, part: { ...part, text: "" } }),
      ...deltas("response.output_text.delta", text, { ...inside, logprobs: [] }),
      event("response.output_text.done", { ...at, ...inside, text, logprobs: [] }),
      event("response.content_part.done", { ...at, ...inside, part }),
      done(),
    ];
  }
  if (item.type === "reasoning") {
    const text = (item["summary"] as { text: string }[]).map((part) => part.text).join("");
    const inside = { summary_index: 0 };
    return [
      added({ summary: [], encrypted_content: "" }),
      ...(text === ""
        ? []
        : [
            event("response.reasoning_summary_part.added", {
              ...at,
              ...inside,
              part: { type: "summary_text", text: "" },
            }),
            ...deltas("response.reasoning_summary_text.delta", text, inside),
            event("response.reasoning_summary_text.done", { ...at, ...inside, text }),
            event("response.reasoning_summary_part.done", { ...at, ...inside, part: { type: "summary_text", text } }),
          ]),
      done(),
    ];
  }
  if (item.type !== "function_call") return [added({}), done()];
  const json = item["arguments"] as string;
  return [
    added({ status: "in_progress", arguments: "" }),
    ...deltas("response.function_call_arguments.delta", json),
    event("response.function_call_arguments.done", { ...at, arguments: json }),
    done(),
  ];
}

function pieces(text: string): string[] {
  return text.match(/.{1,4}/gsu) ?? [];
}

function head(status: string): Record<string, unknown> {
  return {
    id: "resp_fake",
    object: "response",
    created_at: 1_700_000_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    model: "vendor-model",
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: "auto",
    tools: [],
    top_p: 1,
    store: false,
  };
}
