import { InvalidArgumentError, type Command } from "commander";
import { createInterface } from "node:readline/promises";
import type { AnswerEvent, ChatMessage, ChatRequest } from "../call/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { EventStreamParser } from "../dialect/sse.ts";
import { CommandError, type Client } from "./client.ts";
import { TerminalText } from "./terminal-text.ts";
import { print, printError, printJson } from "./print.ts";

interface Options {
  system?: string;
  maxTokens?: number;
  temperature?: number;
  json?: boolean;
}

interface Answer {
  text: string;
  reasoning: string;
  /** OpenAI's fields and the cost, as the answer has them. */
  usage: unknown;
}

export function addChat(program: Command, client: () => Client): void {
  program
    .command("chat")
    .description("talk to a model; the answer is printed while it arrives")
    .argument("<model>", "the model's name")
    .argument("[prompt...]", "what to say; without it you are asked for each turn (or standard input is read)")
    .option("-s, --system <text>", "instructions for the model")
    .option("--max-tokens <count>", "longest answer in tokens", parseNumber)
    .option("--temperature <value>", "randomness; 0 always takes the most likely token", parseNumber)
    .option("--json", "print the whole answer and its usage as JSON")
    .action(async (model: string, words: string[], options: Options) => {
      const messages: ChatMessage[] = options.system === undefined ? [] : [message("system", options.system)];
      const piped = words.length === 0 && !process.stdin.isTTY;
      const prompt = piped ? (await Bun.stdin.text()).trim() : words.join(" ");
      if (prompt === "" && (piped || options.json))
        throw new CommandError("There is nothing to say: give a prompt as argument or on standard input");
      if (prompt === "") {
        await converse(client(), model, messages, options);
        return;
      }
      messages.push(message("user", prompt));
      const answer = await say(client(), model, messages, options);
      if (options.json) printJson({ model, ...answer });
      else print("");
    });
}

/** One turn after another until Ctrl-D; Ctrl-C cancels the answer under way, or ends the conversation if there is none. */
async function converse(client: Client, model: string, messages: ChatMessage[], options: Options): Promise<void> {
  print(`Talking to ${model}. An empty line or Ctrl-D ends.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (;;) {
      const line = await terminal.question("\n> ").catch(() => "");
      if (line.trim() === "") return;
      messages.push(message("user", line));
      const stop = new AbortController();
      const onInterrupt = () => stop.abort();
      terminal.on("SIGINT", onInterrupt);
      try {
        const answer = await say(client, model, messages, options, stop.signal);
        messages.push(message("assistant", answer.text));
      } catch (error) {
        // The conversation continues without the failed turn.
        messages.pop();
        if (!stop.signal.aborted) printError(error instanceof CommandError ? error.message : String(error));
      } finally {
        terminal.off("SIGINT", onInterrupt);
      }
      print("");
    }
  } finally {
    terminal.close();
  }
}

async function say(
  client: Client,
  model: string,
  messages: ChatMessage[],
  options: Options,
  signal?: AbortSignal,
): Promise<Answer> {
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
  const answer: Answer = { text: "", reasoning: "", usage: undefined };
  const terminal = new TerminalText((text) => process.stdout.write(text));
  const show = (text: string, faint: boolean) => {
    if (options.json) return;
    if (!process.stdout.isTTY) process.stdout.write(text);
    else terminal.write(text, faint);
  };
  const onEvents = (events: readonly AnswerEvent[]) => {
    for (const event of events) {
      if (event.type === "error") throw new CommandError(`${event.error.message} (${event.error.code})`);
      if (event.type === "text-delta") {
        answer.text += event.text;
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

function message(role: "system" | "user" | "assistant", text: string): ChatMessage {
  return { role, content: [{ type: "text", text }] };
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("Allowed: a number of at least 0.");
  return value;
}
