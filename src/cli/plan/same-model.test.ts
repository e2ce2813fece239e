import { expect, test } from "bun:test";
import { isSameModel } from "./same-model.ts";

test.each([
  ["qwen3-32b", "Qwen3-32B", true],
  ["qwen/qwen3-32b-fp8", "Qwen3-32B", true],
  ["qwen.qwen3-32b-v1:0", "Qwen3-32B", true],
  ["Qwen3 32B (dense)", "Qwen3-32B", true],
  ["meta-llama/Llama-3.1-8B-Instruct", "Llama-3.1-8B", true],
  ["qwen3-32b", "Qwen3-32B-Q4_K_M.gguf", true],
  ["deepseek-v3", "DeepSeek-V3", true],
  ["deepseek-chat", "DeepSeek-V3", false],
  ["deepseek-v3.1", "DeepSeek-V3", false],
  ["qwen3-8b", "Qwen3-32B", false],
  ["qwen2.5-7b", "qwen-25-7b", true],
])("%j and %j are one model: %p", (one, other, isSame) => {
  expect(isSameModel(one, other)).toBe(isSame);
});
