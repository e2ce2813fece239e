import { existsSync } from "node:fs";
import { join } from "node:path";
import type * as LlamaModule from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import { readModelFiles, type ModelFiles } from "../gguf/parts.ts";
import { inspectModelTemplate } from "../template/index.ts";
import { logLineChars, withoutGrammar } from "../log-lines.ts";
import type { ChildOptions, Tuning } from "../protocol.ts";
import { Grammars } from "./grammar/index.ts";
import type { LoadedModel } from "./model.ts";
import { chooseRules } from "./output/index.ts";
import { Pause } from "./pause.ts";
import { Progress, progressLimitS, SharedWork } from "./progress.ts";
import { createPromptBuilder } from "./prompt.ts";
import { QueuePlaces } from "./queue-places.ts";
import { samplingDefaults } from "./sampling.ts";
import { skipBinaryTest } from "./skip-binary-test.ts";
import { SlotPool } from "./slots.ts";
import { openVocabulary } from "./token-text.ts";
import { createTokenizer } from "./tokenizer.ts";
import { tune } from "./tune.ts";
import { ProjectTurns, Turns } from "./turns.ts";

type Log = (message: string, fields: Record<string, unknown>) => void;

/** An input is embedded in one batch, and its buffers grow with the input. This bounds them for models with very long contexts. */
const embeddingTokensLimit = 8192;

/**
 * Loads a model and makes it ready to answer. `beforeWeights` is called when all libraries are there, before llama.cpp opens the
 * model. Throws SahabErrors for what the operator can correct.
 */
export async function loadModel(
  options: ChildOptions,
  { log, beforeWeights }: { log: Log; beforeWeights(files: ModelFiles): void },
): Promise<LoadedModel> {
  // llama.cpp ends the process on some damaged files; our reader reports what is wrong with them.
  const files = await readModelFiles(options.file);
  const { header, paths } = files;
  const { module, gpu } = await importLlama(options.engineModuleDir);
  const llama = await module.getLlama({
    gpu,
    build: "never",
    skipDownload: true,
    // Zero makes the library use exactly the measured number of threads.
    maxThreads: 0,
    logLevel: module.LlamaLogLevel.error,
    logger: (level, message) => {
      const line = withoutGrammar(message.split("\n", 1)[0] ?? "");
      if (line !== undefined) process.stderr.write(`[${level}] ${line.slice(0, logLineChars)}\n`);
    },
  });
  beforeWeights(files);
  let model: LlamaModule.LlamaModel;
  try {
    model = await llama.loadModel({ modelPath: paths[0] ?? options.file });
  } catch (cause) {
    throw new SahabError("invalid_request", `Cannot load ${options.file}: ${reasonOf(cause)}`, { cause });
  }
  const tuning = await tune(llama, model, options);
  let context: LlamaModule.LlamaContext;
  try {
    context = await model.createContext({
      contextSize: options.contextTokens,
      sequences: options.slots,
      batchSize: tuning.batchTokens,
      threads: tuning.threads,
      failedCreationRemedy: false,
    });
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      `Cannot give ${options.slots} slots of ${options.contextTokens} tokens each to ${options.name}: ${reasonOf(cause)}`,
      { cause },
    );
  }
  const inspected = inspectModelTemplate(header, options.file);
  const outputRules = chooseRules(inspected.template.source);
  const vocabulary = openVocabulary(model, outputRules);
  const tokenizer = createTokenizer(model, vocabulary);
  const pause = new Pause();
  const progress = new Progress();
  const sequences = Array.from({ length: options.slots }, () => context.getSequence());
  const places = (what: string) => new QueuePlaces(what, { name: options.name, total: options.queueMax, log });
  // The library rounds the context up to a multiple of 256; callers get only what was configured.
  const contextTokens = Math.min(options.contextTokens, context.contextSize);
  const embeddingTokensMax = Math.min(options.contextTokens, embeddingTokensLimit);
  return {
    name: options.name,
    module,
    llama,
    model,
    context,
    contextTokens,
    vocabulary,
    tokenizer,
    outputRules,
    prompts: createPromptBuilder(options.name, {
      model,
      tokenizer,
      vocabulary,
      inspected,
      outputRules,
      contextTokens,
    }),
    templateWarnings: inspected.warnings,
    grammars: new Grammars(llama, outputRules),
    samplingDefaults: samplingDefaults(model.fileInfo.metadata.general),
    slots: new SlotPool(
      { pause, progress, places: places("requests waiting"), sequences },
      // A piece of a prompt shares its batches with the pieces of all other slots.
      { ...options, progressLimitS: progressLimitS(tuning, tuning.batchTokens * options.slots) },
    ),
    pause,
    progress,
    tuning,
    reading: new ProjectTurns(),
    embeddingPlaces: places("requests for embeddings under way"),
    embeddingTurns: new Turns(),
    embedding: new SharedWork(progress, progressLimitS(tuning, embeddingTokensMax)),
    embeddingTokensMax,
    embeddings: once(
      () => model.createEmbeddingContext(batchOf(options, tuning)),
      (cause) => cannot(options.name, "make embeddings", reasonOf(cause)),
    ),
    rankings: once(
      () => model.createRankingContext(batchOf(options, tuning)),
      (cause) => cannot(options.name, "rank documents, which needs a ranking head", reasonOf(cause)),
    ),
    counts: { requests: 0, tokensGenerated: 0, promptTokensEvaluated: 0, promptTokensCached: 0 },
  };
}

/** Makes something when it is first needed, and tries again where that failed. */
function once<T>(make: () => Promise<T>, explain: (cause: unknown) => SahabError): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    (made ??= make().catch((cause: unknown) => {
      made = undefined;
      throw explain(cause);
    }));
}

function batchOf({ contextTokens }: ChildOptions, { threads }: Tuning) {
  return { contextSize: contextTokens, batchSize: contextTokens, threads };
}

function cannot(name: string, act: string, reason: string): SahabError {
  return new SahabError("unsupported_parameter", `Model ${name} cannot ${act}: ${reason}`);
}

/** The installation with GPU back ends if there is one, else the one that comes with the program, which has none. */
async function importLlama(
  engineModuleDir: string | null,
): Promise<{ module: typeof LlamaModule; gpu: "auto" | false }> {
  const entry = engineModuleDir && join(engineModuleDir, "dist", "index.js");
  if (entry && existsSync(entry)) return { module: (await import(entry)) as typeof LlamaModule, gpu: "auto" };
  skipBinaryTest();
  return { module: await import("node-llama-cpp"), gpu: false };
}

const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)).slice(0, 500);
