import type { Llama, LlamaGrammar } from "node-llama-cpp";
import { SahabError } from "../../../base/errors.ts";
import type { ChatRequest } from "../../../call/index.ts";
import type { OutputRules } from "../output/index.ts";
import { inSlices } from "../slices.ts";
import { readGbnf } from "./read-gbnf.ts";
import { tryGbnf } from "./try-gbnf.ts";
import { writeGrammar, type WrittenGrammar } from "./write-grammar.ts";

const grammarsMax = 64;

/**
 * Compiles the grammars that requests ask for, and keeps the most recently used, each for the project that asked: how long a
 * request takes must not tell which schemas others use.
 */
export class Grammars {
  readonly #llama: Llama;
  readonly #rules: OutputRules;
  readonly #cache = new Map<string, LlamaGrammar>();

  constructor(llama: Llama, rules: OutputRules) {
    this.#llama = llama;
    this.#rules = rules;
  }

  /**
   * The grammar that the answer must follow, undefined for free text, and the places of what it does not enforce. Throws
   * `invalid_request` where a strict schema cannot be enforced.
   */
  async forRequest(
    request: ChatRequest,
    { project, signal }: { project: string; signal: AbortSignal },
  ): Promise<{ grammar: LlamaGrammar | undefined; leftOut: readonly string[] }> {
    const rules = this.#rules;
    const written = await inSlices(writeGrammar(request, { rules }), signal);
    if (!written) return { grammar: undefined, leftOut: [] };
    try {
      return { grammar: await this.#compile(written, project), leftOut: written.leftOut };
    } catch (cause) {
      // llama.cpp refuses what it takes for endless. A grammar without the schemas that are not strict holds less of them.
      const coarse = await inSlices(writeGrammar(request, { rules, isCoarse: true }), signal);
      if (coarse && coarse.text !== written.text)
        return { grammar: await this.#compile(coarse, project), leftOut: coarse.leftOut };
      throw cause;
    }
  }

  /** The grammar that a caller has written in llama.cpp's language. Throws `invalid_request` with what is wrong in it. */
  async forText(text: string, { project, signal }: { project: string; signal: AbortSignal }): Promise<LlamaGrammar> {
    if (!this.#cache.has(keyOf(project, text))) await inSlices(tryGbnf(readGbnf(text)), signal);
    return await this.#compile({ text, place: "grammar" }, project);
  }

  async #compile({ text, place }: Pick<WrittenGrammar, "text" | "place">, project: string): Promise<LlamaGrammar> {
    const key = keyOf(project, text);
    const cached = this.#cache.get(key);
    if (cached) {
      this.#cache.delete(key);
      this.#cache.set(key, cached);
      return cached;
    }
    let grammar: LlamaGrammar;
    try {
      grammar = await this.#llama.createGrammar({ grammar: text });
    } catch (cause) {
      throw new SahabError("invalid_request", `${place}: the engine accepts no grammar that is made from it`, {
        param: place,
        cause,
      });
    }
    this.#cache.set(key, grammar);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= grammarsMax) break;
      this.#cache.delete(oldest);
    }
    return grammar;
  }
}

const keyOf = (project: string, text: string) => `${project}\0${text}`;
