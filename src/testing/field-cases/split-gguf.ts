import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Splits a GGUF file of one alignment of 32 bytes into shards as llama.cpp's gguf-split does: the first one has all metadata.
 * Returns the paths of those that it writes; `only` counts from 1.
 */
export function splitGguf(
  path: string,
  folder: string,
  name: string,
  count: number,
  only?: readonly number[],
): string[] {
  const file = openGguf(readFileSync(path));
  const perShard = Math.ceil(file.tensors.length / count);
  const written: string[] = [];
  for (let index = 0; index < count; index++) {
    if (only && !only.includes(index + 1)) continue;
    const number = (value: number) => String(value).padStart(5, "0");
    const target = join(folder, `${name}-${number(index + 1)}-of-${number(count)}.gguf`);
    const own = file.tensors.slice(index * perShard, (index + 1) * perShard);
    writeFileSync(target, shardOf(file, own, { index, count }));
    written.push(target);
  }
  return written;
}

interface Gguf {
  metadata: Buffer;
  entries: number;
  tensors: { /** Name, dimensions and type. */ info: Buffer; data: Buffer }[];
}

const alignment = 32;
const align = (size: number) => Math.ceil(size / alignment) * alignment;
const [uint16Type, int32Type, stringType, arrayType] = [2, 5, 8, 9];
/** Bytes of a value by its type's number; strings and lists have lengths of their own. */
const valueBytes: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

function openGguf(bytes: Buffer): Gguf {
  const long = (at: number) => Number(bytes.readBigUInt64LE(at));
  const afterString = (at: number) => at + 8 + long(at);
  const afterValue = (at: number, type: number): number => {
    if (type === stringType) return afterString(at);
    if (type !== arrayType) return at + (valueBytes[type] ?? 0);
    let end = at + 12;
    for (let left = long(at + 4); left > 0; left--) end = afterValue(end, bytes.readUInt32LE(at));
    return end;
  };
  const [tensorCount, entries] = [long(8), long(16)];
  let at = 24;
  for (let left = entries; left > 0; left--) {
    const key = afterString(at);
    at = afterValue(key + 4, bytes.readUInt32LE(key));
  }
  const metadata = bytes.subarray(24, at);
  const infos: { info: Buffer; offset: number }[] = [];
  for (let left = tensorCount; left > 0; left--) {
    const dimensions = afterString(at);
    const end = dimensions + 4 + bytes.readUInt32LE(dimensions) * 8 + 4;
    infos.push({ info: bytes.subarray(at, end), offset: long(end) });
    at = end + 8;
  }
  const start = align(at);
  return {
    metadata,
    entries,
    tensors: infos.map(({ info, offset }, index) => ({
      info,
      data: bytes.subarray(start + offset, start + (infos[index + 1]?.offset ?? bytes.length - start)),
    })),
  };
}

function shardOf(file: Gguf, tensors: Gguf["tensors"], { index, count }: { index: number; count: number }): Buffer {
  const own = [
    entry("split.no", uint16Type, short(index)),
    entry("split.count", uint16Type, short(count)),
    entry("split.tensors.count", int32Type, word(file.tensors.length)),
  ];
  const head: Buffer[] = [Buffer.from("GGUF"), word(3), long(tensors.length)];
  head.push(long(own.length + (index === 0 ? file.entries : 0)), ...(index === 0 ? [file.metadata] : []), ...own);
  let offset = 0;
  for (const { info, data } of tensors) {
    head.push(info, long(offset));
    offset += align(data.length);
  }
  const header = Buffer.concat(head);
  return Buffer.concat([pad(header), ...tensors.map(({ data }) => pad(data))]);
}

const pad = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(align(bytes.length) - bytes.length)]);

function entry(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([long(key.length), Buffer.from(key), word(type), value]);
}

function short(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
