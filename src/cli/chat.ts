import { InvalidArgumentError, type Command } from "commander";
import { createInterface } from "node:readline/promises";
import type { ChatMessage } from "../call/index.ts";
import { CommandError, type Client } from "./client.ts";
import { print, printError, printJson } from "./print.ts";
import type { SayOptions } from "./say.ts";

interface Options extends SayOptions {
  system?: string;
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
      const { say } = await import("./say.ts");
      const answer = await say(client(), model, messages, options);
      if (options.json) printJson({ model, ...answer });
      else print("");
    });
}

/** One turn after another until Ctrl-D; Ctrl-C cancels the answer under way, or ends the conversation if there is none. */
async function converse(client: Client, model: string, messages: ChatMessage[], options: Options): Promise<void> {
  const { say } = await import("./say.ts");
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

function message(role: "system" | "user" | "assistant", text: string): ChatMessage {
  return { role, content: [{ type: "text", text }] };
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("Allowed: a number of at least 0.");
  return value;
}
