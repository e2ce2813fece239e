import { CommandError } from "./command-error.ts";

/** Reads a line from the terminal without showing it, or all of standard input where that is no terminal; at most so many characters and one. */
export async function readSecret(prompt: string, charactersMax: number): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) return (await readStart(charactersMax)).trim();
  process.stderr.write(prompt);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = "";
      stdin.on("data", (chunk: string) => {
        for (const character of chunk) {
          if (character === "\r" || character === "\n") return resolve(typed.trim());
          if (character === "\u0003" || (character === "\u0004" && typed === ""))
            return reject(new CommandError("No key was given"));
          if (character === "\u0015") typed = "";
          else if (character === "\u007f" || character === "\b") typed = typed.slice(0, -1);
          else if (typed.length <= charactersMax) typed += character;
        }
      });
      stdin.on("end", () => resolve(typed.trim()));
    });
  } finally {
    stdin.removeAllListeners("data");
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write("\n");
  }
}

async function readStart(charactersMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of Bun.stdin.stream()) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > charactersMax) break;
  }
  return text;
}
