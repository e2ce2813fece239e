import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomText } from "../../base/ids.ts";

export const historyLinesMax = 1_000;
const lineCharsMax = 4_096;
/** Beyond it the file is written anew with the last lines when a conversation begins. */
const fileBytesMax = 1024 * 1024;

/**
 * What was typed in conversations, for the arrow keys: a file in the data folder that only its owner reads. Without a file, or where it
 * cannot be written, there is a history of this conversation only.
 */
export class LineHistory {
  readonly #file: string | undefined;

  constructor(dataDir: string | undefined) {
    this.#file = dataDir === undefined ? undefined : join(dataDir, "chat-history");
  }

  /** The newest first, as a line editor wants them. */
  read(): string[] {
    if (this.#file === undefined) return [];
    let text: string;
    try {
      chmodSync(this.#file, 0o600);
      text = readFileSync(this.#file, "utf8");
    } catch {
      return [];
    }
    const lines = text.split("\n").filter(Boolean).slice(-historyLinesMax);
    if (Buffer.byteLength(text) > fileBytesMax) this.#replace(lines);
    return lines.toReversed();
  }

  add(line: string): void {
    if (this.#file === undefined || line.trim() === "" || line.length > lineCharsMax || line.includes("\n")) return;
    try {
      mkdirSync(join(this.#file, ".."), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
    } catch {
      // A conversation is more important than what is remembered of it.
    }
  }

  #replace(lines: string[]): void {
    const part = `${this.#file}.${randomText(8)}`;
    try {
      let bytes = 0;
      const kept = lines.toReversed().filter((line) => (bytes += Buffer.byteLength(line) + 1) <= fileBytesMax / 2);
      writeFileSync(part, `${kept.toReversed().join("\n")}\n`, { mode: 0o600, flag: "wx" });
      renameSync(part, this.#file ?? part);
    } catch {
      rmSync(part, { force: true });
    }
  }
}
