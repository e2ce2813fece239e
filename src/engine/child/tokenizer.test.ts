import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { getLlama, type LlamaModel, type Token } from "node-llama-cpp";
import { writeRandomModel } from "../../testing/gguf/random-model.ts";
import { seededRandom } from "../../testing/random.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { readGguf } from "../gguf/read-gguf.ts";
import { openVocabulary } from "./token-text.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

async function load(preTokenizer: string): Promise<{ model: LlamaModel; tokenizer: Tokenizer }> {
  const modelPath = join(folder, `${preTokenizer}.gguf`);
  await writeRandomModel(modelPath, { architecture: "llama", preTokenizer });
  const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logger: () => undefined });
  const model = await llama.loadModel({ modelPath });
  return { model, tokenizer: createTokenizer(model, openVocabulary(model, await readGguf(modelPath))) };
}

const read = (tokenizer: Tokenizer, text: string, withControls = false): Token[] =>
  [...tokenizer.pieces(text, withControls)].flat();

/** llama.cpp splits texts by patterns that differ most between these. */
const preTokenizers = [
  "gpt-4o",
  "deepseek-v3",
  "exaone-moe",
  "tiny_aya",
  "superbpe",
  "youtu",
  "kimi-k2",
  "llama-bpe",
  "gpt-2",
];

const units: Record<string, string> = {
  capitals: "Z",
  letters: "a",
  digits: "1",
  spaces: " ",
  tabs: "\t",
  lines: "\n",
  punctuation: "!",
  Chinese: "中",
  Hangul: "가",
  Arabic: "ع",
  emoji: "😀",
  "joined emoji": "👩‍👩",
  marks: "\u0301",
  "letters with marks": "e\u0301\u0302",
  camel: "aB",
  words: "lorem ",
  "single letters": "a ",
  "spaces and lines": " \n",
  "punctuation and lines": "!\n",
  quotes: "'s",
  hexadecimal: "0af7",
  NUL: "\0",
};

describe.each(preTokenizers)("with the pre-tokenizer %s", (name) => {
  test("a run of anything is read without loss, however long", async () => {
    const { model, tokenizer } = await load(name);
    for (const [kind, unit] of Object.entries(units)) {
      for (const length of [300, 40_000]) {
        const text = unit.repeat(Math.ceil(length / unit.length));
        const tokens = read(tokenizer, text);
        // The test's vocabulary has all bytes, and no token is longer than three.
        const lost = tokens.length > Buffer.byteLength(text) || tokens.length * 3 < Buffer.byteLength(text);
        expect(lost ? kind : undefined).toBeUndefined();
        if (length === 300) expect([kind, model.detokenize(tokens)]).toEqual([kind, text]);
      }
    }
    await model.dispose();
  });

  test("texts as people and programs write them have the tokens that they have in one go", async () => {
    const { model, tokenizer } = await load(name);
    const random = seededRandom(5);
    const parts = [
      "the ",
      "thing",
      "er on",
      ". ",
      ", ",
      "\n",
      "\n\n",
      "  return ",
      "{",
      "}",
      "你好",
      "，",
      "。",
      "😀",
      " 123",
      "4567",
      "it's",
      "A",
      "Řeč ",
      "\t",
    ];
    for (let round = 0; round < 8; round++) {
      let text = "";
      while (text.length < 12_000) text += parts[Math.floor(random() * parts.length)];
      expect(read(tokenizer, text)).toEqual(model.tokenize(text, false));
    }
    await model.dispose();
  });
});

test("control tokens are found wherever a text is cut", async () => {
  const { model, tokenizer } = await load("deepseek-v3");
  for (const around of ["", "x", "Z".repeat(2_035), "Z".repeat(2_039), "ab ".repeat(2_727)]) {
    const text = `${around}<|end_turn|>`.repeat(40);
    const ends = read(tokenizer, text, true).filter((token) => model.detokenize([token], true) === "<|end_turn|>");
    expect(ends).toHaveLength(40);
    expect(read(tokenizer, text, false).every((token) => model.detokenize([token], true) !== "<|end_turn|>")).toBe(
      true,
    );
  }
  await model.dispose();
});
