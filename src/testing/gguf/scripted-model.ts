import { must } from "../../base/assert.ts";
import { byteLetters } from "../../engine/gguf/byte-letters.ts";
import { seededRandom } from "../random.ts";
import { randomTokenizer } from "./random-tokenizer.ts";
import { writeGguf, type MetadataEntry } from "./write-gguf.ts";

/** What a scripted model says when its prompt ends with `startOf` the script's name. */
export type Scripts = Readonly<Record<string, string>>;

/** A script of this name begins again where it ends. */
export const endless = "endless";

/** What a chat template writes last, so that the script of this name is said. */
export const startOf = (name: string): string => `<|say:${name}|>`;

/**
 * Writes a model that says texts which were written beforehand, word for word, whatever else its prompt holds: a true llama, whose layers
 * add nothing, so that the next token depends on the last one alone. Each piece of a script is a token of its own, used once.
 * `controls` are texts in the scripts that are control tokens; each may come once.
 */
export function writeScriptedModel(
  path: string,
  scripts: Scripts,
  chatTemplate: string,
  controls: readonly string[] = [],
): void {
  const random = seededRandom(1);
  const { metadata, tones } = randomTokenizer(chatTemplate);
  const tokens = valuesOf(metadata["tokenizer.ggml.tokens"]) as string[];
  const types = valuesOf(metadata["tokenizer.ggml.token_type"]) as number[];
  const end = tones.indexOf("rare");
  /** The token that each token leads to. */
  const next = new Map<number, number>();
  const add = (text: string, type: number): number => {
    tokens.push(text);
    types.push(type);
    return tokens.length - 1;
  };
  const taken = new Set(tokens);
  for (const [name, text] of Object.entries(scripts)) {
    const start = add(startOf(name), controlType);
    let last = start;
    for (const { piece, type } of splitAt(controls, text).flatMap((part) => tokensOf(part, controls, taken))) {
      const token = add(piece, type);
      next.set(last, token);
      last = token;
    }
    next.set(last, name === endless ? (next.get(start) ?? end) : end);
  }
  const embeddings = unitVectors(tokens.length, random);
  const heads = new Float32Array(tokens.length * hidden);
  // Several tokens lead to the end.
  for (const [from, to] of next)
    for (let at = 0; at < hidden; at++)
      heads[to * hidden + at] = (heads[to * hidden + at] ?? 0) + certainty * (embeddings[from * hidden + at] ?? 0);
  const count = (value: number): MetadataEntry => ({ type: "uint32", value });
  const zero = (name: string, shape: [number, number]) => ({
    name: `blk.0.${name}.weight`,
    shape,
    type: "F32" as const,
    weights: () => new Float32Array(shape[0] * shape[1]),
  });
  const norm = (name: string) => ({
    name: `${name}.weight`,
    shape: [hidden],
    type: "F32" as const,
    weights: () => new Float32Array(hidden).fill(1),
  });
  const square: [number, number] = [hidden, hidden];
  writeGguf(path, {
    metadata: {
      "general.architecture": { type: "string", value: "llama" },
      "general.name": { type: "string", value: "scripted" },
      "general.alignment": count(32),
      "llama.vocab_size": count(tokens.length),
      "llama.context_length": count(32_768),
      "llama.block_count": count(1),
      "llama.embedding_length": count(hidden),
      "llama.feed_forward_length": count(hidden),
      "llama.attention.head_count": count(headCount),
      "llama.attention.head_count_kv": count(headCount),
      "llama.attention.layer_norm_rms_epsilon": { type: "float32", value: 1e-5 },
      "llama.rope.dimension_count": count(hidden / headCount),
      ...metadata,
      "tokenizer.ggml.tokens": { type: "array", of: "string", values: tokens },
      "tokenizer.ggml.token_type": { type: "array", of: "int32", values: types },
    },
    tensors: [
      norm("output_norm"),
      norm("blk.0.attn_norm"),
      norm("blk.0.ffn_norm"),
      ...["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"].map((name) =>
        zero(name, square),
      ),
      { name: "token_embd.weight", shape: [hidden, tokens.length], type: "F32", weights: () => embeddings },
      { name: "output.weight", shape: [hidden, tokens.length], type: "F32", weights: () => heads },
    ],
  });
}

const hidden = 128;
const headCount = 2;
const normalType = 1;
const controlType = 3;
/** The logit of the right token, above a spread of a tenth of it among the others. */
const certainty = 60 / Math.sqrt(hidden);

function valuesOf(entry: MetadataEntry | undefined): readonly unknown[] {
  return [...(entry?.type === "array" ? entry.values : [])];
}

/** Of length 1, and nearly at right angles to each other. */
function unitVectors(count: number, random: () => number): Float32Array {
  const values = new Float32Array(count * hidden);
  for (let start = 0; start < values.length; start += hidden) {
    let sum = 0;
    for (let at = start; at < start + hidden; at++) {
      values[at] = random() + random() + random() + random() - 2;
      sum += (values[at] ?? 0) ** 2;
    }
    for (let at = start; at < start + hidden; at++) values[at] = (values[at] ?? 0) / Math.sqrt(sum);
  }
  return values;
}

/** The texts between control tokens, and those. */
function splitAt(controls: readonly string[], text: string): string[] {
  const first = controls
    .map((control) => ({ control, at: text.indexOf(control) }))
    .filter(({ at }) => at !== -1)
    .sort((one, other) => one.at - other.at)[0];
  if (!first) return text === "" ? [] : [text];
  const before = text.slice(0, first.at);
  const after = text.slice(first.at + first.control.length);
  return [...(before === "" ? [] : [before]), first.control, ...splitAt(controls, after)];
}

function tokensOf(text: string, controls: readonly string[], taken: Set<string>): { piece: string; type: number }[] {
  if (!controls.includes(text)) return piecesOf(text, taken).map((piece) => ({ piece, type: normalType }));
  if (taken.has(text)) throw new Error(`a control token comes twice: ${text}`);
  taken.add(text);
  return [{ piece: text, type: controlType }];
}

/** Words in the letters of bytes, each longer than the last of them where it would be one that there is. */
function piecesOf(text: string, taken: Set<string>): string[] {
  const letters = byteLetters();
  const encode = (piece: string) =>
    Array.from(Buffer.from(piece), (byte) => must(letters[byte], "each byte has a letter")).join("");
  const pieces: string[] = [];
  let held = "";
  for (const word of text.match(/\S*\s*/g)?.filter(Boolean) ?? []) {
    held += word;
    const piece = encode(held);
    if (taken.has(piece)) continue;
    taken.add(piece);
    pieces.push(piece);
    held = "";
  }
  if (held === "") return pieces;
  const last = (pieces.pop() ?? "") + encode(held);
  if (taken.has(last)) throw new Error(`a script ends as another one: ${text}`);
  return [...pieces, last];
}
