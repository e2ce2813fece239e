/**
 * Holds a GGUF file of nano against what PyTorch said: its tokens, its probabilities and its greedy words.
 * bun check.ts FILE.gguf fixture.json [--probabilities all.json] [--tokens texts.json] [--verbose]
 */
import { readFileSync } from "node:fs";
import { getLlama, LlamaLogLevel, type Token } from "node-llama-cpp";

interface Case {
  kind: string;
  question: string;
  prompt_tokens: number[];
  greedy: string;
}

const [file, fixturePath, ...flags] = process.argv.slice(2);
if (!file || !fixturePath)
  throw new Error("usage: check.ts FILE.gguf fixture.json [--probabilities FILE] [--tokens FILE]");
const { cases } = JSON.parse(readFileSync(fixturePath, "utf8")) as { cases: Case[] };

const llama = await getLlama({ gpu: false, build: "never", maxThreads: 1, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: file });
let failures = 0;

/** What the file after a flag holds. */
function given(flag: string): unknown {
  const at = flags.indexOf(flag);
  return at < 0 ? undefined : JSON.parse(readFileSync(flags[at + 1] ?? "", "utf8"));
}

const texts = given("--tokens") as { text: string; ids: number[] }[] | undefined;
if (texts) {
  let different = 0;
  for (const { text, ids } of texts) {
    const found = [...model.tokenize(text, false)];
    if (found.join() === ids.join()) continue;
    if (different++ < 3)
      console.log(`tokens differ for ${JSON.stringify(text)}: ${found.join(" ")} for ${ids.join(" ")}`);
  }
  console.log(`tokens: ${texts.length - different} of ${texts.length} texts alike`);
  if (different > 0) failures++;
}

// Probabilities are compared with a cache in f32: the usual one in f16 alone makes a difference of two thousandths.
const probabilities = given("--probabilities") as number[][] | undefined;
const cache = probabilities ? "F32" : "F16";
const context = await model.createContext({
  contextSize: 1024,
  threads: 1,
  batchSize: 512,
  experimentalKvCacheKeyType: cache,
  experimentalKvCacheValueType: cache,
});
const sequence = context.getSequence();
const endOfTurn = model.tokenize("<|end_turn|>", true)[0];
let alike = 0;
let largest = 0;
for (const [at, { question, prompt_tokens: prompt, greedy }] of cases.entries()) {
  if (probabilities) {
    await sequence.clearHistory();
    const last = prompt.at(-1) as Token;
    const results = await sequence.controlledEvaluate([
      ...(prompt.slice(0, -1) as Token[]),
      [last, { generateNext: { logits: true, options: { temperature: 1, topK: 0, topP: 1, minP: 0 } } }],
    ]);
    const logits = results.at(-1)?.next.logits;
    if (!logits) throw new Error("the engine gave no logits");
    const highest = Math.max(...logits.values());
    let sum = 0;
    for (const logit of logits.values()) sum += Math.exp(logit - highest);
    const wanted = probabilities[at];
    if (wanted?.length !== logits.size) throw new Error(`${logits.size} probabilities for ${wanted?.length}`);
    for (const [token, probability] of wanted.entries()) {
      const found = Math.exp((logits.get(token as Token) ?? -Infinity) - highest) / sum;
      largest = Math.max(largest, Math.abs(found - probability));
    }
  }
  await sequence.clearHistory();
  const made: Token[] = [];
  for await (const token of sequence.evaluate(prompt as Token[], { temperature: 0 })) {
    if (token === endOfTurn || made.length >= 200) break;
    made.push(token);
  }
  const text = model.detokenize(made, true);
  if (text === greedy) alike++;
  else if (flags.includes("--verbose")) console.log(JSON.stringify({ question, found: text, wanted: greedy }));
}
if (probabilities) {
  console.log(`probabilities: largest difference ${largest.toExponential(2)}`);
  if (largest > 1e-3) failures++;
}
console.log(`greedy text: alike on ${alike} of ${cases.length} prompts`);
if (alike < cases.length * 0.95) failures++;
process.exit(failures > 0 ? 1 : 0);
