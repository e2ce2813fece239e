import type { AnswerEvent, ChatMessage, ChatRequest } from "../call/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { EventStreamParser } from "../dialect/sse.ts";
import { CommandError, type Client } from "./client.ts";
import { TerminalText } from "./terminal-text.ts";

export interface SayOptions {
  maxTokens?: number;
  temperature?: number;
  /** Nothing is printed. */
  json?: boolean;
  /** Called with each piece of the answer's text. */
  onText?: (text: string) => void;
}

export interface Said {
  text: string;
  reasoning: string;
  /** OpenAI's fields and the cost, as the answer has them. */
  usage: unknown;
}

/** Asks a model and prints the answer while it comes. Throws a CommandError where the answer is an error or ends with one. */
export async function say(
  client: Client,
  model: string,
  messages: ChatMessage[],
  options: SayOptions,
  signal?: AbortSignal,
): Promise<Said> {
  const request: ChatRequest = {
    dialect: openaiChat.name,
    model,
    messages,
    tools: [],
    hostedTools: [],
    toolChoice: { type: "auto" },
    parallelToolCalls: true,
    responseFormat: { type: "text" },
    reasoning: {},
    sampling: options.temperature === undefined ? {} : { temperature: options.temperature },
    maxOutputTokens: options.maxTokens,
    stop: [],
    choiceCount: 1,
    topLogprobs: undefined,
    stream: true,
    streamUsage: true,
    extensions: {},
  };
  const response = await client.request("/v1/chat/completions", {
    body: openaiChat.encodeRequest({ operation: "chat", request }, { model, quirks: {} }).body,
    ...(signal ? { signal } : {}),
  });
  const answer: Said = { text: "", reasoning: "", usage: undefined };
  const terminal = new TerminalText((text) => process.stdout.write(text));
  let isThinking = false;
  const show = (text: string, faint: boolean) => {
    if (options.json || text === "") return;
    if (!process.stdout.isTTY) {
      // Whoever reads the output wants the answer; --json has the thoughts, too.
      if (!faint) process.stdout.write(text);
      return;
    }
    if (isThinking && !faint) terminal.write("\n\n", true);
    isThinking = faint;
    terminal.write(text, faint);
  };
  const onEvents = (events: readonly AnswerEvent[]) => {
    for (const event of events) {
      if (event.type === "error") throw new CommandError(`${event.error.message} (${event.error.code})`);
      if (event.type === "text-delta") {
        answer.text += event.text;
        options.onText?.(event.text);
        show(event.text, false);
      }
      if (event.type === "reasoning-delta") {
        answer.reasoning += event.text;
        show(event.text, true);
      }
    }
  };
  const reader = openaiChat.reader({ operation: "chat", stream: true, choiceCount: 1, isRaw: false });
  const parser = new EventStreamParser();
  let isWhole = false;
  for await (const chunk of response.body ?? []) {
    for (const batch of reader.push(chunk)) {
      onEvents(batch.events());
      isWhole ||= batch.facts.isEnd;
    }
    parser.push(chunk, (event) => {
      if (!event.isComment) answer.usage = usageIn(event.data) ?? answer.usage;
    });
  }
  if (!isWhole) onEvents(reader.end().events());
  terminal.end();
  return answer;
}

/** The usage object of an event, unchanged: the reader leaves out the cost. */
function usageIn(data: string): unknown {
  try {
    return (JSON.parse(data) as { usage?: unknown }).usage ?? undefined;
  } catch {
    return undefined;
  }
}
