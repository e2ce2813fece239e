/** Stands at the end of the last message of every request; the upstream looks for it there, which shows that nothing was cut. */
export const requestMarker = "bench-request-end";
/** Stands in the text of every answer; the load generators look for it. */
export const answerMarker = "bench-answer-whole";
/** The model's name at the upstream. Clients ask proxies that can rename for `clientModel`. */
export const upstreamModel = "bench-target";
export const clientModel = "bench";
/** The name under which clients of Sahab reach the same model over TLS. */
export const clientModelTls = "bench-tls";

/** What the client speaks, as cloud.yaml calls it. */
export type Api = "chat" | "messages" | "responses" | "gemini" | "dashscope";

/** What a request is sent to, with the headers that ask for a stream. */
export function addressOf(
  api: Api,
  model: string,
  isStream: boolean,
): { path: string; headers: Record<string, string> } {
  const headers: Record<string, string> = api === "dashscope" && isStream ? { "x-dashscope-sse": "enable" } : {};
  const method = isStream ? "streamGenerateContent?alt=sse" : "generateContent";
  return { path: api === "gemini" ? `/v1beta/models/${model}:${method}` : apiPaths[api], headers };
}

export const apiPaths: Record<Exclude<Api, "gemini">, string> = {
  chat: "/v1/chat/completions",
  messages: "/v1/messages",
  responses: "/v1/responses",
  dashscope: "/api/v1/services/aigc/text-generation/generation",
};

/** What an answer that came whole has at its end, in each dialect. */
export const streamEnds: Record<Api, string> = {
  chat: "[DONE]",
  messages: "message_stop",
  responses: "response.completed",
  gemini: '"finishReason":"STOP"',
  dashscope: '"finish_reason":"stop"',
};

/** `small` is one short question (about 200 bytes), `large` a conversation of 400 KB. */
export type PayloadName = "small" | "1 KB" | "16 KB" | "large";

const conversations: Record<Exclude<PayloadName, "small">, { messages: number; messageBytes: number }> = {
  "1 KB": { messages: 3, messageBytes: 210 },
  "16 KB": { messages: 9, messageBytes: 1710 },
  large: { messages: 200, messageBytes: 1950 },
};

/** A stream of `events` events, one every `everyMs` milliseconds. */
export interface Paced {
  events: number;
  everyMs: number;
}

/** The body of a request, for a whole answer or a paced stream. Clients that know lists of blocks send them, as agents do. */
export function payload(name: PayloadName, model: string, api: Api = "chat", paced?: Paced): string {
  const messages =
    name === "small"
      ? [{ role: "user", content: `In one sentence: why is the sky blue, and the sunset red? ${requestMarker}` }]
      : conversation(conversations[name]);
  const last = messages.at(-1);
  if (paced && last)
    last.content = last.content.replace(requestMarker, `paced:${paced.events}:${paced.everyMs}:${requestMarker}`);
  return JSON.stringify(bodies[api](messages, model, paced !== undefined));
}

type Message = { role: string; content: string };

const bodies: Record<Api, (messages: Message[], model: string, stream: boolean) => object> = {
  chat: (messages, model, stream) => ({
    model,
    ...(stream && { stream }),
    temperature: 0.7,
    max_tokens: 64,
    messages,
  }),
  messages: (messages, model, stream) => ({
    model,
    ...(stream && { stream }),
    temperature: 0.7,
    max_tokens: 64,
    messages: messages.map(({ role, content }) => ({ role, content: textBlocks(content) })),
  }),
  responses: (messages, model, stream) => ({
    model,
    ...(stream && { stream }),
    temperature: 0.7,
    max_output_tokens: 64,
    store: false,
    input: messages.map(({ role, content }) => ({
      role,
      content: [{ type: role === "user" ? "input_text" : "output_text", text: content }],
    })),
  }),
  gemini: (messages) => ({
    contents: messages.map(({ role, content }) => ({
      role: role === "user" ? role : "model",
      parts: [{ text: content }],
    })),
    generationConfig: { temperature: 0.7, maxOutputTokens: 64 },
  }),
  dashscope: (messages, model, stream) => ({
    model,
    input: { messages },
    parameters: {
      temperature: 0.7,
      max_tokens: 64,
      result_format: "message",
      ...(stream && { incremental_output: true }),
    },
  }),
};

/** A request for a stream of `events` events, one every `everyMs` milliseconds. */
export function streamPayload(model: string, events: number, everyMs: number): string {
  return JSON.stringify({
    model,
    stream: true,
    messages: [{ role: "user", content: `Count, please. paced:${events}:${everyMs}:${requestMarker}` }],
  });
}

function textBlocks(text: string): { type: string; text: string }[] {
  return [{ type: "text", text }];
}

/** Messages with what real conversations contain: line ends, quotes, code, other scripts. */
function conversation(size: { messages: number; messageBytes: number }): Message[] {
  const paragraphs = [
    "The build fails on the second machine only.\nI looked at the log; it says:\n\n\terror: \"cannot find module 'left-pad'\"\n\n",
    'Here is the file as it stands:\n```ts\nexport function add(a: number, b: number): string {\n\treturn `${a} + ${b} = ${a + b}\\n`; // "sum"\n}\n```\n',
    "从日志可以看出，问题出在缓存目录的权限上；请先清理缓存，再重新运行一次。\n",
    "السحاب يتحرك ببطء فوق المدينة، والمطر لم يبدأ بعد.\n",
    'The answer was {"status":"ok","items":[1,2,3],"note":"a \\"quoted\\" word"} – naïve, but it works 🎉.\n',
    "Please keep the explanation short, and show the commands one after the other, each with what it prints.\n",
  ];
  return Array.from({ length: size.messages }, (_, index) => {
    let content = `Message ${index}: `;
    for (let at = index; Buffer.byteLength(JSON.stringify(content)) < size.messageBytes; at++)
      content += paragraphs[at % paragraphs.length];
    if (index === size.messages - 1) content += requestMarker;
    return { role: index % 2 === 0 ? "user" : "assistant", content };
  });
}
