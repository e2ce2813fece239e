import { itemBytes } from "../held-size.ts";

/** What a chunk says of one choice, texts as the vendor sent them. */
export interface ChunkPart {
  choice: number;
  text: string;
  reasoning: string;
  calls: { index: number; id: unknown; name: unknown; arguments: string }[];
  logprobs: unknown;
  finish: unknown;
  isFinish: boolean;
}

/**
 * Makes increments of what a vendor sends, which may be that already, or all of the text so far in every chunk: vendors differ,
 * and some pass over the wish for one of the two. The chunks themselves tell. One that does not go on where the one before
 * ended holds something new; what repeats many letters and adds to them repeats all. Until then chunks wait, which few streams
 * of increments have any of.
 */
export class Increments {
  /** About how many bytes it holds. */
  heldBytes = 0;
  #areTotals: boolean | undefined;
  /** Until it is decided, what each text was in the chunk before. */
  readonly #last = new Map<string, string>();
  /** What has been handed on of each text. */
  readonly #texts = new Map<string, string>();
  readonly #logprobs = new Map<number, number>();
  /** Chunks that went on with all that was before. */
  #matches = 0;
  #grown = 0;
  #held: ChunkPart[][] = [];
  #waitingBytes = 0;

  /** The chunks that are ready, in order; `bytes` is the size of this one. Undefined where the vendor has changed what it had sent. */
  take(parts: ChunkPart[], bytes: number): ChunkPart[][] | undefined {
    if (this.#areTotals === false) return [parts];
    if (this.#areTotals === undefined) this.#judge(parts);
    if (this.#areTotals === undefined && this.#matches > 0) {
      if (this.#waitingBytes + bytes <= waitingBytesMax) {
        this.#held.push(parts);
        this.#waitingBytes += bytes;
        this.heldBytes += bytes;
        return [];
      }
      // So much beside the few letters that were repeated.
      this.#decide(true);
    }
    const ready = [...this.#release(), parts];
    if (this.#areTotals === true) return this.#cutAll(ready);
    // Both kinds begin in the same way.
    if (this.#areTotals === undefined) this.#cutAll(ready);
    return ready;
  }

  /** What waits at the end of a stream that was cut off. */
  end(): ChunkPart[][] {
    return this.#cutAll(this.#release()) ?? [];
  }

  #release(): ChunkPart[][] {
    this.heldBytes -= this.#waitingBytes;
    this.#waitingBytes = 0;
    return this.#held.splice(0);
  }

  #remember(texts: Map<string, string>, key: string, said: string): void {
    this.heldBytes += said.length - (texts.get(key)?.length ?? -itemBytes);
    texts.set(key, said);
  }

  #forget(texts: Map<string, string>): void {
    for (const said of texts.values()) this.heldBytes -= said.length + itemBytes;
    texts.clear();
  }

  /** Decides where it can. */
  #judge(parts: ChunkPart[]): void {
    let hasGrown = false;
    let isSeen = false;
    for (const part of parts) {
      for (const [key, said] of textsOf(part)) {
        const before = this.#last.get(key) ?? "";
        if (key.startsWith("call") && !this.#last.has(key)) {
          this.#remember(this.#last, key, said);
          hasGrown = true;
        }
        // Thoughts may end while the text goes on.
        if (said === "" && (before === "" || key.startsWith("reasoning"))) continue;
        this.#remember(this.#last, key, said);
        if (said.length > before.length) hasGrown = true;
        if (before === "") continue;
        isSeen = true;
        if (!said.startsWith(before)) return this.#decide(false);
        if (before.length >= provenChars && said.length > before.length) return this.#decide(true);
      }
    }
    if (!isSeen) return;
    const isFinish = parts.some((part) => part.isFinish);
    // A chunk of totals adds something.
    if (!hasGrown && !isFinish && this.#matches === 0) return this.#decide(false);
    this.#matches++;
    if (hasGrown) this.#grown++;
    if (isFinish || this.#grown >= provenChunks || this.#matches >= heldMax) this.#decide(true);
  }

  #decide(areTotals: boolean): void {
    this.#areTotals = areTotals;
    this.#forget(this.#last);
    if (!areTotals) this.#forget(this.#texts);
  }

  #cutAll(chunks: ChunkPart[][]): ChunkPart[][] | undefined {
    const cut: ChunkPart[][] = [];
    for (const parts of chunks) {
      const news: ChunkPart[] = [];
      for (const part of parts) {
        const text = this.#cut(`text ${part.choice}`, part.text);
        const reasoning = this.#cut(`reasoning ${part.choice}`, part.reasoning);
        const calls = part.calls.map((call) => ({
          ...call,
          arguments: this.#cut(`call ${part.choice} ${call.index}`, call.arguments),
        }));
        if (text === undefined || reasoning === undefined) return undefined;
        const known: ChunkPart["calls"] = [];
        for (const call of calls) {
          if (call.arguments === undefined) return undefined;
          known.push({ ...call, arguments: call.arguments });
        }
        news.push({ ...part, text, reasoning, calls: known, logprobs: this.#cutLogprobs(part) });
      }
      cut.push(news);
    }
    return cut;
  }

  /** What is new of a text. One that is shorter than before, as an empty one at the end, says nothing new. */
  #cut(key: string, said: string): string | undefined {
    const before = this.#texts.get(key) ?? "";
    if (said.length <= before.length) return before.startsWith(said) ? "" : undefined;
    if (!said.startsWith(before)) return undefined;
    this.#remember(this.#texts, key, said);
    return said.slice(before.length);
  }

  #cutLogprobs({ choice, logprobs }: ChunkPart): unknown {
    const content = (logprobs as { content?: unknown } | null | undefined)?.content;
    if (!Array.isArray(content)) return logprobs;
    const seen = this.#logprobs.get(choice) ?? 0;
    if (!this.#logprobs.has(choice)) this.heldBytes += itemBytes;
    this.#logprobs.set(choice, Math.max(seen, content.length));
    return { content: content.slice(seen) };
  }
}

/** So many letters that are repeated and then added to are no chance. */
const provenChars = 16;
/** So many chunks that each add to all before are none either. */
const provenChunks = 3;
/** Chunks that wait, and bytes of them. */
const heldMax = 32;
const waitingBytesMax = 1024 * 1024;

function textsOf({ choice, text, reasoning, calls }: ChunkPart): [string, string][] {
  return [
    [`text ${choice}`, text],
    [`reasoning ${choice}`, reasoning],
    ...calls.map((call): [string, string] => [`call ${choice} ${call.index}`, call.arguments]),
  ];
}
