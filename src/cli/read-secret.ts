import { CommandError } from "./command-error.ts";

/** Longer than any key or passphrase. */
export const secretCharactersMax = 4096;

const enter = new Set(["\r", "\n"]);
const interrupt = "\u0003";
const endOfInput = "\u0004";
const eraseAll = "\u0015";
const erase = new Set(["\u0008", "\u007f"]);

/** A line typed at the terminal, which shows nothing of it; undefined where there is no terminal. */
export async function readSecret(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return undefined;
  // Before the question: what is pasted at once must not be shown either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.setEncoding("utf8");
  stdin.resume();
  let onData: (chunk: string) => void = () => undefined;
  let onEnd = onData as () => void;
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = "";
      onData = (chunk) => {
        for (const character of chunk) {
          if (enter.has(character)) return resolve(text);
          if (character === interrupt || (character === endOfInput && text === ""))
            return reject(new CommandError("Interrupted"));
          if (character === eraseAll) text = "";
          else if (erase.has(character)) text = text.slice(0, -1);
          else text += character;
          if (text.length > secretCharactersMax)
            return reject(new CommandError(`At most ${secretCharactersMax} characters are allowed`));
        }
      };
      onEnd = () => resolve(text);
      stdin.on("data", onData);
      stdin.on("end", onEnd);
    });
  } finally {
    stdin.off("data", onData);
    stdin.off("end", onEnd);
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}

/** What comes on standard input; nothing is read after more than a secret can have. */
export async function readInput(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of Bun.stdin.stream()) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > secretCharactersMax) break;
  }
  return text;
}
