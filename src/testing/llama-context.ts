import { join } from "node:path";
import { getLlama, type Token } from "node-llama-cpp";
import { writeRandomModel, type RandomModelOptions } from "./gguf/random-model.ts";
import { openAddon, type Addon, type AddonContext } from "../engine/child/llama/addon.ts";
import { Batcher } from "../engine/child/llama/batcher.ts";
import { Sampler } from "../engine/child/llama/sampler.ts";
import { Sequence } from "../engine/child/llama/sequence.ts";

/** A step as llama.cpp gets it: for each sequence, in order, how many tokens. */
export type Step = { id: number; count: number }[];

/** llama.cpp's own context of a small random model, in this process, and what goes into its steps. */
export async function openTestContext(
  folder: string,
  {
    slots,
    batchTokens = 64,
    contextTokens = 512,
    ...model
  }: { slots: number; batchTokens?: number; contextTokens?: number } & Partial<RandomModelOptions>,
) {
  const path = join(folder, `${crypto.randomUUID()}.gguf`);
  await writeRandomModel(path, { architecture: "llama", seed: 7, ...model });
  const llama = await getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    maxThreads: 0,
    logger: () => undefined,
  });
  const addon = openAddon(llama, await llama.loadModel({ modelPath: path }));
  const batchTokensMax = Math.max(batchTokens, slots + 32);
  const steps: Step[] = [];
  const context = record(
    await addon.createContext({
      contextTokens,
      sequences: slots,
      batchTokens: batchTokensMax,
      threads: 1,
      hasSlidingWindow: false,
    }),
    steps,
  );
  const memory = { windowTokens: undefined, isRecurrent: false };
  const sequences = Array.from({ length: slots }, (_, id) => new Sequence(id, context, memory));
  const batcher = new Batcher(
    { context, sequences },
    { batchTokens, batchTokensMax, contextTokens, threads: { one: 1, several: 1, prompt: 1 }, canTakeBack: true },
  );
  return { addon, context, sequences, batcher, steps, memory };
}

/** The same context, whose batches are noted. */
function record(context: AddonContext, steps: Step[]): AddonContext {
  let step: Step = [];
  return new Proxy(context, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (name === "initBatch") steps.push((step = []));
        if (name === "addToBatch") step.push({ id: args[0] as number, count: (args[2] as Uint32Array).length });
        return Reflect.apply(value, target, args);
      };
    },
  });
}

export const tokensOf = (text: string): Token[] => [...Buffer.from(text)] as Token[];

/** Generates so many tokens after the prompt, as greedily as can be. */
export async function write(
  { addon, batcher }: { addon: Addon; batcher: Batcher },
  sequence: Sequence,
  {
    prompt,
    count,
    mayGoOn = () => true,
    draft,
  }: {
    prompt: Token[];
    count: number;
    mayGoOn?: () => boolean;
    /** Gets how many tokens have been written. */
    draft?: (written: number) => readonly Token[];
  },
): Promise<Token[]> {
  const written: Token[] = [];
  const sampler = new Sampler(addon, { temperature: 0, seed: 1 });
  await batcher.run({
    sequence,
    tokens: prompt.slice(sequence.length),
    sampler,
    withProbabilities: false,
    mayGoOn,
    onStep: () => undefined,
    ...(draft && { draft: () => draft(written.length) }),
    onToken(token) {
      written.push(token);
      return written.length < count ? [token] : undefined;
    },
  });
  sampler.dispose();
  return written;
}
