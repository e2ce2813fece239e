/** The upstream checks that every request's body ends with this, which shows that nothing was cut. */
export const requestMarker = "bench-request-end";
/** The load generators check that every answer has this. */
export const answerMarker = "chatcmpl-bench";
/** The model's name at the upstream. Clients ask proxies that can rename for `clientModel`. */
export const upstreamModel = "bench-target";
export const clientModel = "bench";

export type PayloadName = "small" | "large";

/** A request body: `small` is one short question (about 200 bytes), `large` a conversation of 400 KB. */
export function payload(name: PayloadName, model: string): string {
  const head = { model, temperature: 0.7, max_tokens: 64 };
  if (name === "large") return JSON.stringify({ ...head, messages: conversation(), user: requestMarker });
  const messages = [{ role: "user", content: "In one sentence: why is the sky blue, and the sunset red?" }];
  return JSON.stringify({ ...head, messages, user: requestMarker });
}

/** A request for a stream of `events` events, one every `everyMs` milliseconds. */
export function streamPayload(model: string, events: number, everyMs: number): string {
  return JSON.stringify({
    model,
    stream: true,
    messages: [{ role: "user", content: "Count, please." }],
    user: `paced:${events}:${everyMs}:${requestMarker}`,
  });
}

/** 200 messages of about 2 KB, with what real conversations contain: line ends, quotes, code, other scripts. */
function conversation(): { role: string; content: string }[] {
  const paragraphs = [
    "The build fails on the second machine only.\nI looked at the log; it says:\n\n\terror: \"cannot find module 'left-pad'\"\n\n",
    'Here is the file as it stands:\n```ts\nexport function add(a: number, b: number): string {\n\treturn `${a} + ${b} = ${a + b}\\n`; // "sum"\n}\n```\n',
    "从日志可以看出，问题出在缓存目录的权限上；请先清理缓存，再重新运行一次。\n",
    "السحاب يتحرك ببطء فوق المدينة، والمطر لم يبدأ بعد.\n",
    'The answer was {"status":"ok","items":[1,2,3],"note":"a \\"quoted\\" word"} – naïve, but it works 🎉.\n',
    "Please keep the explanation short, and show the commands one after the other, each with what it prints.\n",
  ];
  return Array.from({ length: 200 }, (_, index) => {
    let content = `Message ${index}: `;
    for (let at = index; Buffer.byteLength(JSON.stringify(content)) < 1950; at++)
      content += paragraphs[at % paragraphs.length];
    return { role: index % 2 === 0 ? "user" : "assistant", content };
  });
}
