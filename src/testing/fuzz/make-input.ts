import { seededRandom } from "../random.ts";
import type { Target } from "./target.ts";

/** An input is at most about this long: faults that need more are the tests' of sizes. */
const inputBytesMax = 16 * 1024;

/** The input of this number; the same for the same seed, so that one can be made again. */
export function makeInput(target: Target, seed: number, index: number): { input: Buffer; random: () => number } {
  const random = seededRandom((Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index, 0x85eb_ca6b)) >>> 0);
  random();
  const make = random() < 0.3 ? target.generate : undefined;
  let input: Buffer = toBuffer(make ? make(random) : pick(target.seeds, random));
  const mutations = make && random() < 0.5 ? 0 : 1 + Math.floor(random() * random() * 10);
  for (let count = 0; count < mutations; count++) input = mutate(input, target, random);
  return { input: input.length > inputBytesMax ? input.subarray(0, inputBytesMax) : input, random };
}

const toBuffer = (value: string | Uint8Array) => (typeof value === "string" ? Buffer.from(value) : Buffer.from(value));

export function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)] as T;
}

type Mutation = (input: Buffer, at: number, target: Target, random: () => number) => Buffer;

function mutate(input: Buffer, target: Target, random: () => number): Buffer {
  return pick(mutations, random)(input, Math.floor(random() * (input.length + 1)), target, random);
}

const replace = (input: Buffer, at: number, removed: number, added: Uint8Array | string) =>
  Buffer.concat([input.subarray(0, at), toBuffer(added), input.subarray(Math.min(input.length, at + removed))]);

/** Short lengths most of the time. */
const length = (random: () => number) => 1 + Math.floor(random() ** 4 * 200);

const oddNumbers = [
  "0",
  "-0",
  "-1",
  "1e999",
  "1e-400",
  "9007199254740993",
  "18446744073709551616",
  "0.1e+3",
  "01",
  "NaN",
];
const oddTexts = [
  "\u0000",
  "\uFEFF",
  "\uD83D\uDE00",
  "é",
  "\u2028",
  "\\ud800",
  "\\u0000",
  "__proto__",
  "constructor",
  "\r\n",
];

const mutations: Mutation[] = [
  (input, at, _, random) => replace(input, at, 1, Uint8Array.of(Math.floor(random() * 256))),
  (input, at, _, random) => replace(input, at, 1, Uint8Array.of((input[at] ?? 0) ^ (1 << Math.floor(random() * 8)))),
  (input, at, _, random) => replace(input, at, length(random), ""),
  (input, at, _, random) => replace(input, at, 0, input.subarray(at, at + length(random))),
  (input, at, _, random) => {
    const from = Math.floor(random() * input.length);
    return replace(input, at, 0, input.subarray(from, from + length(random)));
  },
  (input, at, { words }, random) => replace(input, at, 0, pick(words, random)),
  (input, at, { words }, random) => replace(input, at, length(random), pick(words, random)),
  (input, at, { seeds }, random) => {
    const other = toBuffer(pick(seeds, random));
    return replace(input, at, random() < 0.5 ? input.length : 0, other.subarray(Math.floor(random() * other.length)));
  },
  (input, at) => input.subarray(0, at),
  (input, at, _, random) => replace(input, at, 0, pick(oddTexts, random)),
  (input, at, _, random) => replace(input, at, random() < 0.5 ? 1 : 0, pick(oddNumbers, random)),
  (input, at, _, random) => {
    const piece = input.subarray(at, at + 1 + Math.floor(random() * 4));
    return replace(input, at, 0, Buffer.concat(Array.from({ length: 1 + Math.floor(random() * 300) }, () => piece)));
  },
];
