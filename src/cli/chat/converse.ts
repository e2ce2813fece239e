import type { ChatMessage } from "../../call/index.ts";
import { askSimilar } from "../../base/find-similar.ts";
import { CommandError, type Client } from "../client.ts";
import { print, printError } from "../print.ts";
import { say, type SayOptions } from "../say.ts";
import { listModels } from "./choose-model.ts";
import type { LineHistory } from "./line-history.ts";
import { MessageReader } from "./message-reader.ts";

const help = `/model NAME   talk to another model from here on; alone: which models there are
/system TEXT  give instructions that come before all turns; alone: show them; /system - takes them away
/retry        ask for the last answer again
/clear        forget what was said; the instructions stay
/exit         end, as Ctrl-D does
Several lines: end each but the last with \\, or begin and end with """; what is pasted stays one message.
Ctrl-C ends an answer that is coming. A message that begins with / needs a space before it.`;

interface Conversation {
  model: string;
  system: string | undefined;
  /** Turns of user and assistant. */
  turns: ChatMessage[];
  /** The message that got no answer; it is no turn, since many models take none twice from one side. */
  unanswered: ChatMessage | undefined;
}

/** One turn after another, until Ctrl-D. What fails leaves the conversation as it was. */
export async function converse(
  client: Client,
  { model, system }: { model: string; system: string | undefined },
  options: SayOptions & { history: LineHistory },
): Promise<void> {
  const conversation: Conversation = { model, system, turns: [], unanswered: undefined };
  print(`Talking to ${model}. /help lists what else can be typed; /exit or Ctrl-D ends, an empty line does nothing.`);
  const reader = new MessageReader(options.history);
  try {
    for (;;) {
      reader.onInterrupt = () => reader.close();
      const text = await reader.read("\n> ");
      if (text === undefined) return;
      if (text.trim() === "") continue;
      if (text.startsWith("/") && !text.includes("\n")) {
        const outcome = await obey(client, conversation, text.trim());
        if (outcome === "end") return;
        if (outcome === "done") continue;
      } else conversation.turns.push(message("user", text));
      await answer(client, conversation, options, reader);
    }
  } finally {
    reader.close();
  }
}

/** What is to be done after a command: `answer` where the last turn is a person's and wants one. */
async function obey(client: Client, conversation: Conversation, line: string): Promise<"end" | "done" | "answer"> {
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/.exec(line) ?? [];
  const command = commands[name];
  if (!command) {
    printError(
      `There is no /${name}${askSimilar(name, Object.keys(commands))}; /help lists what there is; to say it, type a space before it`,
    );
    return "done";
  }
  try {
    return (await command(conversation, rest, client)) ?? "done";
  } catch (error) {
    printError(error instanceof CommandError ? error.message : String(error));
    return "done";
  }
}

type Act = (
  conversation: Conversation,
  rest: string,
  client: Client,
) => Promise<"end" | "answer" | undefined> | "end" | "answer" | undefined;

const end: Act = () => "end";

const commands: Readonly<Record<string, Act>> = Object.assign(Object.create(null) as Record<string, Act>, {
  help: (): undefined => print(help) as undefined,
  exit: end,
  quit: end,
  bye: end,
  model: async (conversation, name, client): Promise<undefined> => {
    const names = await listModels(client);
    if (name === "") print(`Talking to ${conversation.model}. There are: ${names.join(", ")}`);
    // Aliases with a * stand for names that no list has, so the server decides.
    else {
      conversation.model = name;
      const isListed = names.includes(name);
      print(
        `Talking to ${name} from here on.${isListed ? "" : ` It is not in the list of models${askSimilar(name, names)}`}`,
      );
    }
  },
  system: (conversation, text): undefined => {
    if (text !== "") conversation.system = text === "-" ? undefined : text;
    print(conversation.system === undefined ? "There are no instructions." : `Instructions: ${conversation.system}`);
  },
  clear: (conversation): undefined => {
    conversation.turns = [];
    conversation.unanswered = undefined;
    print("Forgotten; the next message begins anew.");
  },
  retry: ({ turns, unanswered }) => {
    if (unanswered) turns.push(unanswered);
    while (turns.at(-1)?.role === "assistant") turns.pop();
    if (turns.length > 0) return "answer";
    print("Nothing was said yet.");
    return undefined;
  },
} satisfies Record<string, Act>);

/** Ctrl-C ends the answer; what has come of it is a turn. A message that gets no answer is kept for /retry. */
async function answer(
  client: Client,
  conversation: Conversation,
  options: SayOptions,
  reader: MessageReader,
): Promise<void> {
  const { model, system, turns } = conversation;
  const stop = new AbortController();
  reader.onInterrupt = () => stop.abort();
  conversation.unanswered = undefined;
  const messages = [...(system === undefined ? [] : [message("system", system)]), ...turns];
  let text = "";
  try {
    const said = await say(client, model, messages, { ...options, onText: (part) => (text += part) }, stop.signal);
    turns.push(message("assistant", said.text));
    print("");
  } catch (error) {
    if (text !== "") print("");
    if (stop.signal.aborted && text !== "") {
      turns.push(message("assistant", text));
      printError("(The answer was ended.)");
      return;
    }
    conversation.unanswered = turns.pop();
    if (stop.signal.aborted) printError("(The answer was ended; /retry asks again.)");
    else printError(`${error instanceof CommandError ? error.message : String(error)}\n(/retry asks again.)`);
  }
}

export function message(role: "system" | "user" | "assistant", text: string): ChatMessage {
  return { role, content: [{ type: "text", text }] };
}
