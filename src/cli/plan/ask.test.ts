import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlanFault } from "../../planner/sheet/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { CommandError, UsageError } from "../command-error.ts";
import { makePlan } from "./make-plan.ts";
import type { Question } from "./plan-schema.ts";
import { readPlanDocument, type PlanFlags } from "./read-plan-document.ts";
import { applySettings, parseSetting } from "./settings.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const badConfig = fileOf("bad.json", '{"model_type": 3, "hidden_size": "x"}');
const noConfig = fileOf("list.json", "[1]");
const noJson = fileOf("text.json", "hello");
const noGguf = fileOf("text.gguf", "hello");
const oneMoment = fileOf("moment.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03,10,5\n");
const badTrace = fileOf("trace.jsonl", '{"timestamp": 0, "input_length": -1}');
const zeroPlan = fileOf("zero.yaml", "capital: 1bn USD\nassumptions: { utilisation: 0 }\n");
const knownSpeed = fileOf("speed.yaml", "serving: { prefill: 50k, decode: 18k }\n");
const noSpeed = fileOf("nospeed.yaml", "serving: { prefill: 0, decode: 18k }\n");
const noRate = fileOf("norate.yaml", "rates: [{ from: USD, to: EUR, rate: 0 }]\n");
const twoPrices = fileOf(
  "prices.yaml",
  "tokens_per_day: 1bn\nbuy: deepseek/deepseek-chat\nprices: { currency: USD, input: 1, output: 2 }\n",
);
const badPlan = fileOf("bad.yaml", "capital: 1bn USD\nhardware: h900\nmodel: deepsek-v3\n");

interface Asked extends PlanFlags {
  /** The command's own argument. */
  argument?: string;
  set?: string[];
}

const argumentOf: Partial<Record<Question, string>> = {
  capital: "capital",
  power: "power",
  fit: "model",
  simulate: "trace",
};

/** What the command line says to options, and the exit status. */
async function ask(
  question: Question,
  { argument, set = [], ...flags }: Asked,
): Promise<[status: number, text: string]> {
  try {
    const settings = set.map(parseSetting);
    const given = argument === undefined ? {} : { [argumentOf[question] ?? ""]: argument };
    const document = await readPlanDocument(question, given, flags);
    const plan = (await makePlan(question, document, (made) => applySettings(made, settings), flags.file))();
    plan.sheet.evaluate();
    return [0, plan.title];
  } catch (cause) {
    const { message } = cause as Error;
    if (cause instanceof UsageError) return [2, message];
    if (cause instanceof CommandError || cause instanceof PlanFault) return [1, message];
    throw cause;
  }
}

const capital = (argument: string, more: Asked = {}) => ask("capital", { argument, ...more });
const set = (...texts: string[]) => capital("1bn USD", { set: texts });

test.each([
  // Amounts as people write them.
  ["380bn yuan", 0, " in China"],
  ["3800亿元", 0, " in China"],
  ["380 billion CNY", 0, " in China"],
  ["CN¥ 380bn", 0, " in China"],
  ["5亿欧元", 0, " in Germany"],
  ["€5bn", 0, " in Germany"],
  ["$5bn", 0, " in United States"],
  ["１０亿美元", 0, " in United States"],
  ["٣٨٠ مليار يوان", 0, " in China"],
  ["١٫٥ مليار دولار", 0, " in United States"],
  ["५ crore rupees", 0, " in India"],
  [
    "¥380bn",
    2,
    'the amount: ¥ is the sign of two currencies; write CNY or JPY; allowed is an amount with its currency, such as "380bn CNY"',
  ],
  ["-5 USD", 2, "the amount: it is negative; allowed is"],
  ["−5 USD", 2, "the amount: it is negative; allowed is"],
  ["0 CNY", 2, "the amount: an amount of money is more than 0"],
  ["1e400 USD", 2, "the amount: it is too large"],
  ["1e30 USD", 2, "the amount: it is too large: 1e17 at most"],
  ["", 2, "the amount: it is empty; allowed is"],
  ["five bn USD", 2, "the amount: there is no number in it; allowed is"],
  ["5bn", 2, "the amount: a currency is missing; allowed is"],
  [
    "5bn CHF",
    2,
    "Cannot plan in CHF with USD: no exchange rate leads from one to the other; allowed are AED, CNY, EUR,",
  ],
  ["5 USD", 1, "Cannot plan "],
] as const)("an amount of %j ends with %d", async (amount, status, text) => {
  const [found, said] = await capital(amount);
  expect([found, said]).toEqual([status, expect.stringContaining(text)]);
  expect(said).not.toContain("\n");
});

