import { SahabError } from "../../base/errors.ts";
import { eventBatch, plainChat, type AnswerEvent, type Batch, type ChatRequest } from "../../call/index.ts";
import type { Dialect, OpenedRequest, Reader, Writer } from "../../dialect/dialect.ts";

/**
 * A wire format that nobody speaks, to show that a dialect is a folder: the prompt is the body's text, the model is in
 * the path, and an answer is lines such as `text Hello`, `usage 3 1` and `end`.
 */
export const madeUpDialect: Dialect = {
  name: "made-up",
  api: "made-up",
  clients: { name: "made-up", basePath: "" },
  routes: [{ method: "POST", path: /^\/made-up\/(?<model>[^/]+)$/, serves: "chat" }],
  open({ path, body }): OpenedRequest {
    const model = path.slice("/made-up/".length);
    const prompt = new TextDecoder().decode(body);
    if (prompt === "") throw new SahabError("invalid_request", "The prompt is empty");
    return {
      dialect: "made-up",
      operation: "chat",
      model,
      stream: true,
      choiceCount: 1,
      promptBytes: body.length,
      rewrite: () => ({ pieces: [body] }),
      decode: () => ({ operation: "chat", request: requestOf(model, prompt) }),
      writer: ({ usageExtra }) => createWriter((usage) => String(usageExtra(usage)["cost"])),
    };
  },
  encodeError: (error, requestId) => ({ status: error.status, body: { sorry: error.code, about: requestId } }),
  encodeModelList: (models) => ({ names: models.map(({ id }) => id) }),
  encodeModel: ({ id }) => ({ name: id }),
  path: (operation, { model }) => (operation === "chat" ? `/made-up/${model}` : undefined),
  encodeRequest(decoded) {
    if (decoded.operation !== "chat") throw new SahabError("unsupported_operation", "The made-up dialect only chats");
    return { body: { prompt: textOf(decoded.request) }, dropped: [] };
  },
  reader: createReader,
  decodeError: ({ status }) => new SahabError("upstream_error", `the made-up vendor failed (status ${status})`),
};

function requestOf(model: string, prompt: string): ChatRequest {
  return {
    dialect: "made-up",
    model,
    messages: [{ role: "user", content: [{ type: "text", text: prompt }] }],
    ...plainChat,
    stream: true,
    streamUsage: true,
  };
}

function textOf(request: ChatRequest): string {
  return request.messages.flatMap(({ content }) => content.map((part) => ("text" in part ? part.text : ""))).join("\n");
}

function createWriter(costOf: (usage: Extract<AnswerEvent, { type: "usage" }>["usage"]) => string): Writer {
  let bill = "";
  return {
    contentType: "text/made-up",
    write(batch) {
      let lines = "";
      for (const event of batch.events()) {
        if (event.type === "text-delta") lines += `text ${event.text}\n`;
        if (event.type === "usage")
          bill = `usage ${event.usage.inputTokens} ${event.usage.outputTokens} cost ${costOf(event.usage)}\n`;
      }
      return lines;
    },
    end: () => `${bill}end\n`,
    fail: (error) => `sorry ${error.code}\n`,
  };
}

/** Whole lines become batches; the rest waits for more. */
function createReader(): Reader {
  let rest = "";
  return {
    get heldBytes() {
      return rest.length;
    },
    push(chunk) {
      const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
      rest = lines.pop() ?? "";
      return lines.map(decodeLine);
    },
    end: () => eventBatch([{ type: "error", error: new SahabError("stream_interrupted", "no end line came") }], false),
  };
}

function decodeLine(line: string): Batch {
  const [word, ...rest] = line.split(" ");
  if (word === "end") return eventBatch([{ type: "finish", choice: 0, reason: "stop" }], true);
  if (word === "start") return eventBatch([{ type: "start", id: "made-up-1", model: "made-up", createdS: 1 }], false);
  if (word === "usage") {
    const [inputTokens = 0, outputTokens = 0] = rest.map(Number);
    const usage = { inputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 };
    return eventBatch([{ type: "usage", usage }], false);
  }
  return eventBatch([{ type: "text-delta", choice: 0, text: rest.join(" ") }], false);
}
