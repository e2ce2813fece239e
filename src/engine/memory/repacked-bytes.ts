import type { GgufFile, GgufTensor } from "../gguf/read-gguf.ts";

/**
 * Bytes of the weights that llama.cpp keeps once more, in an order that the processor multiplies faster (ggml-cpu/repack.cpp). The mapped
 * pages that they were read from stay resident until the system needs them.
 */
export function repackedBytes({ tensors }: Pick<GgufFile, "tensors">, processor: string): number {
  const types = repackedTypes[processor];
  if (!types) return 0;
  let bytes = 0;
  for (const tensor of tensors) if (types.has(tensor.type) && isMultiplied(tensor)) bytes += tensor.bytes;
  return bytes;
}

/** With AVX2 on x86-64, with dot products of bytes on arm64. */
const repackedTypes: Readonly<Record<string, ReadonlySet<string>>> = {
  x64: new Set(["Q4_0", "Q4_K", "IQ4_NL", "MXFP4"]),
  arm64: new Set(["Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4"]),
};

/** Tokens' embeddings are looked up, not multiplied. Rows are packed in eights. */
function isMultiplied({ name, shape }: GgufTensor): boolean {
  return shape.length >= 2 && (shape[1] ?? 1) % 8 === 0 && !name.startsWith("token_embd");
}
