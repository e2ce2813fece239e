import type { AnswerEvent } from "../call/index.ts";
import type {
  Dialect,
  IncomingRequest,
  OpenedRequest,
  StoredAnswer,
  Writer,
  WriterOptions,
} from "../dialect/dialect.ts";
import { encodeChatResponse } from "../dialect/openai-chat/encode-events.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";

interface Asked {
  messages: unknown[];
  store?: boolean;
  background?: boolean;
  after?: string;
  [field: string]: unknown;
}

/**
 * OpenAI's chat with three more fields, to show what a dialect has to do for kept answers: `store` keeps one, `background` makes it
 * without the client, `after` goes on from one. The id of an answer is `kept_` and that of its request.
 */
export const keptChat: Dialect = {
  ...openaiChat,
  name: "kept-chat",
  api: "kept",
  routes: [
    { method: "POST", path: "/kept", serves: "chat" },
    { method: "GET", path: /^\/kept\/(?<id>[^/]+)$/, serves: "show-stored" },
    { method: "DELETE", path: /^\/kept\/(?<id>[^/]+)$/, serves: "delete-stored" },
    { method: "POST", path: /^\/kept\/(?<id>[^/]+)\/cancel$/, serves: "cancel-stored" },
    { method: "GET", path: /^\/kept\/(?<id>[^/]+)\/input$/, serves: "list-stored-input" },
  ],
  stored: {
    servedFields: [],
    createId: () => `kept_${crypto.randomUUID()}`,
    encode(action, { id, status, model, request, answer }, query) {
      if (action === "delete-stored") return { id, deleted: true };
      if (action === "list-stored-input")
        return { messages: (JSON.parse(request) as Asked).messages.slice(0, Number(query.get("limit") ?? 100)) };
      return { id, status, model, answer: answer === undefined ? null : (JSON.parse(answer) as unknown) };
    },
  },
  open: openKept,
};

function openKept(incoming: IncomingRequest): OpenedRequest {
  const inner = openaiChat.open(incoming);
  const text = Buffer.from(incoming.body).toString();
  const asked = JSON.parse(text) as Asked;
  return Object.assign(inner, {
    keeps: {
      isStored: asked.store === true,
      isBackground: asked.background === true,
      previous: asked.after === undefined ? undefined : { id: asked.after, param: "after" },
      requestText: () => text,
    },
    continued: (earlier: readonly StoredAnswer[]) => continueFrom(asked, earlier),
    writer: keepingWriter(inner.writer.bind(inner), inner.stream, incoming.queuedId),
  });
}

function continueFrom(asked: Asked, earlier: readonly StoredAnswer[]): Uint8Array {
  const before = earlier.flatMap(({ request, answer = "{}" }) => {
    const { choices } = JSON.parse(answer) as { choices: { message: unknown }[] };
    return [...(JSON.parse(request) as Asked).messages, ...choices.map(({ message }) => message)];
  });
  return Buffer.from(JSON.stringify({ ...asked, after: undefined, messages: [...before, ...asked.messages] }));
}

function keepingWriter(
  writerOf: (options: WriterOptions) => Writer,
  stream: boolean,
  queuedId: string | undefined,
): (options: WriterOptions) => Writer {
  return (options) => {
    const writer = writerOf(options);
    const events: AnswerEvent[] = [];
    let body: Uint8Array | string = "";
    return {
      contentType: writer.contentType,
      write(batch) {
        if (stream) events.push(...batch.events());
        return writer.write(batch);
      },
      end: () => (body = writer.end()),
      fail: (error) => writer.fail(error),
      kept: () => ({
        id: queuedId ?? `kept_${options.requestId}`,
        status: "completed",
        answer: stream
          ? JSON.stringify(encodeChatResponse(events))
          : typeof body === "string"
            ? body
            : Buffer.from(body).toString(),
      }),
    };
  };
}
