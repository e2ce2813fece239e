import { open, type FileHandle } from "node:fs/promises";
import { SahabError } from "../../base/errors.ts";
import { defaultAlignment, ggufMagic, tensorLayouts, valueTypes } from "./gguf-format.ts";
import { TextListWriter, type TextList } from "./text-list.ts";

export type GgufScalar = number | bigint | boolean | string;
/** Arrays of texts are lists of their own kind: a vocabulary has hundreds of thousands of them. */
export type GgufValue = GgufScalar | TextList | GgufValue[];

export interface GgufTensor {
  name: string;
  shape: number[];
  /** ggml's name of the type, such as Q4_K. */
  type: string;
  /** From the start of its file. */
  offsetBytes: number;
  bytes: number;
}

export interface GgufFile {
  version: number;
  fileBytes: number;
  metadata: Record<string, GgufValue>;
  tensors: GgufTensor[];
}

/** The largest header of a real file, with a vocabulary of about 300,000 tokens and its merges, has about 20 MB. */
const headerBytesMax = 512 * 1024 * 1024;
const entriesMax = 100_000;
const tensorsMax = 100_000;
const arrayItemsMax = 50_000_000;
const arrayDepthMax = 4;
const keyBytesMax = 65_535;
const chunkBytes = 1024 * 1024;

/** Reads a file's header: the metadata and where the tensors are, but no weights. Throws `invalid_request` for a damaged or truncated file. */
export async function readGguf(path: string): Promise<GgufFile> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      `Cannot read the model file ${path}: ${(cause as NodeJS.ErrnoException).code ?? String(cause)}`,
      { cause },
    );
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw damaged(path, "it is not a file");
    return await parseHeader(new HeaderReader(handle, stat.size, path), path, stat.size);
  } finally {
    await handle.close();
  }
}

async function parseHeader(reader: HeaderReader, path: string, fileBytes: number): Promise<GgufFile> {
  if (fileBytes < 24) throw damaged(path, `it has ${fileBytes} bytes; a GGUF file has at least 24`);
  const magic = await reader.uint32();
  if (magic !== ggufMagic)
    // What it starts with is not told: it may be any file of the machine's.
    throw damaged(path, "it does not start with the bytes 47 47 55 46 (GGUF)");
  const version = await reader.uint32();
  if (version !== 2 && version !== 3)
    throw damaged(path, `it has GGUF version ${version}; versions 2 and 3 are allowed`);
  const tensorCount = await reader.count("tensors", tensorsMax);
  const entryCount = await reader.count("metadata entries", entriesMax);
  const metadata: Record<string, GgufValue> = Object.create(null) as Record<string, GgufValue>;
  for (let i = 0; i < entryCount; i++) {
    const key = await reader.string(keyBytesMax);
    metadata[key] = await reader.value(await reader.uint32(), 0);
  }
  const infos: { name: string; shape: number[]; type: number; offset: number }[] = [];
  for (let i = 0; i < tensorCount; i++) {
    const name = await reader.string(keyBytesMax);
    const dimensions = await reader.uint32();
    if (dimensions > 4)
      throw damaged(path, `tensor ${JSON.stringify(name)} has ${dimensions} dimensions; at most 4 are allowed`);
    const shape: number[] = [];
    for (let d = 0; d < dimensions; d++) shape.push(await reader.count("weights", Number.MAX_SAFE_INTEGER));
    infos.push({
      name,
      shape,
      type: await reader.uint32(),
      offset: await reader.count("bytes of offset", Number.MAX_SAFE_INTEGER),
    });
  }
  const alignment =
    typeof metadata["general.alignment"] === "number" ? metadata["general.alignment"] : defaultAlignment;
  if (!(alignment >= 1 && alignment <= 1 << 20 && Number.isInteger(alignment)))
    throw damaged(path, `its alignment is ${alignment}`);
  const start = Math.ceil(reader.position / alignment) * alignment;
  const tensors = infos.map((info) => {
    const layout = tensorLayouts[info.type];
    if (!layout) throw damaged(path, `tensor ${JSON.stringify(info.name)} has the unknown type ${info.type}`);
    const weights = info.shape.reduce((product, size) => product * size, 1);
    const bytes = Math.ceil(weights / layout.blockWeights) * layout.blockBytes;
    const end = start + info.offset + bytes;
    if (!(end <= fileBytes))
      throw damaged(
        path,
        `tensor ${JSON.stringify(info.name)} ends at byte ${end}, but the file has ${fileBytes} bytes: it was cut short`,
      );
    return { name: info.name, shape: info.shape, type: layout.name, offsetBytes: start + info.offset, bytes };
  });
  return { version, fileBytes, metadata, tensors };
}

function damaged(path: string, what: string): SahabError {
  return new SahabError("invalid_request", `The model file ${path} is damaged or not in GGUF format: ${what}`);
}

/** Reads forward through a file, a chunk at a time. */
class HeaderReader {
  readonly #handle: FileHandle;
  readonly #fileBytes: number;
  readonly #path: string;
  #buffer = Buffer.alloc(0);
  /** Where the buffer starts in the file, and how much of it has been read. */
  #bufferStart = 0;
  #used = 0;

