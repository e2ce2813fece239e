import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatEvent, ChatRequest, CompletionRequest, Usage } from "../call/index.ts";
import { Engine, EngineClient, type EngineOptions } from "../engine/index.ts";
import { writeRandomModel, type RandomModelOptions } from "./gguf/random-model.ts";

/** The built-in model. */
export const nanoFile = join(import.meta.dir, "../../models/nano/nano.gguf");

/**
 * Starts a real engine in a folder of its own. Its model has random weights by default, because many tests need what nano
 * lacks: text that does not end, tokens that are bytes, or tokens for filling a gap. `file: nanoFile` takes nano.
 */
export async function startTestEngine(
  options: Partial<EngineOptions> & { architecture?: RandomModelOptions["architecture"]; measured?: boolean } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "sahab-engine-"));
  const lines: string[] = [];
  const note = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const file = join(folder, "model.gguf");
  if (!options.file) await writeRandomModel(file, { architecture: options.architecture ?? "llama", seed: 7 });
  const engine = new Engine({
    name: "test",
    file,
    contextTokens: 1024,
    slots: 4,
    socketPath: join(folder, "run", "test.sock"),
    log: { info: note, warn: note, error: note },
    ...(options.measured !== true && { threads: 1, batchTokens: 128 }),
    ...options,
  });
  engine.start();
  const clients: EngineClient[] = [];
  return {
    engine,
    folder,
    lines,
    client(): EngineClient {
      const client = new EngineClient({ name: "test", socketPath: engine.socketPath, waitMs: 10_000 });
      clients.push(client);
      return client;
    },
    async close(): Promise<void> {
      for (const client of clients) client.close();
      await engine.stop({ graceMs: 0 });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function chatRequest(text: string, more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: "openai-chat",
    model: "test",
    messages: [{ role: "user", content: [{ type: "text", text }] }],
    tools: [],
    hostedTools: [],
    toolChoice: { type: "auto" },
    parallelToolCalls: true,
    responseFormat: { type: "text" },
    reasoning: {},
    sampling: { seed: 1 },
    maxOutputTokens: 20,
    stop: [],
    choiceCount: 1,
    topLogprobs: undefined,
    stream: true,
    streamUsage: true,
    extensions: {},
    ...more,
  };
}

export function completionRequest(prompt: string | number[], more: Partial<CompletionRequest> = {}): CompletionRequest {
  return {
    dialect: "openai-chat",
    model: "test",
    prompts: [prompt],
    suffix: undefined,
    sampling: { seed: 1 },
    maxOutputTokens: 20,
    stop: [],
    choiceCount: 1,
    topLogprobs: undefined,
    echo: false,
    stream: true,
    streamUsage: true,
    extensions: {},
    ...more,
  };
}

export interface Collected {
  events: ChatEvent[];
  /** Text by choice. */
  texts: string[];
  usage: Usage | undefined;
  /** Finish reasons by choice. */
  reasons: string[];
  calls: { name: string; arguments: string }[];
}

export async function collect(
  batches: AsyncIterable<ChatEvent[]>,
  onEvents?: (events: ChatEvent[]) => void,
): Promise<Collected> {
  const all: Collected = { events: [], texts: [], usage: undefined, reasons: [], calls: [] };
  for await (const events of batches) {
    onEvents?.(events);
    for (const event of events) {
      all.events.push(event);
      if (event.type === "text-delta") all.texts[event.choice] = (all.texts[event.choice] ?? "") + event.text;
      else if (event.type === "finish") all.reasons[event.choice] = event.reason;
      else if (event.type === "usage") all.usage = event.usage;
      else if (event.type === "tool-call-start") all.calls.push({ name: event.name, arguments: "" });
      else if (event.type === "tool-call-delta") {
        const call = all.calls[event.index];
        if (call) call.arguments += event.arguments;
      }
    }
  }
  return all;
}

export const never = (): AbortSignal => new AbortController().signal;
