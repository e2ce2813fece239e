import { InvalidArgumentError, type Command } from "commander";
import type { Environment } from "../base/environment.ts";
import { CommandError, type Client } from "./client.ts";
import { print, printJson } from "./print.ts";
import type { SayOptions } from "./say.ts";

interface Options extends SayOptions {
  system?: string;
  history: boolean;
}

export function addChat(program: Command, client: () => Client, environment: () => Environment): void {
  program
    .command("chat")
    .description("talk to a model; the answer is printed while it arrives")
    .argument("[model]", "the model's name; without it the only one, or you are asked")
    .argument("[prompt...]", "what to say; without it you are asked for each turn (or standard input is read)")
    .option("-s, --system <text>", "instructions for the model")
    .option("--max-tokens <count>", "longest answer in tokens", parseNumber)
    .option("--temperature <value>", "randomness; 0 always takes the most likely token", parseNumber)
    .option("--no-history", "do not keep what is typed (for the arrow keys, in chat-history in SAHAB_DATA, mode 0600)")
    .option("--json", "print the whole answer and its usage as JSON")
    .action(async (given: string | undefined, rest: string[], options: Options) => {
      // No model's name has a space: `sahab chat "What is Sahab?"` is a prompt.
      const isPrompt = given !== undefined && /\s/.test(given.trim());
      const words = isPrompt ? [given, ...rest] : rest;
      const piped = words.length === 0 && !process.stdin.isTTY;
      const prompt = piped ? (await Bun.stdin.text()).trim() : words.join(" ");
      // An argument that is empty (an unset variable) opens no conversation where nobody can type.
      const canTalk = !options.json && process.stdin.isTTY;
      if (prompt === "" && !canTalk)
        throw new CommandError("There is nothing to say: give a prompt as argument or on standard input");
      const caller = client();
      const { chooseModel } = await import("./chat/choose-model.ts");
      const model = given === undefined || isPrompt ? await chooseModel(caller) : given;
      const { converse, message } = await import("./chat/converse.ts");
      if (prompt === "") {
        const { LineHistory } = await import("./chat/line-history.ts");
        const history = new LineHistory(options.history ? environment().dataDir : undefined);
        await converse(caller, { model, system: options.system }, { ...options, history });
        return;
      }
      const { say } = await import("./say.ts");
      const messages = [
        ...(options.system === undefined ? [] : [message("system", options.system)]),
        message("user", prompt),
      ];
      const answer = await say(caller, model, messages, options);
      if (options.json) printJson({ model, ...answer });
      else print("");
    });
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("Allowed: a number of at least 0.");
  return value;
}
