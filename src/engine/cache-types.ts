/** How keys and values of a context may be kept, by llama-server's names for `--cache-type-k` and `--cache-type-v`. */
export const cacheTypes = ["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl"] as const;
export type CacheType = (typeof cacheTypes)[number];

/** A low-rank adapter, added to a model's weights when it is loaded. */
export interface Lora {
  /** Absolute path of a GGUF file. */
  file: string;
  /** How much of it is added; 1 is as it was trained. */
  scale: number;
}
