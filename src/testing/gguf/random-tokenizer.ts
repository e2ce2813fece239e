import { must } from "../../base/assert.ts";
import { byteLetters } from "../../engine/gguf/byte-letters.ts";
import type { MetadataEntry } from "./write-gguf.ts";

/** How likely a token is to be generated, so that a random model's output reads as text. */
export type TokenTone = "letter" | "printable" | "rare" | "never";

interface RandomTokenizer {
  metadata: Record<string, MetadataEntry>;
  tones: TokenTone[];
}

const normal = 1;
const control = 3;

/** A byte-level BPE tokenizer: all 256 bytes, a few merges, and special tokens with names of our own; with made-up words up to `size` tokens. */
export function randomTokenizer(
  chatTemplate: string,
  { preTokenizer = "gpt-2", size = 0 }: { preTokenizer?: string; size?: number } = {},
): RandomTokenizer {
  const letters = byteLetters();
  const tokens = [...letters];
  const tones: TokenTone[] = letters.map((_, byte) => toneOfByte(byte));
  const merges: string[] = [];
  for (const [left, right] of mergePairs) {
    const encode = (text: string) =>
      Array.from(Buffer.from(text), (byte) => must(letters[byte], "each byte has a letter")).join("");
    merges.push(`${encode(left)} ${encode(right)}`);
    tokens.push(encode(left + right));
    tones.push("printable");
  }
  const taken = new Set(tokens);
  for (const { text, split } of madeUpWords()) {
    if (tokens.length + Object.keys(specials).length >= size) break;
    if (taken.has(text)) continue;
    tokens.push(text);
    merges.push(...split);
    tones.push("printable");
  }
  const types: number[] = tokens.map(() => normal);
  const ids: Record<string, number> = {};
  for (const [name, text] of Object.entries(specials)) {
    ids[name] = tokens.length;
    tokens.push(text);
    types.push(control);
    tones.push(name === "endOfTurn" || name === "endOfText" ? "rare" : "never");
  }
  const id = (name: keyof typeof specials): MetadataEntry => ({
    type: "uint32",
    value: must(ids[name], "specials have ids"),
  });
  return {
    tones,
    metadata: {
      "tokenizer.ggml.model": { type: "string", value: "gpt2" },
      "tokenizer.ggml.pre": { type: "string", value: preTokenizer },
      "tokenizer.ggml.tokens": { type: "array", of: "string", values: tokens },
      "tokenizer.ggml.token_type": { type: "array", of: "int32", values: types },
      "tokenizer.ggml.merges": { type: "array", of: "string", values: merges },
      "tokenizer.ggml.bos_token_id": id("beginOfText"),
      "tokenizer.ggml.eos_token_id": id("endOfText"),
      "tokenizer.ggml.eot_token_id": id("endOfTurn"),
      "tokenizer.ggml.padding_token_id": id("endOfText"),
      "tokenizer.ggml.fim_pre_token_id": id("fimPrefix"),
      "tokenizer.ggml.fim_suf_token_id": id("fimSuffix"),
      "tokenizer.ggml.fim_mid_token_id": id("fimMiddle"),
      "tokenizer.ggml.add_bos_token": { type: "bool", value: true },
      "tokenizer.chat_template": { type: "string", value: chatTemplate },
    },
  };
}

const specials = {
  beginOfText: "<|sahab_begin|>",
  endOfText: "<|sahab_end|>",
  startOfTurn: "<|turn|>",
  endOfTurn: "<|end_turn|>",
  fimPrefix: "<|fim_prefix|>",
  fimSuffix: "<|fim_suffix|>",
  fimMiddle: "<|fim_middle|>",
} as const;

/**
 * Words of two to four letters in the letters of bytes, with the merges that make them: two for each of the longer ones, since
 * large vocabularies have about twice as many merges as tokens.
 */
function* madeUpWords(): Generator<{ text: string; split: string[] }> {
  const alphabet = Array.from("etaoinshrdlcumwfgypbvkjxqz");
  const starts = [...alphabet, "Ġ"];
  const pairs = starts.flatMap((first) => alphabet.map((second) => [first, second] as const));
  for (const [first, second] of pairs) yield { text: first + second, split: [`${first} ${second}`] };
  for (const [first, second] of pairs)
    for (const third of alphabet) yield { text: first + second + third, split: [`${first + second} ${third}`] };
  for (const [first, second] of pairs)
    for (const [third, fourth] of pairs)
      if (third !== "Ġ")
        yield {
          text: first + second + third + fourth,
          split: [`${first + second} ${third + fourth}`, `${first + second + third} ${fourth}`],
        };
}

/** Enough merges that some tokens are longer than a byte and some words take fewer tokens than letters. */
const mergePairs: readonly (readonly [string, string])[] = [
  ["t", "h"],
  ["th", "e"],
  ["i", "n"],
  ["e", "r"],
  ["a", "n"],
  ["r", "e"],
  ["o", "n"],
  ["a", "t"],
  ["e", "n"],
  ["o", "u"],
  ["s", "t"],
  ["in", "g"],
  ["an", "d"],
];

/** Has turns of system, user, assistant and tool. Tools are listed in the system turn; calls are written as <tool_call> blocks. */
export const defaultChatTemplate = `{{- bos_token }}
{%- if tools or (messages and messages[0].role == 'system') %}
{{- '<|turn|>system\\n' }}
{%- if messages and messages[0].role == 'system' %}{{- messages[0].content }}{%- endif %}
{%- if tools %}
{{- '\\nTools:\\n' }}
{%- for tool in tools %}{{- tool | tojson }}{{- '\\n' }}{%- endfor %}
{{- 'Call a tool by <tool_call>{"name": ..., "arguments": {...}}</tool_call>' }}
{%- endif %}
{{- '<|end_turn|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if not (loop.first and message.role == 'system') %}
{{- '<|turn|>' + message.role + '\\n' }}
{%- if message.content %}{{- message.content }}{%- endif %}
{%- if message.tool_calls %}
{%- for call in message.tool_calls %}
{{- '<tool_call>{"name": ' + (call.function.name | tojson) + ', "arguments": ' + (call.function.arguments | tojson) + '}</tool_call>' }}
{%- endfor %}
{%- endif %}
{{- '<|end_turn|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|turn|>assistant\\n' }}{%- endif %}`;

function toneOfByte(byte: number): TokenTone {
  const isLetter = (byte >= 97 && byte <= 122) || byte === 32;
  if (isLetter) return "letter";
  return byte > 32 && byte < 127 ? "printable" : "never";
}
