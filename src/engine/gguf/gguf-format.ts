/** Types of metadata values by their number in the file (GGUF v3, docs/gguf.md of ggml). */
export const valueTypes = {
  uint8: 0,
  int8: 1,
  uint16: 2,
  int16: 3,
  uint32: 4,
  int32: 5,
  float32: 6,
  bool: 7,
  string: 8,
  array: 9,
  uint64: 10,
  int64: 11,
  float64: 12,
} as const;

export const ggufMagic = 0x46554747;
export const defaultAlignment = 32;

interface TensorLayout {
  name: string;
  /** Weights in a block, and the bytes that a block takes. */
  blockWeights: number;
  blockBytes: number;
}

/** How ggml lays out tensors, by type number; from ggml.h and ggml-common.h. */
export const tensorLayouts: Readonly<Record<number, TensorLayout>> = {
  0: { name: "F32", blockWeights: 1, blockBytes: 4 },
  1: { name: "F16", blockWeights: 1, blockBytes: 2 },
  2: { name: "Q4_0", blockWeights: 32, blockBytes: 18 },
  3: { name: "Q4_1", blockWeights: 32, blockBytes: 20 },
  6: { name: "Q5_0", blockWeights: 32, blockBytes: 22 },
  7: { name: "Q5_1", blockWeights: 32, blockBytes: 24 },
  8: { name: "Q8_0", blockWeights: 32, blockBytes: 34 },
  9: { name: "Q8_1", blockWeights: 32, blockBytes: 36 },
  10: { name: "Q2_K", blockWeights: 256, blockBytes: 84 },
  11: { name: "Q3_K", blockWeights: 256, blockBytes: 110 },
  12: { name: "Q4_K", blockWeights: 256, blockBytes: 144 },
  13: { name: "Q5_K", blockWeights: 256, blockBytes: 176 },
  14: { name: "Q6_K", blockWeights: 256, blockBytes: 210 },
  15: { name: "Q8_K", blockWeights: 256, blockBytes: 292 },
  16: { name: "IQ2_XXS", blockWeights: 256, blockBytes: 66 },
  17: { name: "IQ2_XS", blockWeights: 256, blockBytes: 74 },
  18: { name: "IQ3_XXS", blockWeights: 256, blockBytes: 98 },
  19: { name: "IQ1_S", blockWeights: 256, blockBytes: 50 },
  20: { name: "IQ4_NL", blockWeights: 32, blockBytes: 18 },
  21: { name: "IQ3_S", blockWeights: 256, blockBytes: 110 },
  22: { name: "IQ2_S", blockWeights: 256, blockBytes: 82 },
  23: { name: "IQ4_XS", blockWeights: 256, blockBytes: 136 },
  24: { name: "I8", blockWeights: 1, blockBytes: 1 },
  25: { name: "I16", blockWeights: 1, blockBytes: 2 },
  26: { name: "I32", blockWeights: 1, blockBytes: 4 },
  27: { name: "I64", blockWeights: 1, blockBytes: 8 },
  28: { name: "F64", blockWeights: 1, blockBytes: 8 },
  29: { name: "IQ1_M", blockWeights: 256, blockBytes: 56 },
  30: { name: "BF16", blockWeights: 1, blockBytes: 2 },
  34: { name: "TQ1_0", blockWeights: 256, blockBytes: 54 },
  35: { name: "TQ2_0", blockWeights: 256, blockBytes: 66 },
  39: { name: "MXFP4", blockWeights: 32, blockBytes: 17 },
};