  constructor(handle: FileHandle, fileBytes: number, path: string) {
    this.#handle = handle;
    this.#fileBytes = fileBytes;
    this.#path = path;
  }

  get position(): number {
    return this.#bufferStart + this.#used;
  }

  async uint32(): Promise<number> {
    const at = await this.#need(4);
    return this.#buffer.readUInt32LE(at);
  }

  async count(what: string, max: number): Promise<number> {
    const at = await this.#need(8);
    const value = this.#buffer.readBigUInt64LE(at);
    if (value > BigInt(max)) throw damaged(this.#path, `it claims ${value} ${what}; at most ${max} are allowed`);
    return Number(value);
  }

  async string(bytesMax: number): Promise<string> {
    const length = await this.count("bytes of text", bytesMax);
    const at = await this.#need(length);
    return this.#buffer.toString("utf8", at, at + length);
  }

  async value(type: number, depth: number): Promise<GgufValue> {
    if (type === valueTypes.string) return await this.string(headerBytesMax);
    if (type !== valueTypes.array) {
      const size = scalarBytes[type];
      if (size === undefined) throw damaged(this.#path, `it has a metadata value of the unknown type ${type}`);
      const at = await this.#need(size);
      return readScalar(this.#buffer, at, type);
    }
    if (depth >= arrayDepthMax) throw damaged(this.#path, `its metadata nests deeper than ${arrayDepthMax} arrays`);
    const of = await this.uint32();
    const length = await this.count("array items", arrayItemsMax);
    const size = scalarBytes[of] ?? 8;
    if (length * size > this.#fileBytes - this.position) {
      throw damaged(
        this.#path,
        `it claims an array of ${length} items, more than its ${this.#fileBytes} bytes can hold`,
      );
    }
    if (of === valueTypes.string) return await this.#texts(length);
    const values: GgufValue[] = [];
    for (let i = 0; i < length; i++) {
      // Without this fast path, a vocabulary of 300,000 tokens would cost as many awaits.
      const quick = this.#tryScalar(of);
      values.push(quick ?? (await this.value(of, depth + 1)));
    }
    return values;
  }

  async #texts(length: number): Promise<TextList> {
    const texts = new TextListWriter(length);
    for (let i = 0; i < length; i++) {
      const bytes = this.#tryTextLength() ?? (await this.count("bytes of text", headerBytesMax));
      const at = this.#used + bytes > this.#buffer.length ? await this.#need(bytes) : this.#used;
      this.#used = at + bytes;
      texts.add(this.#buffer, at, at + bytes);
    }
    return texts.close();
  }

  /** The length of a text that is in the buffer already. */
  #tryTextLength(): number | undefined {
    if (this.#buffer.length - this.#used < 8 || this.#buffer.readUInt32LE(this.#used + 4) !== 0) return undefined;
    const length = this.#buffer.readUInt32LE(this.#used);
    if (length > headerBytesMax) return undefined;
    this.#used += 8;
    return length;
  }

  /** A value that is in the buffer already. */
  #tryScalar(type: number): GgufScalar | undefined {
    const left = this.#buffer.length - this.#used;
    const size = scalarBytes[type];
    if (size === undefined || left < size) return undefined;
    this.#used += size;
    return readScalar(this.#buffer, this.#used - size, type);
  }

  /** Makes the next bytes available and moves past them; returns where they start in the buffer. */
  async #need(bytes: number): Promise<number> {
    if (this.#used + bytes > this.#buffer.length) await this.#fill(bytes);
    const at = this.#used;
    this.#used += bytes;
    return at;
  }

  async #fill(bytes: number): Promise<void> {
    const position = this.position;
    if (position + bytes > this.#fileBytes)
      throw damaged(this.#path, `its header continues beyond the last byte, ${this.#fileBytes}: it was cut short`);
    if (position + bytes > headerBytesMax)
      throw damaged(this.#path, `its header is longer than ${headerBytesMax} bytes`);
    const buffer = Buffer.alloc(Math.min(Math.max(bytes, chunkBytes), this.#fileBytes - position));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, buffer.length - filled, position + filled);
      if (bytesRead === 0) throw damaged(this.#path, "it became shorter while it was read");
      filled += bytesRead;
    }
    this.#buffer = buffer;
    this.#bufferStart = position;
    this.#used = 0;
  }
}

const scalarBytes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

function readScalar(buffer: Buffer, at: number, type: number): GgufScalar {
  switch (type) {
    case valueTypes.uint8:
      return buffer.readUInt8(at);
    case valueTypes.int8:
      return buffer.readInt8(at);
    case valueTypes.uint16:
      return buffer.readUInt16LE(at);
    case valueTypes.int16:
      return buffer.readInt16LE(at);
    case valueTypes.uint32:
      return buffer.readUInt32LE(at);
    case valueTypes.int32:
      return buffer.readInt32LE(at);
    case valueTypes.float32:
      return buffer.readFloatLE(at);
    case valueTypes.bool:
      return buffer.readUInt8(at) !== 0;
    case valueTypes.uint64:
      return toNumber(buffer.readBigUInt64LE(at));
    case valueTypes.int64:
      return toNumber(buffer.readBigInt64LE(at));
    default:
      return buffer.readDoubleLE(at);
  }
}

/** A value that does not fit a number exactly stays a bigint. */
function toNumber(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
