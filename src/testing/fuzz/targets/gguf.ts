import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SahabError } from "../../../base/errors.ts";
import { inspectModelTemplate } from "../../../engine/template/index.ts";
import { readGguf } from "../../../engine/gguf/read-gguf.ts";
import { writeGguf } from "../../gguf/write-gguf.ts";
import { attempt, attemptLater, type Target } from "../target.ts";

const folder = mkdtempSync(join(tmpdir(), "sahab-t-gguf-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "m.gguf");
const number = (bits: 32 | 64, value: number) => {
  const bytes = Buffer.alloc(bits / 8);
  if (bits === 32) bytes.writeUInt32LE(value >>> 0);
  else bytes.writeBigInt64LE(BigInt(value));
  return bytes.toString("latin1");
};

/** A file's header is read, or the error says what is damaged. Sizes that it claims cost nothing. */
export const gguf: Target = {
  name: "gguf",
  seeds: [smallFile()],
  words: [0, 1, 8, 9, 12, 0xffff_ffff, 0x7fff_ffff].flatMap((value) => [number(32, value), number(64, value)]),
  async run(input) {
    // Written anew in place, since making a file takes longer than reading it.
    const file = openSync(path, "w");
    writeSync(file, input);
    ftruncateSync(file, input.length);
    closeSync(file);
    const isOwn = (error: Error) => error instanceof SahabError && error.code === "invalid_request";
    const read = await attemptLater(() => readGguf(path), isOwn);
    if (!read.value) return;
    const { tensors, fileBytes } = read.value;
    for (const { name, offsetBytes, bytes } of tensors)
      if (!(offsetBytes >= 0 && bytes >= 0 && offsetBytes + bytes <= fileBytes))
        throw new Error(`tensor ${name} is outside of its file`);
    attempt(() => inspectModelTemplate(read.value, path), isOwn);
  },
};

function smallFile(): Buffer {
  writeGguf(path, {
    metadata: {
      "general.architecture": { type: "string", value: "llama" },
      "llama.block_count": { type: "uint32", value: 1 },
      "general.size": { type: "uint64", value: 5n },
      "general.flag": { type: "bool", value: true },
      "llama.rope.freq_base": { type: "float32", value: 1.5 },
      "tokenizer.ggml.tokens": { type: "array", of: "string", values: ["<s>", "</s>", "a"] },
      "tokenizer.ggml.token_type": { type: "array", of: "int32", values: [3, 3, 1] },
      "tokenizer.ggml.bos_token_id": { type: "uint32", value: 0 },
      "tokenizer.chat_template": { type: "string", value: "{{ messages[0].content }}" },
    },
    tensors: [
      { name: "token_embd.weight", shape: [32, 3], type: "F32", weights: () => new Float32Array(96) },
      { name: "output.weight", shape: [32, 3], type: "Q8_0", weights: () => new Float32Array(96) },
    ],
  });
  return readFileSync(path);
}
