import { expect, test } from "bun:test";
import type { CatalogModel } from "../vendor/index.ts";
import { answerTokensOf, factsOfModel } from "./known-facts.ts";

const given = (fields: Record<string, number | undefined>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const providers = new Map([["v", { name: "v", vendor: "openai" as const }]]);
const target = { provider: "v", model: "known", priority: 1, weight: 1 };
const catalogOf = (context?: number, output?: number, input?: number) => ({
  findModel: (part: string, id: string): CatalogModel | undefined =>
    context === undefined
      ? undefined
      : {
          part,
          id,
          name: id,
          source: "a test",
          takes: ["text"],
          gives: ["text"],
          context,
          ...given({ output, input }),
        },
});
type Lengths = { context?: number; output?: number };
const told = (declared: Lengths, [context, output, input]: readonly (number | undefined)[]) => {
  const facts = factsOfModel(
    { name: "m", targets: [target], ...declared },
    providers,
    catalogOf(context, output, input),
  );
  return [facts.contextTokens, facts.outputTokensMax, facts.inputTokensMax];
};

test.each<[string, Lengths, (number | undefined)[], (number | undefined)[]]>([
  ["nothing declared", {}, [400, 128, 272], [400, 128, 272]],
  ["both declared", { context: 100, output: 20 }, [400, 128, 272], [100, 20, 100]],
  ["of a model that is not known", { context: 100, output: 20 }, [], [100, 20, undefined]],
  ["a shorter context leaves room for the prompt", { context: 100 }, [400, 128], [100, 25, undefined]],
  ["an output that fits is kept", { context: 300 }, [400, 128, 272], [300, 128, 272]],
  ["a context of a model that is not known", { context: 4096 }, [], [4096, 1024, undefined]],
  ["a longer context than is known", { context: 1000 }, [400, 128, 272], [1000, 128, undefined]],
  ["the output alone", { output: 20 }, [400, 128, 272], [400, 20, 272]],
  ["the output of a model that is not known", { output: 20 }, [], [undefined, 20, undefined]],
])("%s", (_, declared, known, expected) => {
  expect(told(declared, known)).toEqual(expected);
});

test("a local model keeps its own context, and may have another bound of answers", () => {
  const local = { file: "a.gguf", context: 4096, slots: 1, priority: 1, weight: 1 };
  const facts = factsOfModel({ name: "m", local, output: 512 }, providers, undefined);
  expect([facts.contextTokens, facts.outputTokensMax]).toEqual([4096, 512]);
});

test.each([
  [{}, undefined],
  [{ context: 200_000, output: 64_000 }, 20_000],
  [{ context: 200_000, output: 4096 }, 4096],
  [{ context: 32_768, output: 32_768 }, 8192],
  [{ context: 8192, output: 8192 }, 2048],
  [{ context: 200_000 }, 8192],
  [{ context: 4096 }, 1024],
  [{ output: 4096 }, 4096],
  [{ output: 64_000 }, 8192],
])("an answer without its client's bound, of a model with %j", (known, expected) => {
  expect(answerTokensOf(known)).toBe(expected as number);
});
