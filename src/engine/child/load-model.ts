import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type * as LlamaModule from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import { readModelFiles, type ModelFiles } from "../gguf/parts.ts";
import { inspectModelTemplate } from "../template/index.ts";
import { logLineChars, withoutGrammar } from "../log-lines.ts";
import type { ChildOptions, Tuning } from "../protocol.ts";
import { reasonOf } from "./reason-of.ts";
import { giveHeader } from "./give-header.ts";
import { Grammars } from "./grammar/index.ts";
import type { LoadedModel } from "./model.ts";
import { batchTokensMax, createContext, firstTuning } from "./create-context.ts";
import { openAddon } from "./llama/addon.ts";
import { Batcher } from "./llama/batcher.ts";
import { Sequence, type StateKind } from "./llama/sequence.ts";
import { openStateFiles } from "./llama/state-file.ts";
import { chooseRules } from "./output/index.ts";
import { Progress, progressLimitS, SharedWork } from "./progress.ts";
import { PromptCache } from "./prompt-cache.ts";
import { createPromptBuilder } from "./prompt.ts";
import { QueuePlaces } from "./queue-places.ts";
import { samplingDefaults } from "./sampling.ts";
import { skipBinaryTest } from "./skip-binary-test.ts";
import { SlotPool } from "./slots.ts";
import { openVocabulary } from "./token-text.ts";
import { createTokenizer } from "./tokenizer.ts";
import { measureThreads } from "./tune.ts";
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
  const { module, gpu } = await importLlama(options.engineModuleDir, files);
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
  const addon = openAddon(llama, model);
  const tuning = firstTuning(options, { llama, model });
  const memory: StateKind = {
    windowTokens: model.fileInsights.swaSize,
    isRecurrent: model.fileInsights.isRecurrent || model.fileInsights.isHybrid,
  };
  const context = await createContext(addon, options, { tuning, memory });
  const { contextTokens } = options;
  const canTakeBack = !memory.isRecurrent;
  const sequences = Array.from({ length: options.slots }, (_, id) => new Sequence(id, context, memory));
  const batcher = new Batcher(
    { context, sequences },
    { ...tuning, batchTokensMax: batchTokensMax(options, tuning), contextTokens, canTakeBack },
  );
  const promptCache = new PromptCache(openStateFiles(dirname(options.socketPath)), {
    bytesMax: options.promptCacheBytesMax,
    contextTokens,
    memory,
  });
  const inspected = inspectModelTemplate(header, options.file);
  const outputRules = chooseRules(inspected.template.source);
  const vocabulary = openVocabulary(model, header, outputRules);
  const tokenizer = createTokenizer(model, vocabulary);
  const progress = new Progress();
  const places = (what: string) => new QueuePlaces(what, { name: options.name, total: options.queueMax, log });
  const embeddingTokensMax = Math.min(options.contextTokens, embeddingTokensLimit);
  const loaded: LoadedModel = {
    name: options.name,
    module,
    llama,
    model,
    addon,
    batcher,
    ngrams: options.ngrams ?? undefined,
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
      { batcher, cache: promptCache, progress, places: places("requests waiting"), sequences },
      // A piece of a prompt waits for those of all other slots.
      { ...options, log, progressLimitS: () => progressLimitS(loaded.tuning, tuning.batchTokens * options.slots) },
    ),
    promptCache,
    progress,
    tuning,
    async tune() {
      if (!isMeasured(options, llama)) return undefined;
      const measured = await measureThreads({ context, batcher, sequences, contextTokens, canTakeBack });
      if (!measured) return undefined;
      const { isSteady, ...found } = measured;
      batcher.threads = found.threads;
      loaded.tuning = { ...loaded.tuning, ...found };
      return { tuning: loaded.tuning, isSteady };
    },
    reading: new ProjectTurns(),
    embeddingPlaces: places("requests for embeddings under way"),
    embeddingTurns: new Turns(),
    embedding: new SharedWork(progress, progressLimitS(tuning, embeddingTokensMax)),
    embeddingTokensMax,
    embeddings: once(
      () => model.createEmbeddingContext(batchOf(options, loaded.tuning)),
      (cause) => cannot(options.name, "make embeddings", reasonOf(cause)),
    ),
    rankings: once(
      () => model.createRankingContext(batchOf(options, loaded.tuning)),
      (cause) => cannot(options.name, "rank documents, which needs a ranking head", reasonOf(cause)),
    ),
    counts: { requests: 0, tokensGenerated: 0, promptTokensEvaluated: 0, promptTokensCached: 0 },
  };
  return loaded;
}

const isMeasured = (options: ChildOptions, llama: LlamaModule.Llama) =>
  llama.gpu === false && options.threads === null && options.knownTuning === null;

/** Makes something when it is first needed, and tries again where that failed. */
function once<T>(make: () => Promise<T>, explain: (cause: unknown) => SahabError): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    (made ??= make().catch((cause: unknown) => {
      made = undefined;
      throw explain(cause);
    }));
}

/** An input is evaluated whole, in one batch. */
function batchOf(options: ChildOptions, { threads }: Tuning) {
  const tokens = Math.min(options.contextTokens, embeddingTokensLimit);
  return { contextSize: tokens, batchSize: tokens, threads: threads.prompt };
}

function cannot(name: string, act: string, reason: string): SahabError {
  return new SahabError("unsupported_parameter", `Model ${name} cannot ${act}: ${reason}`);
}

/** The installation with GPU back ends if there is one, else the one that comes with the program, which has none. */
async function importLlama(
  engineModuleDir: string | null,
  files: ModelFiles,
): Promise<{ module: typeof LlamaModule; gpu: "auto" | false }> {
  const entry = engineModuleDir && join(engineModuleDir, "dist", "index.js");
  if (entry && existsSync(entry)) return { module: (await import(entry)) as typeof LlamaModule, gpu: "auto" };
  skipBinaryTest();
  giveHeader(files);
  return { module: await import("node-llama-cpp"), gpu: false };
}
