import { statSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { parseByteSize, showByteSize } from "../base/parse-byte-size.ts";
import { parseKeepAlive } from "../base/parse-keep-alive.ts";
import { estimateMemory, readModelFiles, type MemoryOptions } from "../engine/index.ts";

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
  /** ggml's names of how keys and values are kept; f16 by default. */
  cache_type_k?: string | undefined;
  cache_type_v?: string | undefined;
  /** Adapters beside the weights. */
  lora?: readonly { file: string }[] | undefined;
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

export interface ModelEstimate {
  /** What its engine will hold, with what it keeps of conversations. */
  bytes: number;
  /** Of that, what it may keep of conversations that have no slot. */
  promptCacheBytes: number;
}

/** As much as slots hold, within this: what is reserved for them is not there for other models. */
const promptCacheBytesMax = 256 * 1024 ** 2;

/** What a model needs, from its files' headers. Throws `invalid_request` where they cannot be read. */
export async function estimateModel(local: LocalSettings, pathOf: (file: string) => string): Promise<ModelEstimate> {
  const { header } = await readModelFiles(pathOf(local.file));
  const options: MemoryOptions = {
    contextTokens: local.context,
    slots: local.slots,
    cacheTypeK: local.cache_type_k,
    cacheTypeV: local.cache_type_v,
  };
  const { totalBytes, keyValueBytes } = estimateMemory(header, options);
  const promptCacheBytes = Math.ceil(Math.min(keyValueBytes, promptCacheBytesMax));
  let bytes = totalBytes + promptCacheBytes;
  for (const { file } of local.lora ?? []) bytes += statSync(pathOf(file), { throwIfNoEntry: false })?.size ?? 0;
  // A header may claim anything.
  if (!Number.isSafeInteger(bytes)) return { bytes: Number.MAX_SAFE_INTEGER, promptCacheBytes: 0 };
  return { bytes, promptCacheBytes };
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
export async function findTooLarge(config: LocalConfig, pathOf: (file: string) => string): Promise<string[]> {
  const budgetBytes = budgetOf(config);
  if (budgetBytes === Infinity) return [];
  const needs: { name: string; bytes: number; isPinned: boolean }[] = [];
  for (const { name, local } of config.models) {
    if (!local) continue;
    const estimate = await estimateModel(local, pathOf).catch(() => undefined);
    if (estimate) needs.push({ name, bytes: estimate.bytes, isPinned: keepAliveOf(config, local) === Infinity });
  }
  const pinned = needs.reduce((sum, { bytes, isPinned }) => sum + (isPinned ? bytes : 0), 0);
  return needs.flatMap(({ name, bytes, isPinned }) => {
    const pinnedBytes = pinned - (isPinned ? bytes : 0);
    if (bytes + pinnedBytes <= budgetBytes) return [];
    return [`models "${name}": ${tooLarge(name, bytes, { budgetBytes, pinnedBytes }).message}`];
  });
}