const ask1bn = (flags: Asked) => () => capital("1bn USD", flags);
test.each([
  ["no name of a model", ask1bn({ model: "" }), 2, "--model: it is empty; allowed is one of"],
  [
    "a misspelt model",
    ask1bn({ model: "deepsek-v3" }),
    2,
    "--model: there is no model of that name; did you mean deepseek-v3? Allowed is one of ",
  ],
  ["no file of a model", ask1bn({ model: "nope.gguf" }), 1, "nope.gguf: there is no such file"],
  ["no config.json", ask1bn({ model: "nope.json" }), 1, "nope.json: there is no such file"],
  ["a file that is no GGUF", ask1bn({ model: noGguf }), 1, "text.gguf"],
  ["a file that is no JSON", ask1bn({ model: noJson }), 1, "text.json: it is not JSON"],
  ["a list for a config.json", ask1bn({ model: noConfig }), 1, "the file: expected an object; found a list"],
  [
    "wrong fields in a config.json",
    ask1bn({ model: badConfig }),
    1,
    "model_type: expected a text; found a number; hidden_size: expected a number; found a text",
  ],
  [
    "misspelt hardware",
    ask1bn({ on: "h900" }),
    2,
    "--on: there is no accelerator of that name; did you mean h800? Allowed is one of a100-80gb,",
  ],
  ["a country by its name", ask1bn({ country: "germany" }), 0, " in Germany"],
  [
    "a misspelt country",
    ask1bn({ country: "Germny" }),
    2,
    "--country: there is no country of that name; did you mean Germany? Allowed is one of CN,",
  ],
  ["another currency", ask1bn({ currency: "EUR" }), 0, " in Germany"],
  ["a currency by way of the dollar", () => capital("380bn CNY", { currency: "EUR" }), 0, " in Germany"],
  ["no currency", ask1bn({ currency: "euro" }), 2, "--currency: expected the three letters of a currency, such as USD"],
  [
    "part of an accelerator",
    ask1bn({ node: "8.5" }),
    2,
    "--node: it is out of bounds; allowed is a whole number from 1 to 1,024",
  ],
  [
    "a word for a number",
    ask1bn({ years: "three" }),
    2,
    "--years: there is no number in it; allowed is a number from 0.01 to 100",
  ],
  ["no plan.yaml", ask1bn({ file: "nope.yaml" }), 1, "nope.yaml: there is no such file"],
  [
    "wrong names in a plan.yaml",
    () => ask("capital", { file: badPlan }),
    1,
    "bad.yaml:3:1: model: there is no model of that name; did you mean deepseek-v3? Allowed",
  ],
  [
    "a zero in a plan.yaml",
    () => ask("capital", { file: zeroPlan }),
    1,
    "zero.yaml: assumptions: Cannot set utilisation: found 0, allowed is more than 0",
  ],
  [
    "a zero that is divided by",
    () => set("utilisation=0"),
    2,
    '--set "utilisation": Cannot set utilisation: found 0, allowed is more than 0',
  ],
  ["a range from such a zero", () => set("utilisation=0..0.5..1"), 2, "found 0, allowed is more than 0"],
  ["a zero that is none", () => set("power price=0"), 0, " in United States"],
  ["a share above one", () => set("utilisation=2"), 2, 'found "2", allowed is a number from 0 to 1'],
  ["a misspelt assumption", () => set("utilization=0.5"), 2, "did you mean utilisation? Its assumptions are: capital,"],
  [
    "nothing for an assumption",
    () => set("utilisation="),
    2,
    '--set "utilisation": Cannot read "": it is empty; allowed is a number',
  ],
  ["no tokens", () => ask("demand", { tokensPerDay: "0" }), 2, "found 0 tokens a day, allowed is more than 0"],
  [
    "negative tokens",
    () => ask("demand", { tokensPerDay: "-5" }),
    2,
    "--tokens-per-day: it is negative; allowed is a number of tokens",
  ],
  ["input alone", () => ask("demand", { input: "5" }), 2, "--output: it is missing"],
  [
    "energy for power",
    () => ask("power", { argument: "5 GWh" }),
    2,
    "the power: that is energy; power has no hours in its unit",
  ],
  ["too little power", () => ask("power", { argument: "9 kW" }), 1, "Cannot plan "],
  [
    "a misspelt vendor",
    () => ask("buy-or-own", { tokensPerDay: "5m", buy: "alibba/qwen3-32b" }),
    2,
    "--buy: there is no vendor alibba; did you mean alibaba? Allowed is VENDOR/MODEL",
  ],
  [
    "a vendor's unknown model",
    () => ask("buy-or-own", { tokensPerDay: "5m", buy: "alibaba/qwen3-33b" }),
    2,
    "--buy: the catalogue has no such model of alibaba; did you mean qwen3-32b?",
  ],
  ["no model to fit", () => ask("fit", {}), 2, "Cannot plan fit: model is missing: a known model"],
  [
    "a context of nothing",
    () => ask("fit", { argument: "qwen3-8b", context: "0" }),
    2,
    "--context: it is out of bounds; allowed is a number of tokens from 1 on",
  ],
  [
    "two demands",
    () => ask("demand", { tokensPerDay: "1bn", input: "3bn", output: "1" }),
    2,
    "--tokens-per-day and --input, --cached, --output say the same in two ways; allowed is one of them",
  ],
  [
    "more cached than there is",
    () => ask("demand", { input: "100", cached: "200", output: "3" }),
    2,
    "Cannot plan a demand of 200 cached tokens (--cached): they are a part of the 100 input tokens (--input)",
  ],
  [
    "a trace of one moment",
    () => ask("demand", { file: oneMoment }),
    1,
    "Cannot take a day's demand of moment.csv: it has 1 requests in 0 s",
  ],
  [
    "a day that no node computes",
    () => ask("demand", { input: "3bn", cached: "3bn", output: "0" }),
    2,
    "Cannot plan demand: all 3000000000 input tokens (--input) are cached (--cached) and there is no output (--output), so that nothing is computed; allowed are fewer than 3000000000 cached tokens, or output tokens above 0",
  ],
  [
    "the same, to buy",
    () => ask("buy-or-own", { input: "3bn", cached: "3bn", output: "0", buy: "deepseek/deepseek-chat" }),
    2,
    "Cannot plan buy-or-own: all 3000000000 input tokens (--input) are cached",
  ],
  [
    "a speed that counts cached tokens",
    () => ask("demand", { file: knownSpeed, input: "3bn", cached: "3bn", output: "0" }),
    0,
    "DeepSeek-V3",
  ],
  [
    "a fleet that computes nothing",
    () => set("cached share of input tokens=1", "output share of tokens=0"),
    2,
    "found 0, allowed is more than 0 (Cannot calculate speed of a node: no node computes anything; found cached share of input tokens 1 and output share of tokens 0, allowed is a cached share below 1, or",
  ],
  [
    "a day set to nothing",
    () => ask("demand", { input: "3bn", cached: "3bn", output: "5", set: ["output tokens a day=0"] }),
    1,
    "Cannot calculate nodes at work: no node computes anything; found cached share of input tokens 1 and output tokens a day 0, allowed",
  ],
  [
    "a speed of almost nothing",
    () => set("decode speed of a node=1e-300"),
    1,
    /^Cannot calculate .* of a million tokens: Cannot divide an amount of money: the count is 0; look at .*, million tokens of a node a year$/,
  ],
  [
    "too large a number",
    () => set("decode speed of a node=1e400"),
    2,
    /^--set "decode speed of a node": Cannot set decode speed of a node: found a text of 401 characters, allowed is a number from 0 on$/,
  ],
  [
    "a speed of nothing",
    () => ask("demand", { file: noSpeed, tokensPerDay: "1bn" }),
    1,
    /nospeed\.yaml:1:\d+: serving\.prefill: it is out of bounds; allowed is a number of tokens above 0; found 0$/,
  ],
  [
    "a currency that is worth nothing",
    () => capital("1bn USD", { file: noRate, currency: "EUR" }),
    1,
    /norate\.yaml:1:\d+: rates\[0\]\.rate: it is out of bounds; allowed is a number above 0; found 0$/,
  ],
  ["less than a cent", () => capital("1e-5 USD"), 1, "Cannot plan a capital of 0.0000100 USD"],
  [
    "prices in two ways",
    () => ask("demand", { file: twoPrices }),
    2,
    "prices.yaml: prices and buy say the same in two ways; allowed is one of them",
  ],
  [
    "no trace",
    () => ask("simulate", {}),
    2,
    "Cannot plan simulate: trace is missing: a file in the format of Mooncake",
  ],
  ["no file of a trace", () => ask("simulate", { argument: "nope.csv" }), 1, "nope.csv: there is no such file"],
  [
    "a negative prompt",
    () => ask("simulate", { argument: badTrace }),
    1,
    "input_length of trace.jsonl, line 1: a whole number from 1",
  ],
  [
    "a range the wrong way round",
    () => ask("simulate", { argument: badTrace, rate: "4..2..1" }),
    2,
    "--rate: expected low ≤ likely ≤ high",
  ],
  [
    "a goal of no time",
    () => ask("simulate", { argument: badTrace, firstToken: "0" }),
    2,
    "--first-token: it is out of bounds; allowed is a number above 0",
  ],
] as const)("%s: the status, what was found and what is allowed", async (_, asked, status, text) => {
  const [found, said] = await asked();
  const expected = typeof text === "string" ? expect.stringContaining(text) : expect.stringMatching(text);
  expect([found, said]).toEqual([status, expected]);
  expect(said).not.toMatch(/Invalid input|ENOENT$|reckon|\[object|at .*\.ts:/);
});
