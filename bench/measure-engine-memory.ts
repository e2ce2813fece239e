import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureFilledEngine } from "../src/testing/engine-memory.ts";
import { nanoFile } from "../src/testing/engine.ts";
import { writeRandomModel, type RandomModelOptions } from "../src/testing/gguf/random-model.ts";
import type { Measured } from "./lineup.ts";
import { number, say, table, type Finding } from "./report.ts";

interface MemoryShape {
  name: string;
  /** Nano where there is none. */
  model?: RandomModelOptions;
  contextTokens: number;
  slots: number;
}

const q8 = { weightType: "Q8_0", isRepeated: true } as const;

/** Models of 5 to 500 MB, of all kinds of attention that engines keep in different ways. */
const shapes: readonly MemoryShape[] = [
  { name: "nano: compressed keys, experts", contextTokens: 2048, slots: 4 },
  {
    name: "llama, 92 MB",
    model: { ...q8, architecture: "llama", size: { hidden: 1024, layers: 8, feedForward: 2816 } },
    contextTokens: 512,
    slots: 16,
  },
  {
    name: "llama in four bits, kept twice",
    model: {
      ...q8,
      architecture: "llama",
      weightType: "Q4_0",
      size: { hidden: 1024, layers: 16, feedForward: 2816 },
    },
    contextTokens: 1024,
    slots: 4,
  },
  {
    name: "qwen3 in F16, wide heads",
    model: {
      ...q8,
      architecture: "qwen3",
      weightType: "F16",
      vocabularySize: 32_000,
      size: { hidden: 1024, layers: 12, feedForward: 3072, heads: 16, kvHeads: 8, headSize: 128 },
    },
    contextTokens: 2048,
    slots: 1,
  },
  {
    name: "compressed keys, 16 experts",
    model: {
      ...q8,
      architecture: "deepseek2",
      size: { hidden: 512, layers: 8, heads: 16, feedForward: 1024, experts: 16 },
    },
    contextTokens: 1024,
    slots: 4,
  },
  {
    name: "sliding window, 64,000 tokens",
    model: {
      ...q8,
      architecture: "gemma3",
      vocabularySize: 64_000,
      size: { hidden: 640, layers: 18, feedForward: 2048, heads: 4, kvHeads: 1, headSize: 256 },
    },
    contextTokens: 2048,
    slots: 2,
  },
  {
    name: "vocabulary of 128,256 tokens",
    model: {
      ...q8,
      architecture: "llama",
      vocabularySize: 128_256,
      size: { hidden: 1024, layers: 4, feedForward: 2816 },
    },
    contextTokens: 1024,
    slots: 4,
  },
  {
    name: "48 narrow layers",
    model: { ...q8, architecture: "llama", size: { hidden: 512, layers: 48, feedForward: 1536 } },
    contextTokens: 1024,
    slots: 2,
  },
  {
    name: "2 wide layers",
    model: { ...q8, architecture: "llama", size: { hidden: 4096, layers: 2, feedForward: 11_008 } },
    contextTokens: 512,
    slots: 2,
  },
  {
    name: "llama, 16 experts",
    model: { ...q8, architecture: "llama", size: { hidden: 512, layers: 8, feedForward: 1024, experts: 16 } },
    contextTokens: 1024,
    slots: 4,
  },
  {
    name: "mamba: states alone",
    model: { ...q8, architecture: "mamba", size: { hidden: 768, layers: 24 } },
    contextTokens: 512,
    slots: 4,
  },
];

const goalShare = 0.03;

/** Resident memory of an engine whose slots are full, beside what was foreseen from its file's header. */
export async function measureEngineMemory({ quick }: { quick: boolean }): Promise<Measured> {
  say("\n== Memory of local models");
  const folder = mkdtempSync(join(tmpdir(), "sahab-bench-memory-"));
  const raw: object[] = [];
  const rows: string[][] = [];
  const findings: Finding[] = [];
  try {
    for (const { name, model, contextTokens, slots } of quick ? shapes.slice(0, 3) : shapes) {
      const file = model ? join(folder, "model.gguf") : nanoFile;
      if (model) await writeRandomModel(file, model);
      const { loadedBytes, filledBytes, estimate } = await measureFilledEngine(file, { contextTokens, slots });
      raw.push({ name, contextTokens, slots, loadedBytes, filledBytes, estimate });
      const off = estimate.totalBytes / filledBytes - 1;
      const mib = (bytes: number) => number(bytes / 1024 ** 2, 1);
      const { weightsBytes, keyValueBytes, computeBytes, outputBytes, totalBytes } = estimate;
      const parts = [weightsBytes, keyValueBytes, computeBytes, outputBytes].map(mib);
      const share = `${off < 0 ? "" : "+"}${number(off * 100, 1)} %`;
      rows.push([
        name,
        `${slots} × ${contextTokens}`,
        ...parts,
        mib(totalBytes),
        mib(loadedBytes),
        mib(filledBytes),
        share,
      ]);
      say(`${name}: ${share}`);
      findings.push({
        what: `Estimated ÷ measured memory, ${name}, ${slots} × ${contextTokens} tokens`,
        value: `${share} (${mib(totalBytes)} / ${mib(filledBytes)} MiB)`,
        goal: `within ${goalShare * 100} %`,
        met: Math.abs(off) <= goalShare,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say(
    table(
      ["MiB", "slots", "weights", "keys and values", "compute", "output", "estimated", "loaded", "full", "off"],
      rows,
    ),
  );
  return { raw, findings };
}
