import type { Token } from "node-llama-cpp";
import type { AddonContext } from "./addon.ts";

/** What a model's memory of its context is like. */
export interface StateKind {
  /** Tokens that a layer with a sliding window sees; undefined where all layers see everything. */
  windowTokens: number | undefined;
  /** A recurrent model's state is that after its last token, and no earlier one can be had from it. */
  isRecurrent: boolean;
}

/** One of a context's sequences: the tokens whose keys and values it holds. Changed only between steps, by the batcher and in its exclusive work. */
export class Sequence {
  readonly id: number;
  readonly #context: AddonContext;
  readonly #memory: StateKind;
  #tokens: Token[] = [];

  constructor(id: number, context: AddonContext, memory: StateKind) {
    this.id = id;
    this.#context = context;
    this.#memory = memory;
  }

  /** Tokens that it holds, which is also the position of the next. */
  get length(): number {
    return this.#tokens.length;
  }

  get tokens(): readonly Token[] {
    return this.#tokens;
  }

  /** How many leading tokens of a prompt it holds already, without the prompt's last: that is always evaluated. */
  prefixOf(prompt: readonly Token[]): number {
    return usablePrefix(this.#tokens, prompt, this.#memory);
  }

  /** What a batch has evaluated. */
  append(tokens: readonly Token[], count: number): void {
    for (let i = 0; i < count; i++) this.#tokens.push(tokens[i] as Token);
  }

  /** Gives up what a batch has evaluated after its tokens. Not for recurrent models, which cannot. */
  takeBack(): void {
    if (this.length === 0) this.#context.disposeSequence(this.id);
    else this.#context.removeTokenCellsFromSequence(this.id, this.length, -1);
  }

  /** Gives up what comes after so many tokens; all of it where the model's state cannot be cut there. */
  cut(length: number): void {
    if (length >= this.#tokens.length) return;
    if (length > 0 && this.#canCut(length) && this.#context.removeTokenCellsFromSequence(this.id, length, -1)) {
      this.#tokens.length = length;
      return;
    }
    this.clear();
  }

  clear(): void {
    this.#context.disposeSequence(this.id);
    this.#tokens = [];
  }

  /** Writes the state to a file and returns its size in bytes. */
  save(path: string): Promise<number> {
    return this.#context.saveSequenceStateToFile(path, this.id, Uint32Array.from(this.#tokens));
  }

  /** Takes over a state that was saved; what it held before is gone, even where that fails. */
  async load(path: string, tokensMax: number): Promise<void> {
    this.clear();
    const tokens = await this.#context.loadSequenceStateFromFile(path, this.id, tokensMax);
    this.#tokens = Array.from(tokens) as Token[];
  }

  /** The token after the cut still sees what is in its window. */
  #canCut(length: number): boolean {
    const { windowTokens } = this.#memory;
    if (windowTokens === undefined) return true;
    return this.#context.getSequenceKvCacheMinPosition(this.id) <= Math.max(0, length - windowTokens);
  }
}

export function commonPrefix(some: ArrayLike<number>, others: ArrayLike<number>): number {
  const most = Math.min(some.length, others.length);
  let count = 0;
  while (count < most && some[count] === others[count]) count++;
  return count;
}

/** How many leading tokens of a prompt can be had from a state, without the prompt's last. */
export function usablePrefix(state: ArrayLike<number>, prompt: readonly Token[], { isRecurrent }: StateKind): number {
  const common = Math.min(commonPrefix(state, prompt), prompt.length - 1);
  return isRecurrent && common < state.length ? 0 : common;
}
