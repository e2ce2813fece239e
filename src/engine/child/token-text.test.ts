import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { getLlama, type Token } from "node-llama-cpp";
import { writeRandomModel } from "../../testing/gguf/random-model.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { readGguf } from "../gguf/read-gguf.ts";
import { TextList } from "../gguf/text-list.ts";
import { openVocabulary } from "./token-text.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));
const modelPath = join(folder, "m.gguf");
const tokens = 20_000;

test("a large vocabulary is read as llama.cpp reads it", async () => {
  await writeRandomModel(modelPath, { architecture: "llama", vocabularySize: tokens, size: { hidden: 64, layers: 1 } });
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => undefined });
  const model = await llama.loadModel({ modelPath });
  const { metadata } = await readGguf(modelPath);
  const vocabulary = openVocabulary(model, { metadata });
  expect(vocabulary.size).toBe(tokens);
  const lengths = Array.from({ length: tokens }, (_, token) => vocabulary.bytesOf(token as Token).length);
  const controls = vocabulary.controls.map(({ text }) => text.length);
  expect(controls.length).toBe(7);
  expect(vocabulary.tokenBytesMax).toBe(Math.max(...lengths, ...controls));
  const text = "the rain in سپاین";
  const read = model.tokenize(text, false);
  expect(Buffer.concat(read.map((token) => vocabulary.bytesOf(token))).toString()).toBe(text);
  for (let token = 300; token < tokens; token += 500)
    expect(Buffer.from(vocabulary.bytesOf(token as Token)).toString()).toBe(model.detokenize([token as Token], false));
  await model.dispose();
});

test("tokens that stand for no byte, or for other letters, are measured as they are read", () => {
  const lacking = openVocabulary(
    { detokenize: () => "four", getTokenAttributes: () => ({}) } as never,
    vocabularyOf("gpt2", ["a", "Ġbc", "漢漢"]),
  );
  expect(lacking.tokenBytesMax).toBe(Infinity);
  const bytes = Array.from({ length: 256 }, (_, value) => `<0x${value.toString(16).padStart(2, "0")}>`);
  const sentencePieces = openVocabulary(
    { detokenize: () => "", getTokenAttributes: () => ({}) } as never,
    vocabularyOf("llama", [...bytes, "▁", "▁of", "ab"], [...bytes.map(() => 6), 1, 1, 1]),
  );
  expect(sentencePieces.tokenBytesMax).toBe(6);
  expect(sentencePieces.bytesOf(257 as Token)).toEqual(Buffer.from(" of"));
});

/** A library that is made in another way would read all of it again, and nothing else would show that. */
test("the library takes the header that was read", async () => {
  const script = `
    const { readModelFiles } = await import("./src/engine/gguf/parts.ts");
    const { giveHeader } = await import("./src/engine/child/give-header.ts");
    const files = await readModelFiles(process.argv[1]);
    giveHeader(files);
    const { getLlama } = await import("node-llama-cpp");
    const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => undefined });
    const { fileInfo, trainContextSize } = await llama.loadModel({ modelPath: files.paths[0] });
    console.log(JSON.stringify([fileInfo.sourceData, fileInfo.metadata.tokenizer.ggml.tokens ?? null, fileInfo.architectureMetadata.block_count, trainContextSize]));
    process.exit(0);`;
  await writeRandomModel(modelPath, { architecture: "llama" });
  const child = Bun.spawn([process.execPath, "-e", script, modelPath], { cwd: join(import.meta.dir, "../../..") });
  expect(JSON.parse(await new Response(child.stdout).text())).toEqual([[], null, 2, 4096]);
});

function vocabularyOf(kind: string, texts: string[], types?: number[]) {
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => (end += Buffer.byteLength(text)));
  const tokens = new TextList(Buffer.from(texts.join("")), ends);
  return {
    metadata: {
      "tokenizer.ggml.model": kind,
      "tokenizer.ggml.tokens": tokens,
      ...(types && { "tokenizer.ggml.token_type": types }),
    },
  };
}
