import { statSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { parseByteSize, showByteSize } from "../base/parse-byte-size.ts";
import { parseKeepAlive } from "../base/parse-keep-alive.ts";
import { embeddingBytes, estimateMemory, readModelFiles, type CacheType } from "../engine/index.ts";

/** A model of the configuration, as far as this machine needs it; without `local` it runs elsewhere. */
export interface LocalModelConfig {
  name: string;
  local?: LocalSettings | undefined;
}

export interface LocalSettings {
  file: string;
  context: number;
  slots: number;
  keep_alive?: string | number | undefined;
  cache_type_k?: CacheType | undefined;
  cache_type_v?: CacheType | undefined;
  lora?: readonly { file: string; scale: number }[] | undefined;
  cache_ram?: number | undefined;
  spec_type?: "none" | "ngram-simple" | undefined;
  spec_ngram_simple_size_n?: number | undefined;
  spec_ngram_simple_size_m?: number | undefined;
}

/** The local models of a configuration, and what they may hold together. */
export interface LocalConfig {
  models: readonly LocalModelConfig[];
  memory?: string | undefined;
}

const keepAliveMsDefault = 5 * 60_000;

/** Infinity without a budget. */
export const budgetOf = ({ memory }: LocalConfig): number =>
  memory === undefined ? Infinity : (parseByteSize(memory) ?? Infinity);

/** For how long it stays loaded while it is idle; undefined where it runs always and is not managed. */
export function keepAliveOf(config: LocalConfig, { keep_alive }: LocalSettings): number | undefined {
  if (keep_alive === undefined) return config.memory === undefined ? undefined : keepAliveMsDefault;
  return parseKeepAlive(keep_alive) ?? keepAliveMsDefault;
}

/** llama-server's defaults. */
const ngramDefaults = { sizeN: 12, sizeM: 48 };

export const ngramsOf = (local: LocalSettings): { sizeN: number; sizeM: number } | undefined =>
  local.spec_type === "ngram-simple"
    ? {
        sizeN: local.spec_ngram_simple_size_n ?? ngramDefaults.sizeN,
        sizeM: local.spec_ngram_simple_size_m ?? ngramDefaults.sizeM,
      }
    : undefined;

export interface ModelEstimate {
  /** What its engine will hold, with what it keeps of conversations. */
  bytes: number;
  /** Of that, what it may keep of conversations that have no slot. */
  promptCacheBytes: number;
}

/** As much as slots hold, within this: what is reserved for them is not there for other models. */
const promptCacheBytesMax = 256 * 1024 ** 2;

/** `cache_ram` is in MiB, as llama-server takes it. */
export const cacheRamBytes = ({ cache_ram }: LocalSettings): number | undefined =>
  cache_ram === undefined ? undefined : cache_ram * 1024 ** 2;

/** What a model needs, from its files' headers. Throws `invalid_request` where they cannot be read. */
export async function estimateModel(pathOf: (file: string) => string, settings: LocalSettings): Promise<ModelEstimate> {
  const { file, context, slots, cache_type_k: cacheTypeK, cache_type_v: cacheTypeV, lora = [] } = settings;
  const { header } = await readModelFiles(pathOf(file));
  const { totalBytes, keyValueBytes } = estimateMemory(header, {
    contextTokens: context,
    slots,
    cacheTypeK,
    cacheTypeV,
  });
  const loraBytes = lora.reduce(
    (sum, one) => sum + (statSync(pathOf(one.file), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const promptCacheBytes = cacheRamBytes(settings) ?? Math.ceil(Math.min(keyValueBytes, promptCacheBytesMax));
  const bytes = totalBytes + Math.ceil(embeddingBytes(header, context)) + loraBytes + promptCacheBytes;
  // A header may claim anything.
  return Number.isSafeInteger(bytes)
    ? { bytes, promptCacheBytes }
    : { bytes: Number.MAX_SAFE_INTEGER, promptCacheBytes: 0 };
}

export function tooLarge(
  model: string,
  needBytes: number,
  room: { budgetBytes: number; pinnedBytes: number },
): SahabError {
  const pinned =
    room.pinnedBytes > 0 ? `, of which models with keep_alive: always take ${showByteSize(room.pinnedBytes)}` : "";
  return new SahabError(
    "engine_unavailable",
    `Model ${model} needs ${showByteSize(needBytes)} of memory, and the budget is ${showByteSize(room.budgetBytes)}${pinned}; give it a smaller context, fewer slots or a smaller cache_type, or raise memory in cloud.yaml`,
  );
}

/**
 * Why models of this configuration could never be loaded within its budget. A model whose file is not there or cannot be
 * read is left out: that is told elsewhere, or when it is asked for.
 */
export async function findTooLarge(
  config: LocalConfig,
  pathOf: (file: string) => string,
): Promise<{ model: string; fault: string }[]> {
  const budgetBytes = budgetOf(config);
  if (budgetBytes === Infinity) return [];
  const needs: { name: string; bytes: number; isPinned: boolean }[] = [];
  for (const { name, local } of config.models) {
    if (!local) continue;
    const estimate = await estimateModel(pathOf, local).catch(() => undefined);
    if (estimate) needs.push({ name, bytes: estimate.bytes, isPinned: keepAliveOf(config, local) === Infinity });
  }
  const pinned = needs.reduce((sum, { bytes, isPinned }) => sum + (isPinned ? bytes : 0), 0);
  return needs.flatMap(({ name, bytes, isPinned }) => {
    const pinnedBytes = pinned - (isPinned ? bytes : 0);
    if (bytes + pinnedBytes <= budgetBytes) return [];
    return [{ model: name, fault: tooLarge(name, bytes, { budgetBytes, pinnedBytes }).message }];
  });
}
