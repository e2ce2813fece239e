import type { Llama, LlamaModel } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { CacheType } from "../cache-types.ts";
import type { ChildOptions, Tuning } from "../protocol.ts";
import type { Addon, AddonContext } from "./llama/addon.ts";
import type { StateKind } from "./llama/sequence.ts";
import { reasonOf } from "./reason-of.ts";
import { guessThreads } from "./tune.ts";

const batchTokensDefault = 512;

/** Beside the tokens of all answers there is always room for a piece of a prompt. */
export const batchTokensMax = ({ slots }: ChildOptions, { batchTokens }: Tuning) => Math.max(batchTokens, slots + 32);

/** How the model is run before anything is measured. */
export function firstTuning(options: ChildOptions, { llama, model }: { llama: Llama; model: LlamaModel }): Tuning {
  const { threads: given, knownTuning } = options;
  const batchTokens = options.batchTokens ?? Math.min(batchTokensDefault, options.contextTokens);
  return {
    threads:
      given === null
        ? (knownTuning?.threads ?? guessThreads(model.size))
        : { one: given, several: given, prompt: given },
    batchTokens,
    gpu: llama.gpu,
    tokensPerS: knownTuning?.tokensPerS ?? { one: {}, several: {}, prompt: {} },
    tuneMs: null,
  };
}

/** With adapters on the weights. Throws `invalid_request` where the machine, or the model, cannot have it. */
export async function createContext(
  addon: Addon,
  options: ChildOptions,
  { tuning, memory }: { tuning: Tuning; memory: StateKind },
): Promise<AddonContext> {
  try {
    const context = await addon.createContext({
      contextTokens: options.contextTokens,
      sequences: options.slots,
      batchTokens: batchTokensMax(options, tuning),
      threads: tuning.threads.one,
      keyType: options.cacheTypeK ?? undefined,
      valueType: options.cacheTypeV ?? undefined,
      hasSlidingWindow: memory.windowTokens !== undefined,
    });
    const adapters = await Promise.all(options.loras.map(({ file }) => addon.loadLora(file)));
    if (adapters.length > 0)
      context.setLoras(
        adapters,
        options.loras.map(({ scale }) => scale),
      );
    return context;
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      `Cannot give ${options.slots} slots of ${options.contextTokens} tokens each to ${options.name}: ${reasonOf(cause)}${describeTypes(options)}`,
      { cause },
    );
  }
}

/** What to look at where the cause may be the types of the cache. */
function describeTypes({ cacheTypeK, cacheTypeV }: ChildOptions): string {
  if (cacheTypeK === null && cacheTypeV === null) return "";
  const [k, v] = [cacheTypeK ?? "f16", cacheTypeV ?? "f16"];
  const rules = [
    ...(k === v ? [] : ["some models take the same type for both only"]),
    ...(plainTypes.has(v) ? [] : [`a cache_type_v of ${v} needs flash attention, which not every model has`]),
    ...(plainTypes.has(k) && plainTypes.has(v) ? [] : ["the sizes of heads must be multiples of 32"]),
  ];
  return `; cache_type_k is ${k} and cache_type_v ${v}${rules.length > 0 ? `: ${rules.join(", ")}` : ""}`;
}

/** Values of these are read without flash attention as well. */
const plainTypes: ReadonlySet<CacheType> = new Set(["f32", "f16", "bf16"]);
