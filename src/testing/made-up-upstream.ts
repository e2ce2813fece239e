import { SahabError } from "../base/errors.ts";
import { eventBatch, type AnswerEvent, type Upstream } from "../call/index.ts";

/** An upstream that nobody runs, to show that one is a file: it answers with the words of the prompt in reverse. */
export const madeUpUpstream: Upstream = {
  open(call, attempt) {
    const decoded = call.decode();
    if (decoded.operation !== "chat")
      return Promise.reject(new SahabError("unsupported_operation", "The made-up upstream only chats"));
    attempt.markSent();
    const words = decoded.request.messages
      .flatMap(({ content }) => content.flatMap((part) => (part.type === "text" ? part.text.split(" ") : [])))
      .toReversed();
    const events: AnswerEvent[] = [
      { type: "start", id: "made-up-2", model: attempt.model, createdS: 1 },
      ...words.map((text): AnswerEvent => ({ type: "text-delta", choice: 0, text: `${text} ` })),
      { type: "finish", choice: 0, reason: "stop" },
      {
        type: "usage",
        usage: {
          inputTokens: words.length,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
          outputTokens: words.length,
          reasoningTokens: 0,
        },
      },
    ];
    const batches = events.map((event, index) => eventBatch([event], index === events.length - 1));
    return Promise.resolve({
      isRaw: false,
      read: () => Promise.resolve(batches.shift()),
      cancel: () => void batches.splice(0),
    });
  },
};
