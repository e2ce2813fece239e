import { seededRandom } from "../random.ts";
import { writeGguf, type TensorToWrite } from "./write-gguf.ts";

/** Writes a LoRA adapter of random numbers for the queries of a model's first layer, whose hidden size is given. */
export function writeRandomLora(path: string, { architecture = "llama", hidden = 64 } = {}): void {
  const random = seededRandom(5);
  const rank = 4;
  const tensor = (part: "a" | "b", shape: readonly number[]): TensorToWrite => ({
    name: `blk.0.attn_q.weight.lora_${part}`,
    shape,
    type: "F32",
    weights: () => Float32Array.from({ length: (shape[0] ?? 0) * (shape[1] ?? 0) }, () => random() * 4 - 2),
  });
  writeGguf(path, {
    metadata: {
      "general.architecture": { type: "string", value: architecture },
      "general.type": { type: "string", value: "adapter" },
      "adapter.type": { type: "string", value: "lora" },
      "adapter.lora.alpha": { type: "float32", value: rank },
    },
    tensors: [tensor("a", [hidden, rank]), tensor("b", [rank, hidden])],
  });
}
