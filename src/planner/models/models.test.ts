import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { estimateMemory, readGguf } from "../../engine/index.ts";
import { writeRandomModel, type RandomModelOptions } from "../../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { PlanFault } from "../sheet/plan-fault.ts";
import {
  fit,
  fitNotes,
  keptBytes,
  knownModelIds,
  profileOfConfig,
  profileOfGguf,
  readKnownModel,
  weightBytesAt,
} from "./index.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

const known = (id: string) => readKnownModel(id).profile;

describe("a config.json", () => {
  test("of each known model gives the size that its makers state, within 3 %", () => {
    expect(knownModelIds().length).toBeGreaterThanOrEqual(25);
    for (const id of knownModelIds()) {
      const { published, profile } = readKnownModel(id);
      expect([id, Math.abs(profile.parameters / published.parameters - 1) < 0.03]).toEqual([id, true]);
    }
  });

  test("gives the exact number of weights of models whose files have been counted", () => {
    expect(known("bloom-176b").parameters).toBe(176_247_271_424);
    expect(known("llama-2-70b").parameters).toBe(68_976_648_192);
    expect(known("llama-3.1-8b").parameters).toBe(8_030_261_248);
    expect(known("qwen2.5-7b").parameters).toBe(7_615_616_512);
    expect(known("mixtral-8x7b").parameters).toBe(46_702_792_704);
  });

  test("gives the weights at work for one token, without the table of embeddings", () => {
    for (const [id, published] of [
      ["deepseek-v3", 37e9],
      ["deepseek-v2", 21e9],
      ["gpt-oss-120b", 5.13e9],
      ["gpt-oss-20b", 3.61e9],
      ["mixtral-8x22b", 39e9],
      ["qwen3-235b-a22b", 22e9],
      ["kimi-k2", 32.6e9],
    ] as const)
      expect([id, Math.abs(known(id).activeParameters / published - 1) < 0.03]).toEqual([id, true]);
    // Tied embeddings are the output layer, which every token uses.
    expect(known("qwen2.5-0.5b").activeParameters).toBe(known("qwen2.5-0.5b").parameters);
  });

  test("of a model with mixed precisions gives the bytes of its files", () => {
    // 60.8 GiB and 12.8 GiB (gpt-oss model card, table 1).
    expect(known("gpt-oss-120b").weightBytes / (60.8 * 1024 ** 3)).toBeCloseTo(1, 1.7);
    expect(known("gpt-oss-20b").weightBytes / (12.8 * 1024 ** 3)).toBeCloseTo(1, 1.7);
    expect(known("deepseek-v3").precision).toBe("fp8");
  });

  test("that cannot be used is refused with what is allowed", () => {
    const profile = (config: unknown) => () => profileOfConfig(config, { name: "m", source: "test" });
    const llama = {
      model_type: "llama",
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      vocab_size: 100,
    };
    expect(profile(llama)).not.toThrow();
    expect(profile({ ...llama, model_type: "mamba" })).toThrow(/model_type is "mamba", and those known are llama, /u);
    expect(profile({ ...llama, hidden_size: undefined })).toThrow(/it needs hidden_size/u);
    expect(profile({ ...llama, num_hidden_layers: 1e9 })).toThrow(/num_hidden_layers/u);
    expect(profile({ ...llama, quantization_config: { quant_method: "ternary" } })).toThrow(/stored by "ternary"/u);
    for (const config of [null, [], "text", 3]) expect(profile(config)).toThrow(PlanFault);
    expect(() => readKnownModel("gpt-9")).toThrow(/known are bloom-176b, /u);
  });

  test("gives the longest context, stretched where its positions are", () => {
    expect(["llama-2-70b", "deepseek-v3", "gemma-3-27b", "bloom-176b"].map((id) => known(id).contextTokensMax)).toEqual(
      [4096, 163_840, 131_072, 2048],
    );
    for (const id of knownModelIds()) expect([id, known(id).contextTokensMax! >= 2048]).toEqual([id, true]);
    const contextOf = (more: object) =>
      profileOfConfig(
        {
          model_type: "qwen2",
          hidden_size: 64,
          num_hidden_layers: 4,
          num_attention_heads: 4,
          vocab_size: 100,
          max_position_embeddings: 32768,
          ...more,
        },
        { name: "m", source: "test" },
      ).contextTokensMax;
    const stretched = { factor: 4, original_max_position_embeddings: 32_768 };
    expect(contextOf({})).toBe(32_768);
    expect(contextOf({ rope_scaling: { ...stretched, type: "yarn" } })).toBe(131_072);
    // Some files state the length after it as well.
    const after = { max_position_embeddings: 131_072, rope_scaling: { ...stretched, rope_type: "yarn" } };
    expect(contextOf(after)).toBe(131_072);
    expect(contextOf({ rope_scaling: { factor: 8, rope_type: "llama3" } })).toBe(32_768);
    expect(contextOf({ rope_scaling: { factor: 2, type: "linear" } })).toBe(65_536);
    expect(contextOf({ max_position_embeddings: undefined })).toBeUndefined();
  });

  test("is found by the name of its repository as well", () => {
    expect(readKnownModel("deepseek-ai/DeepSeek-V3").id).toBe("deepseek-v3");
    expect(readKnownModel("QWEN3-32B").id).toBe("qwen3-32b");
  });
});

