import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SahabError } from "../../base/errors.ts";
import { writeRandomModel } from "../../testing/gguf/random-model.ts";
import { writeGguf } from "../../testing/gguf/write-gguf.ts";
import { readGguf } from "./read-gguf.ts";
import { TextList } from "./text-list.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sahab-gguf-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a written file", () => {
  test("reads back with every type of value and tensor", async () => {
    const path = join(folder, "types.gguf");
    writeGguf(path, {
      metadata: {
        "a.uint8": { type: "uint8", value: 255 },
        "a.int8": { type: "int8", value: -128 },
        "a.uint16": { type: "uint16", value: 65_535 },
        "a.int16": { type: "int16", value: -32_768 },
        "a.uint32": { type: "uint32", value: 4_294_967_295 },
        "a.int32": { type: "int32", value: -2_147_483_648 },
        "a.float32": { type: "float32", value: 0.5 },
        "a.bool": { type: "bool", value: true },
        "a.string": { type: "string", value: "سحاب ☁" },
        "a.uint64": { type: "uint64", value: 2n ** 64n - 1n },
        "a.int64": { type: "int64", value: -7 },
        "a.float64": { type: "float64", value: Math.PI },
        "a.strings": { type: "array", of: "string", values: ["x", "", "漢"] },
        "a.none": { type: "array", of: "int32", values: [] },
      },
      tensors: [
        { name: "f32", shape: [3, 2], type: "F32", weights: () => Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: "f16", shape: [5], type: "F16", weights: () => Float32Array.of(1, 2, 3, 4, 5) },
        {
          name: "q8",
          shape: [32, 2],
          type: "Q8_0",
          weights: () => Float32Array.from({ length: 64 }, (_, i) => i - 32),
        },
      ],
    });
    const file = await readGguf(path);
    expect({ ...file.metadata }).toEqual({
      "a.uint8": 255,
      "a.int8": -128,
      "a.uint16": 65_535,
      "a.int16": -32_768,
      "a.uint32": 4_294_967_295,
      "a.int32": -2_147_483_648,
      "a.float32": 0.5,
      "a.bool": true,
      "a.string": "سحاب ☁",
      "a.uint64": 2n ** 64n - 1n,
      "a.int64": -7,
      "a.float64": Math.PI,
      "a.strings": expect.any(TextList),
      "a.none": [],
    });
    expect([...(file.metadata["a.strings"] as TextList)]).toEqual(["x", "", "漢"]);
    expect(
      file.tensors.map(({ name, type, bytes, offsetBytes }) => ({ name, type, bytes, aligned: offsetBytes % 32 })),
    ).toEqual([
      { name: "f32", type: "F32", bytes: 24, aligned: 0 },
      { name: "f16", type: "F16", bytes: 10, aligned: 0 },
      { name: "q8", type: "Q8_0", bytes: 68, aligned: 0 },
    ]);
    const bytes = readFileSync(path);
    expect(bytes.readFloatLE((file.tensors[0]?.offsetBytes ?? 0) + 20)).toBe(6);
    // -32 is the block's largest, so it is stored as -127 of the scale.
    expect(bytes.readInt8((file.tensors[2]?.offsetBytes ?? 0) + 2)).toBe(-127);
  });

  test("appears whole or not at all", () => {
    const path = join(folder, "half.gguf");
    const broken = () =>
      writeGguf(path, {
        metadata: {},
        tensors: [{ name: "t", shape: [4], type: "F32", weights: () => new Float32Array(3) }],
      });
    expect(broken).toThrow("tensor t has 3 weights");
    expect(readdirSync(folder).filter((name) => name.startsWith("half"))).toEqual([]);
  });
});

describe("a random model", () => {
  test("is the same for the same seed, and quick to make", async () => {
    const startMs = performance.now();
    for (const [name, seed] of [
      ["a", 1],
      ["b", 1],
      ["c", 2],
    ] as const)
      await writeRandomModel(join(folder, `${name}.gguf`), { architecture: "deepseek2", seed });
    expect(performance.now() - startMs).toBeLessThan(2_000);
    const [a, b, c] = ["a", "b", "c"].map((name) => readFileSync(join(folder, `${name}.gguf`)));
    expect(a?.equals(b as Buffer)).toBe(true);
    expect(a?.equals(c as Buffer)).toBe(false);
  });
});

describe("a damaged file", () => {
  const read = async (bytes: Uint8Array) => {
    const path = join(folder, "damaged.gguf");
    writeFileSync(path, bytes);
    return await readGguf(path).then(
      () => "read",
      (error: unknown) => {
        if (!(error instanceof SahabError) || error.code !== "invalid_request") throw error;
        return error.message;
      },
    );
  };
  const whole = async () => {
    const path = join(folder, "whole.gguf");
    await writeRandomModel(path, { architecture: "llama" });
    return readFileSync(path);
  };

  test("is reported wherever it is cut", async () => {
    const bytes = await whole();
    for (const length of [0, 3, 23, 24, 100, 1_000, 5_000, 9_000, bytes.length - 40_000, bytes.length - 100])
      expect(await read(bytes.subarray(0, length))).toContain("damaged");
  });

  test("cannot claim more than it holds", async () => {
    const bytes = await whole();
    const claim = (at: number, value: bigint) => {
      const copy = Buffer.from(bytes);
      copy.writeBigUInt64LE(value, at);
      return copy;
    };
    expect(await read(claim(8, 2n ** 60n))).toContain("tensors");
    expect(await read(claim(16, 2n ** 60n))).toContain("metadata entries");
    expect(await read(claim(24, 2n ** 62n))).toContain("bytes of text");
  });

  test("never throws anything else, whatever its bytes", async () => {
    const bytes = await whole();
    let state = 12_345;
    for (let round = 0; round < 300; round++) {
      const copy = Buffer.from(bytes.subarray(0, 20_000));
      for (let i = 0; i < 8; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        copy[state % 6_000] = state >>> 24;
      }
      await read(copy);
    }
  });
});
