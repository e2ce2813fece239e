import { InvalidArgumentError, type Command } from "commander";
import { createInterface } from "node:readline/promises";
import type { ChatMessage, ChatRequest } from "../call/index.ts";
import { createChatStreamDecoder, encodeChatRequest, encodeUsage } from "../dialect/openai-chat/index.ts";
import { EventStreamParser } from "../dialect/sse.ts";
import { CommandError, type Client } from "./client.ts";
import { print, printJson } from "./print.ts";

interface Options {
  system?: string;
  maxTokens?: number;
  temperature?: number;
  json?: boolean;
}

interface Answer {
  text: string;
  reasoning: string;
  /** As the answer has it: OpenAI's fields, and the cost. */
  usage: unknown;
}

export function addChat(program: Command, client: () => Client): void {
  program
    .command("chat")
    .description("talk to a model; its words appear as it says them")
    .argument("<model>", "the model's name")
    .argument("[prompt...]", "what to say; without it you are asked, turn by turn (or standard input is read)")
    .option("-s, --system <text>", "instructions for the model")
    .option("--max-tokens <count>", "longest answer in tokens", parseNumber)
    .option("--temperature <value>", "0 is the surest word each time", parseNumber)
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

/** Turn by turn until Ctrl-D; Ctrl-C ends an answer, or the talk when none is under way. */
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
        // One turn failed; the talk goes on without it.
        messages.pop();
        if (!stop.signal.aborted)
          process.stderr.write(`${error instanceof CommandError ? error.message : String(error)}\n`);
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
    model,
    messages,
    tools: [],
    toolChoice: { type: "auto" },
    parallelToolCalls: true,
    responseFormat: { type: "text" },
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
    body: encodeChatRequest(request),
    ...(signal ? { signal } : {}),
  });
  const answer: Answer = { text: "", reasoning: "", usage: undefined };
  const decoder = createChatStreamDecoder();
  const parser = new EventStreamParser();
  const show = (text: string, faint: boolean) => {
    if (!options.json) process.stdout.write(faint && process.stdout.isTTY ? `\u001b[2m${text}\u001b[0m` : text);
  };
  const onEvents = (events: ReturnType<typeof decoder.decode>) => {
    for (const event of events) {
      if (event.type === "usage") answer.usage ??= encodeUsage(event.usage);
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
  for await (const chunk of response.body ?? []) {
    parser.push(chunk, (event) => {
      if (event.isComment) return;
      onEvents(decoder.decode(event.data));
      answer.usage = usageIn(event.data) ?? answer.usage;
    });
  }
  onEvents(decoder.end());
  return answer;
}

/** The usage of an event as it stands there, with what the decoder has no room for: the cost. */
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