describe("keys and values", () => {
  test("of DeepSeek-V3 take 70,272 bytes a token in f16", () => {
    expect(keptBytes(known("deepseek-v3"), 1, 2)).toBe(70_272);
    expect(keptBytes(known("deepseek-v3"), 8192, 2)).toBe(70_272 * 8192);
    expect(keptBytes(known("kimi-k2"), 1, 2)).toBe(70_272);
  });

  test("of grouped queries and of all heads", () => {
    expect(keptBytes(known("llama-3.1-70b"), 1, 2)).toBe(2 * 80 * 8 * 128 * 2);
    expect(keptBytes(known("bloom-176b"), 1, 2)).toBe(2 * 70 * 112 * 128 * 2);
  });

  test("of layers with a window end with it", () => {
    const one = 2 * 16 * 128;
    const gemma = known("gemma-3-27b");
    // One layer in six sees everything: 10 of 62.
    expect(keptBytes(gemma, 1000, 2)).toBe(62 * one * 1000 * 2);
    expect(keptBytes(gemma, 100_000, 2)).toBe((10 * 100_000 + 52 * 1024) * one * 2);
    const mistral = known("mistral-7b");
    expect(keptBytes(mistral, 32_768, 2)).toBe(keptBytes(mistral, 4096, 2));
    // Qwen 2 has whole layers first, where it uses its window at all.
    const qwen = (more: object) =>
      profileOfConfig(
        {
          model_type: "qwen2",
          hidden_size: 64,
          num_hidden_layers: 4,
          num_attention_heads: 4,
          vocab_size: 100,
          sliding_window: 16,
          max_window_layers: 3,
          ...more,
        },
        { name: "m", source: "test" },
      );
    expect(keptBytes(qwen({ use_sliding_window: true }), 1000, 2)).toBe((3 * 1000 + 16) * 2 * 64 * 2);
    expect(keptBytes(qwen({ use_sliding_window: false }), 1000, 2)).toBe(4 * 1000 * 2 * 64 * 2);
    const oss = known("gpt-oss-20b");
    expect(keptBytes(oss, 131_072, 2)).toBe((12 * 131_072 + 12 * 128) * 2 * 8 * 64 * 2);
  });
});

test("attention's operations are 2 for each number of scores and of values", () => {
  expect(known("llama-3.1-70b").attention.flopsPerTokenPair).toBe(80 * 64 * 4 * 128);
  const { flopsPerTokenPair, decodeFlopsPerTokenPair } = known("deepseek-v3").attention;
  expect(flopsPerTokenPair).toBe(61 * 128 * 2 * (192 + 128));
  expect(decodeFlopsPerTokenPair).toBe(61 * 128 * 2 * (576 + 512));
});

describe("a GGUF file", () => {
  const shapes: Record<string, RandomModelOptions> = {
    llama: { architecture: "llama", weightType: "Q4_0", size: { hidden: 256, layers: 4 } },
    deepseek2: { architecture: "deepseek2", weightType: "Q8_0", size: { hidden: 256, layers: 4 } },
    gemma3: { architecture: "gemma3", weightType: "Q8_0", size: { hidden: 256, layers: 6, headSize: 64 } },
  };
  for (const [name, options] of Object.entries(shapes))
    test(`of ${name} gives what the engine's memory is foreseen by`, async () => {
      const file = join(folder, `${name}.gguf`);
      await writeRandomModel(file, { isRepeated: true, ...options });
      const header = await readGguf(file);
      const profile = profileOfGguf(header, { name, source: file });
      expect(profile.weightBytes).toBe(header.tensors.reduce((total, { bytes }) => total + bytes, 0));
      const contextTokens = 8192;
      const foreseen = estimateMemory(header, { contextTokens, slots: 1, processor: "none" });
      expect(profile.weightBytes).toBe(foreseen.weightsBytes);
      // A window's layers keep a batch beside the window.
      const windowed = profile.attention.windows.reduce((total, window) => total + window.keptNumbersPerToken, 0);
      expect(keptBytes(profile, contextTokens, 2)).toBeLessThanOrEqual(foreseen.keyValueBytes);
      expect(keptBytes(profile, contextTokens, 2)).toBeGreaterThanOrEqual(foreseen.keyValueBytes - windowed * 2 * 1024);
      // Gemma's embeddings are its output layer too.
      expect(profile.activeParameters < profile.parameters).toBe(name !== "gemma3");
    });

  test("and a config.json of one model agree", async () => {
    const { config } = (await Bun.file(new URL("../data/models/deepseek-v3.json", import.meta.url)).json()) as {
      config: unknown;
    };
    const fromConfig = profileOfConfig(config, { name: "v3", source: "config" });
    const fields = {
      block_count: 61,
      context_length: 163_840,
      embedding_length: 7168,
      "attention.head_count": 128,
      "attention.head_count_kv": 1,
      "attention.kv_lora_rank": 512,
      "attention.key_length": 576,
      "attention.value_length": 512,
      "attention.key_length_mla": 192,
      "attention.value_length_mla": 128,
    };
    const fromFile = profileOfGguf(
      {
        version: 3,
        fileBytes: 1,
        tensors: [{ name: "token_embd.weight", type: "F16", offsetBytes: 0, bytes: 2, shape: [1] }],
        metadata: {
          "general.architecture": "deepseek2",
          ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`deepseek2.${name}`, value])),
        },
      },
      { name: "v3", source: "header" },
    );
    expect(fromFile.attention).toEqual(fromConfig.attention);
    expect([fromFile.contextTokensMax, fromConfig.contextTokensMax]).toEqual([163_840, 163_840]);
  });

  test("of a model with windows keeps no more than they hold", () => {
    const fields = {
      block_count: 24,
      embedding_length: 2880,
      context_length: 131072,
      "attention.head_count": 64,
      "attention.head_count_kv": 8,
      "attention.key_length": 64,
      "attention.value_length": 64,
      "attention.sliding_window": 128,
    };
    const profile = profileOfGguf(
      {
        version: 3,
        fileBytes: 1,
        tensors: [{ name: "token_embd.weight", type: "F16", offsetBytes: 0, bytes: 2, shape: [1] }],
        metadata: {
          "general.architecture": "gpt-oss",
          ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`gpt-oss.${name}`, value])),
        },
      },
      { name: "oss", source: "header" },
    );
    expect(keptBytes(profile, 131_072, 2)).toBe(keptBytes(known("gpt-oss-20b"), 131_072, 2));
  });
});

