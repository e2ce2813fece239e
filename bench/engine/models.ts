import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeRandomModel, type RandomModelOptions } from "../../src/testing/gguf/random-model.ts";
import { cacheDir } from "../install.ts";
import { benchDir } from "../machine.ts";
import { say } from "../report.ts";

export interface BenchModel {
  name: string;
  /** Random weights; without it, the built-in model. */
  options?: RandomModelOptions;
  /** Of one stream; n of them have in all the root of n times as many, since they are faster together. */
  answerTokens: number;
  /** Of all prompts together. */
  promptTokens: number;
}

const random = { architecture: "llama", weightType: "Q8_0", isEndless: true } as const;

export const models = {
  small: {
    name: "25 M weights",
    options: { ...random, size: { hidden: 512, layers: 8, feedForward: 1536 } },
    answerTokens: 240,
    promptTokens: 2048,
  },
  large: {
    name: "150 M weights",
    options: { ...random, size: { hidden: 1024, layers: 12, feedForward: 3328 } },
    answerTokens: 40,
    promptTokens: 512,
  },
  vocabulary: {
    name: "vocabulary of 128k",
    options: { ...random, size: { hidden: 256, layers: 8, feedForward: 1024 }, vocabularySize: 128_256 },
    answerTokens: 80,
    promptTokens: 2048,
  },
  nano: { name: "nano", answerTokens: 400, promptTokens: 4096 },
} satisfies Record<string, BenchModel>;

/** The model's file, written once: making 150 million random weights takes longer than measuring them. */
export async function modelFile({ name, options }: BenchModel): Promise<string> {
  const sources = join(benchDir, "..", "src", "testing", "gguf");
  if (!options) return join(benchDir, "..", "models", "nano", "nano.gguf");
  const hash = createHash("sha256").update(JSON.stringify(options));
  for (const source of readdirSync(sources).toSorted()) hash.update(readFileSync(join(sources, source)));
  const folder = join(cacheDir, "engine-models");
  const file = join(folder, `${hash.digest("hex").slice(0, 16)}.gguf`);
  if (existsSync(file)) return file;
  say(`Writing the model with ${name} into ${folder}; once, a few seconds …`);
  mkdirSync(folder, { recursive: true });
  await writeRandomModel(file, options);
  return file;
}
