import { CommandError } from "./client.ts";

/**
 * A secret typed at the terminal, which shows nothing of it. Throws where there is no terminal: then the caller says how else the
 * secret can be given.
 */
export async function readSecret(question: string, otherwise: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new CommandError(`There is no terminal to type at; ${otherwise}`);
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  try {
    return await typed();
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}

const enter = new Set(["\r", "\n"]);
const interrupt = "\u0003";
const erase = new Set(["\u0008", "\u007f"]);

function typed(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer) => {
      for (const char of chunk.toString("utf8")) {
        if (char === interrupt) {
          process.stdin.off("data", onData);
          reject(new CommandError("Interrupted"));
          return;
        }
        if (enter.has(char)) {
          process.stdin.off("data", onData);
          resolve(text);
          return;
        }
        text = erase.has(char) ? text.slice(0, -1) : text + char;
      }
    };
    process.stdin.on("data", onData);
  });
}