describe("a model on accelerators", () => {
  const h200 = { memoryBytes: 141e9 };
  const h100 = { memoryBytes: 80e9 };
  const asked = { contextTokens: 8192, slots: 16, keptBytesPerNumber: 2 };

  test("takes fewer of them at fewer bits", () => {
    const needed = fit(known("llama-3.1-70b"), h100, asked).map((each) => [each.precision, each.acceleratorsNeeded]);
    // 141.1 GB of weights and 42.9 GB of keys and values, of 72 GB each.
    expect(needed).toEqual([
      ["bf16", 4],
      ["fp8", 2],
      ["int4", 2],
    ]);
    const [v3] = fit(known("deepseek-v3"), h200, { ...asked, precisions: ["fp8"] });
    expect(v3).toMatchObject({ acceleratorsNeeded: 8, isFitting: true });
  });

  test("has room for exactly the slots and the context that are told", () => {
    const model = known("gemma-3-27b");
    for (const each of fit(model, h100, { ...asked, accelerators: 1 })) {
      const free = each.usableBytes - weightBytesAt(model, each.precision);
      expect(each.slotsMax * keptBytes(model, 8192, 2)).toBeLessThanOrEqual(free);
      expect((each.slotsMax + 1) * keptBytes(model, 8192, 2)).toBeGreaterThan(free);
      expect(16 * keptBytes(model, each.contextTokensMax, 2)).toBeLessThanOrEqual(free);
      expect(16 * keptBytes(model, each.contextTokensMax + 1, 2)).toBeGreaterThan(free);
    }
    // Never more context than the model has, whatever is asked for.
    const asksMore = { ...asked, contextTokens: 1_000_000, precisions: ["int4"] as const };
    const [llama] = fit(known("llama-2-70b"), h100, asksMore);
    expect(llama).toMatchObject({ contextTokens: 4096, contextTokensMax: 4096 });
    expect(llama!.keptBytes).toBe(16 * keptBytes(known("llama-2-70b"), 4096, 2));
    const [none] = fit(known("deepseek-v3"), h100, { ...asked, accelerators: 1, precisions: ["fp8"] });
    expect(none).toMatchObject({ isFitting: false, slotsMax: 0, contextTokensMax: 0 });
  });

  test("that are too few says how many it takes, in nodes of a host's size", () => {
    const v3 = known("deepseek-v3");
    const fits = fit(v3, h100, { ...asked, accelerators: 8, precisions: ["fp8"] });
    expect(fits[0]).toMatchObject({ isFitting: false, acceleratorsNeeded: 16, hostsNeeded: 2 });
    expect(fitNotes(v3, fits, { contextTokens: 200_000, hostSize: 8 })).toEqual([
      "DeepSeek-V3 has a context of 163,840 tokens at most, so 163,840 are counted with, not 200,000.",
      "In fp8 it does not fit on 8: it needs 16 accelerators, 2 nodes of 8.",
    ]);
    const gemma = known("gemma-3-27b");
    const fours = fit(gemma, { memoryBytes: 24e9 }, { ...asked, slots: 40, hostSize: 4, precisions: ["bf16"] });
    expect(fours[0]).toMatchObject({ acceleratorsNeeded: 8, hostsNeeded: 2 });
    expect(fitNotes(gemma, fours, { contextTokens: 8192, hostSize: 4 })[1]).toBe(
      "Layers with a window keep only the last 1,024 tokens: 84 % of what a token takes at first.",
    );
  });
});
