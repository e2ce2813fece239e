/** Stands at the end of the last message of every request; the upstream looks for it there, which shows that nothing was cut. */
export const requestMarker = "bench-request-end";
/** Stands in the text of every answer; the load generators look for it. */
export const answerMarker = "bench-answer-whole";
/** The model's name at the upstream. Clients ask proxies that can rename for `clientModel`. */
export const upstreamModel = "bench-target";
export const clientModel = "bench";
/** The name under which clients of Sahab reach the same model over TLS. */
export const clientModelTls = "bench-tls";

/** What the client speaks: OpenAI's chat completions or Anthropic's messages. */
export type Api = "chat" | "messages";

export const apiPaths: Record<Api, string> = { chat: "/v1/chat/completions", messages: "/v1/messages" };

/** `small` is one short question (about 200 bytes), `large` a conversation of 400 KB. */
export type PayloadName = "small" | "1 KB" | "16 KB" | "large";

const conversations: Record<Exclude<PayloadName, "small">, { messages: number; messageBytes: number }> = {
  "1 KB": { messages: 3, messageBytes: 210 },
  "16 KB": { messages: 9, messageBytes: 1710 },
  large: { messages: 200, messageBytes: 1950 },
};

/** The body of a request for a whole answer. An Anthropic client sends content as a list of blocks, as agents do. */
export function payload(name: PayloadName, model: string, api: Api = "chat"): string {
  const messages =
    name === "small"
      ? [{ role: "user", content: `In one sentence: why is the sky blue, and the sunset red? ${requestMarker}` }]
      : conversation(conversations[name]);
  return JSON.stringify({
    model,
    temperature: 0.7,
    max_tokens: 64,
    messages: api === "chat" ? messages : messages.map(({ role, content }) => ({ role, content: textBlocks(content) })),
  });
}

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
function conversation(size: { messages: number; messageBytes: number }): { role: string; content: string }[] {
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
