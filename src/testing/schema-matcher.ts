import { getLlama, type Llama } from "node-llama-cpp";
import { GrammarRules } from "../engine/child/grammar/gbnf.ts";
import { schemaToGbnf } from "../engine/child/grammar/schema-to-gbnf.ts";

interface Matcher {
  /** Whether a text fits the grammar, as llama.cpp itself judges. */
  fits(text: string): boolean;
  /** Places of what the grammar does not enforce. */
  leftOut: string[];
}

/** The grammar of a schema whose place is `s`. */
export async function schemaMatcher(schema: unknown, { strict = false } = {}): Promise<Matcher> {
  llama ??= getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => undefined });
  const rules = new GrammarRules();
  const { rule, leftOut } = schemaToGbnf(schema, rules, { place: "s", strict });
  const grammar = await (await llama).createGrammar({ grammar: rules.print(rule) });
  return {
    // eslint-disable-next-line no-underscore-dangle -- the library has no public way to ask
    fits: (text) => (grammar as unknown as { _testText(text: string): boolean })._testText(text),
    leftOut,
  };
}

let llama: Promise<Llama> | undefined;
