import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { assert } from "../../base/assert.ts";
import { randomText } from "../../base/ids.ts";
import { defaultAlignment, ggufMagic, valueTypes } from "../../engine/gguf/gguf-format.ts";

type ScalarType = Exclude<keyof typeof valueTypes, "array">;

type ScalarValue = number | bigint | boolean | string;

export type MetadataEntry =
  | { type: ScalarType; value: ScalarValue }
  | { type: "array"; of: ScalarType; values: readonly ScalarValue[] };

export interface TensorToWrite {
  name: string;
  /** In ggml's order: the first dimension is contiguous in memory. */
  shape: readonly number[];
  type: "F32" | "F16" | "Q8_0" | "Q4_0";
  /** As many weights as the shape says, in ggml's order, or whole rows of them, which are repeated. Called when the tensor is written. */
  weights(): Float32Array;
}

/** Writes a GGUF v3 file. It gets its name only when it is complete. */
export function writeGguf(
  path: string,
  file: { metadata: Record<string, MetadataEntry>; tensors: readonly TensorToWrite[] },
): void {
  const header = new ByteWriter();
  header.uint32(ggufMagic);
  header.uint32(ggufVersion);
  header.uint64(file.tensors.length);
  const entries = Object.entries(file.metadata);
  header.uint64(entries.length);
  for (const [key, entry] of entries) {
    header.string(key);
    header.uint32(valueTypes[entry.type]);
    if (entry.type !== "array") {
      header.scalar(entry.type, entry.value);
      continue;
    }
    header.uint32(valueTypes[entry.of]);
    header.uint64(entry.values.length);
    for (const value of entry.values) header.scalar(entry.of, value);
  }
  let offset = 0;
  for (const tensor of file.tensors) {
    header.string(tensor.name);
    header.uint32(tensor.shape.length);
    for (const size of tensor.shape) header.uint64(size);
    header.uint32(typeNumbers[tensor.type]);
    header.uint64(offset);
    offset = align(offset + tensorBytes(tensor));
  }
  header.padTo(defaultAlignment);

  const temporary = `${path}.${randomText(8)}.tmp`;
  const handle = openSync(temporary, "wx", 0o644);
  try {
    try {
      writeAll(handle, header.bytes());
      for (const tensor of file.tensors) {
        const weights = tensor.weights();
        assert(
          weights.length === countWeights(tensor) || weights.length % Math.max(32, tensor.shape[0] ?? 1) === 0,
          `tensor ${tensor.name} has ${weights.length} weights, its shape says ${countWeights(tensor)}`,
        );
        const bytes = encoders[tensor.type](weights);
        const size = tensorBytes(tensor);
        for (let written = 0; written < size; written += bytes.length)
          writeAll(handle, bytes.subarray(0, size - written));
        writeAll(handle, new Uint8Array(align(size) - size));
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a model in several files, as llama.cpp splits them; the first has the metadata. */
export function writeSplitGguf(
  paths: readonly string[],
  file: { metadata: Record<string, MetadataEntry>; tensors: readonly TensorToWrite[] },
): void {
  const size = Math.ceil(file.tensors.length / paths.length);
  for (const [index, path] of paths.entries()) {
    writeGguf(path, {
      metadata: {
        ...(index === 0 && file.metadata),
        "split.no": { type: "uint16", value: index },
        "split.count": { type: "uint16", value: paths.length },
        "split.tensors.count": { type: "int32", value: file.tensors.length },
      },
      tensors: file.tensors.slice(index * size, (index + 1) * size),
    });
  }
}

const ggufVersion = 3;
const typeNumbers = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 } as const;

const countWeights = (tensor: TensorToWrite) => tensor.shape.reduce((product, size) => product * size, 1);

const align = (offset: number) => Math.ceil(offset / defaultAlignment) * defaultAlignment;

function tensorBytes(tensor: TensorToWrite): number {
  const weights = countWeights(tensor);
  if (tensor.type === "F32") return weights * 4;
  if (tensor.type === "F16") return weights * 2;
  assert(
    (tensor.shape[0] ?? 0) % 32 === 0,
    `tensor ${tensor.name} is ${tensor.type}, so its first dimension must be a multiple of 32`,
  );
  return (weights / 32) * (tensor.type === "Q8_0" ? 34 : 18);
}

const encoders = {
  F32: (weights: Float32Array) => new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength),
  F16(weights: Float32Array) {
    const half = new Float16Array(weights);
    return new Uint8Array(half.buffer);
  },
  /** Blocks of 32 weights: an f16 scale, then 32 signed bytes. */
  Q8_0(weights: Float32Array) {
    const blocks = weights.length / 32;
    const bytes = new Uint8Array(blocks * 34);
    const view = new DataView(bytes.buffer);
    for (let block = 0; block < blocks; block++) {
      let largest = 0;
      for (let i = 0; i < 32; i++) largest = Math.max(largest, Math.abs(weights[block * 32 + i] ?? 0));
      const scale = largest / 127;
      view.setFloat16(block * 34, scale, true);
      const inverse = scale === 0 ? 0 : 1 / scale;
      for (let i = 0; i < 32; i++)
        view.setInt8(block * 34 + 2 + i, Math.round((weights[block * 32 + i] ?? 0) * inverse));
    }
    return bytes;
  },
  /** Blocks of 32 weights: an f16 scale, then 4 bits each, from -8; the first half of a block is in the low bits. */
  Q4_0(weights: Float32Array) {
    const blocks = weights.length / 32;
    const bytes = new Uint8Array(blocks * 18);
    const view = new DataView(bytes.buffer);
    for (let block = 0; block < blocks; block++) {
      let largest = 0;
      for (let i = 0; i < 32; i++) {
        const weight = weights[block * 32 + i] ?? 0;
        if (Math.abs(weight) > Math.abs(largest)) largest = weight;
      }
      const scale = largest / -8;
      view.setFloat16(block * 18, scale, true);
      const inverse = scale === 0 ? 0 : 1 / scale;
      const quantised = (i: number) => Math.min(15, Math.round((weights[block * 32 + i] ?? 0) * inverse + 8));
      for (let i = 0; i < 16; i++) bytes[block * 18 + 2 + i] = quantised(i) | (quantised(i + 16) << 4);
    }
    return bytes;
  },
};

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(handle, bytes, written, bytes.length - written);
}

const scalarBytes = {
  uint8: 1,
  int8: 1,
  bool: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  int64: 8,
  float64: 8,
} as const;

/** Little-endian bytes that grow as they are written. */
class ByteWriter {
  #bytes = new Uint8Array(64 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  uint64(value: number | bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  string(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.uint64(bytes.length);
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  padTo(alignment: number): void {
    this.#reserve((alignment - (this.#length % alignment)) % alignment);
  }

  scalar(type: ScalarType, value: ScalarValue): void {
    if (type === "string") return this.string(String(value));
    if (type === "uint64") return this.uint64(BigInt(value));
    const at = this.#reserve(scalarBytes[type]);
    const view = this.#view;
    if (type === "int64") return view.setBigInt64(at, BigInt(value), true);
    const number = Number(value);
    if (type === "uint8" || type === "bool") return view.setUint8(at, number);
    if (type === "int8") return view.setInt8(at, number);
    if (type === "uint16") return view.setUint16(at, number, true);
    if (type === "int16") return view.setInt16(at, number, true);
    if (type === "uint32") return view.setUint32(at, number, true);
    if (type === "int32") return view.setInt32(at, number, true);
    if (type === "float32") return view.setFloat32(at, number, true);
    return view.setFloat64(at, number, true);
  }

  /** Room for so many bytes, which may move them all: the view is read after it. */
  #reserve(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
