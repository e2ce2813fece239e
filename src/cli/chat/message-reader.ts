import { createInterface, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { historyLinesMax, type LineHistory } from "./line-history.ts";
import { lineEndMark, PasteFilter, pasteMarksOff, pasteMarksOn } from "./paste-filter.ts";

/** Lines that come within this time of each other were pasted, at a terminal that does not mark what is pasted. */
const pasteGapMs = 15;
/** Longer than any prompt that a terminal is the place for; what is typed beyond it is refused. */
const messageCharsMax = 1_000_000;

const fence = '"""';

/**
 * Messages from a terminal. A message is a line; or lines that end with a backslash and the one after them; or what is between two
 * lines with `"""`; or what is pasted at once.
 */
export class MessageReader {
  readonly #terminal: Interface;
  readonly #history: LineHistory;
  readonly #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #isClosed = false;
  #timer: Timer | undefined;
  readonly #onData: (chunk: Buffer | string) => void;
  /** Called at Ctrl-C where nothing is typed. */
  onInterrupt: () => void = () => undefined;

  constructor(history: LineHistory) {
    this.#history = history;
    const { stdin, stdout } = process;
    const filter = new PasteFilter();
    const decoder = new StringDecoder("utf8");
    // The editor switches its input to single keys, as it would the terminal.
    const keys = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (isRaw: boolean) => void stdin.setRawMode(isRaw),
    });
    this.#onData = (chunk) => void keys.write(filter.push(typeof chunk === "string" ? chunk : decoder.write(chunk)));
    stdin.on("data", this.#onData);
    // Another line editor may have paused it.
    stdin.resume();
    stdin.on("end", () => keys.end());
    stdout.write(pasteMarksOn);
    this.#terminal = createInterface({
      input: keys,
      output: stdout,
      terminal: true,
      history: history.read(),
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
    });
    this.#terminal.on("line", (line) => this.#gather(line));
    this.#terminal.on("close", () => this.#end());
    this.#terminal.on("SIGINT", () => this.#interrupt());
  }

  /** The next message; undefined where there are no more. */
  async read(prompt: string): Promise<string | undefined> {
    const first = await this.#line(prompt);
    if (first === undefined) return undefined;
    const lines = [first];
    const isFenced = first.trimStart().startsWith(fence);
    while (isFenced ? !isEnd(lines) : lines.at(-1)?.endsWith("\\") === true) {
      const next = await this.#line(". ");
      if (next === undefined) break;
      lines.push(next);
      if (lines.reduce((sum, line) => sum + line.length, 0) > messageCharsMax) break;
    }
    const text = isFenced ? lines.join("\n").trim().slice(fence.length) : lines.join("\n").replaceAll("\\\n", "\n");
    return isFenced && text.endsWith(fence) ? text.slice(0, -fence.length).trim() : text;
  }

  close(): void {
    this.#terminal.close();
  }

  async #line(prompt: string): Promise<string | undefined> {
    const queued = this.#lines.shift();
    if (queued !== undefined) return queued;
    if (this.#isClosed) return undefined;
    this.#terminal.setPrompt(prompt);
    this.#terminal.prompt();
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  #pasted: string[] = [];

  /** Lines that come at once are one. */
  #gather(line: string): void {
    this.#pasted.push(line);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), pasteGapMs);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    if (this.#pasted.length === 0) return;
    const text = this.#pasted.join("\n").replaceAll(lineEndMark, "\n");
    this.#pasted = [];
    this.#history.add(text.replaceAll("\n", lineEndMark));
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(text);
    else this.#lines.push(text);
  }

  #interrupt(): void {
    if (this.#terminal.line === "") {
      this.onInterrupt();
      return;
    }
    // As in a shell: what was typed is given up, and a new line begins.
    this.#terminal.write(null, { ctrl: true, name: "e" });
    this.#terminal.write(null, { ctrl: true, name: "u" });
    process.stdout.write("\n");
    this.#terminal.prompt();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#flush();
    process.stdin.off("data", this.#onData);
    process.stdin.pause();
    process.stdout.write(pasteMarksOff);
    this.#waiting?.(undefined);
  }
}

/** Whether the last line closes what the first opens. */
function isEnd(lines: readonly string[]): boolean {
  const text = lines.join("\n").trim();
  return text.length >= 2 * fence.length && text.endsWith(fence);
}
