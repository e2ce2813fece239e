import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findRanges } from "../../planner/sheet/index.ts";
import { runCommand } from "../../testing/run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { makePlan } from "./make-plan.ts";
import { planJson } from "./plan-json.ts";
import { reportPlan } from "./plan-report.ts";
import { planSchema } from "./plan-schema.ts";
import { readPlanDocument, type PlanFlags } from "./read-plan-document.ts";
import { readPlanFile } from "./read-plan-file.ts";
import { applySettings, parseSetting } from "./settings.ts";

const examples = join(import.meta.dir, "..", "..", "..", "examples", "plans");
const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

function fileWith(text: string): string {
  const file = join(folder, "plan.yaml");
  writeFileSync(file, text);
  return file;
}

async function problemsOf(text: string): Promise<string[]> {
  const told = await readPlanFile(fileWith(text)).then(
    () => "",
    (error: Error) => error.message,
  );
  return told.split("\n").map((line) => line.replace(join(folder, "/"), ""));
}

const jsonOf = async (file: string) => {
  const document = await readPlanFile(file);
  return planJson(reportPlan((await makePlan(document.question ?? "demand", document))(), 1)) as {
    results: Record<string, number>;
    breakdowns: { value: string; parts: { value: string }[] }[];
  };
};

test("the example of DeepSeek's day gives what DeepSeek published", async () => {
  const { status, stdout } = await runCommand(["plan", "demand", "-f", join(examples, "deepseek-day.yaml"), "--json"]);
  expect(status).toBe(0);
  const { results } = JSON.parse(stdout) as { results: Record<string, number> };
  for (const [key, published] of [
    ["nodes", 226.75],
    ["cost", 87_072],
    ["revenue", 562_027],
    ["cost_profit_margin_percent", 545],
  ] as const)
    expect(Math.abs(results[key]! / published - 1), key).toBeLessThan(0.005);
});

test.each(readdirSync(examples))("the parts of each total of %s add up exactly", async (name) => {
  const { breakdowns } = await jsonOf(join(examples, name));
  expect(breakdowns.length).toBeGreaterThan(0);
  const nano = (text: string) => {
    const [whole = "", fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(9, "0"));
  };
  for (const { value, parts } of breakdowns)
    expect(parts.reduce((sum, part) => sum + nano(part.value), 0n)).toBe(nano(value));
});

test("each problem of a plan.yaml has its line, what was found and what is allowed", async () => {
  const text = `question: capitol
capital: 380 CNY bn bn
yeers: 3
demand: { input: 608bn, output: { low: 1, likely: many, high: 3 } }
prices: { currency: usd, input: 0.5 USD, output: 2 }
power: 1 GWh
`;
  expect(await problemsOf(text)).toEqual([
    expect.stringMatching(
      /^plan.yaml:1:1: question: expected "capital" or "demand" or "power" or "buy-or-own" or "fit" or "simulate"; found "capitol"; did you mean capital\?$/,
    ),
    expect.stringMatching(
      /^plan.yaml:2:1: capital: "bn\s+bn" is not known here.*; allowed is an amount with its currency, such as/,
    ),
    expect.stringMatching(
      /^plan.yaml:6:1: power: that is energy; power has no hours in its unit; allowed is a power such as "1 GW"/,
    ),
    expect.stringMatching(
      /^plan.yaml:4:\d+: demand.output.likely: there is no number in it; allowed is a number of tokens .*; found "many"$/,
    ),
    expect.stringMatching(
      /^plan.yaml:5:\d+: prices.currency: expected the three letters of a currency, such as USD; found "usd"$/,
    ),
    expect.stringMatching(
      /^plan.yaml:5:\d+: prices.input: its unit belongs to the field and is left out; allowed is .*; found "0.5 USD"$/,
    ),
    expect.stringMatching(/^plan.yaml:3:1: yeers: unknown field; allowed: question, title, .*; did you mean years\?$/),
  ]);
  expect(await problemsOf("question: [")).toEqual([
    expect.stringMatching(/^plan.yaml:1:1\d: this is not YAML/),
    expect.stringContaining(" | question: ["),
    expect.stringContaining("^"),
  ]);
  expect(await problemsOf("")).toEqual(["plan.yaml: expected an object; found null"]);
});

test("options win over the file, and are named in their own words", async () => {
  const file = fileWith("question: capital\ncapital: 1bn USD\nyears: 3\ncountry: DE\n");
  const document = await readPlanDocument("capital", { capital: "2 Mrd EUR" }, { file, years: "5", on: "h200" });
  expect(document).toMatchObject({
    capital: { nano: 2n * 10n ** 18n, currency: "EUR" },
    years: "5",
    hardware: "h200",
    country: "DE",
  });
  const wrong = readPlanDocument("demand", {}, { input: "lots", output: "3" });
  expect(wrong).rejects.toThrow("--input: there is no number in it; allowed is a number of tokens");
  expect(readPlanDocument("power", {}, { file })).rejects.toThrow("asks the question capital; try: sahab plan capital");
});

test("a demand is told by options, a plan.yaml or a trace, and an option wins over the file's", async () => {
  const resultsOf = async (flags: PlanFlags) => {
    const document = await readPlanDocument("demand", {}, flags);
    const { results, notes } = planJson(reportPlan((await makePlan("demand", document))(), 1)) as {
      results: Record<string, number>;
      notes: string[];
    };
    return { ...results, notes };
  };
  const trace = join(folder, "calls.jsonl");
  const call = (timestamp: number, hash_ids: number[]) =>
    JSON.stringify({ timestamp, input_length: 1024, output_length: 100, hash_ids });
  writeFileSync(trace, [call(0, [1, 2]), call(1000, [1, 3])].join("\n"));
  // Two requests in two seconds: one mean gap after the last one the next would come.
  const perDay = 86_400 * 1124;
  for (const flags of [{ file: trace }, { trace }, { file: fileWith(`trace: ${trace}\n`) }]) {
    const day = await resultsOf(flags);
    expect(day).toMatchObject({ tokens_per_day: perDay });
    expect(day.notes[0]).toMatch(/^The demand is of 2 requests of calls\.jsonl in 2 s, .* half of them likely/);
  }
  const file = fileWith("demand: { input: 3bn, output: 1bn }\n");
  expect(await resultsOf({ file })).toMatchObject({ tokens_per_day: 4e9 });
  expect(await resultsOf({ file, tokensPerDay: "2bn" })).toMatchObject({ tokens_per_day: 2e9 });
  expect(await resultsOf({ file, trace })).toMatchObject({ tokens_per_day: perDay });
  const spread = fileWith("demand: { input: 4bn, cached: 1bn..2bn..3bn, output: 1bn }\n");
  const plan = (await makePlan("demand", await readPlanDocument("demand", {}, { file: spread })))();
  expect(plan.sheet.find("cached share of input tokens")).toMatchObject({
    spread: { low: 0.25, likely: 0.5, high: 0.75 },
  });
  const both = fileWith("tokens_per_day: 1bn\ndemand: { input: 3bn, output: 1bn }\n");
  expect(resultsOf({ file: both })).rejects.toThrow("tokens_per_day and demand say the same in two ways");
  expect(resultsOf({ input: "1bn" })).rejects.toThrow(/^--output: it is missing[^\n]*$/);
});

test("assumptions are set by their names and units, and what is unknown is told with what there is", async () => {
  const document = planSchema.parse({ capital: "1bn USD", assumptions: { utilisation: 0.4 } });
  const plan = (await makePlan("capital", document))();
  const valueOf = (name: string) => plan.sheet.evaluate().of(plan.sheet.find(name));
  const set = (text: string) => applySettings(plan, [parseSetting(text)]);
  expect(valueOf("utilisation")).toBe(0.4 as never);
  set("utilisation=60%");
  set("power price=0.05..0.06 USD/kWh..0.09");
  expect(valueOf("utilisation")).toBe(0.6 as never);
  expect(valueOf("power price")).toBe(60_000_000n as never);
  const cell = plan.sheet.find("power price");
  expect(findRanges(plan.sheet, [cell]).get(cell)?.low).toBeLessThan(60_000_000);
  expect(() => set("utilization=2")).toThrow(/did you mean utilisation\? Its assumptions are: capital, /);
  expect(() => set("utilisation=2")).toThrow("allowed is a number from 0 to 1");
  expect(() => set("power price=3 EUR")).toThrow("its unit is EUR, allowed is USD/kWh");
  expect(() => set("nodes=3")).toThrow("it is a result");
  expect(() => parseSetting("utilisation")).toThrow("NAME=LOW..LIKELY..HIGH");
});

test("each kind of output is written, and wrong input ends with its status", async () => {
  const page = join(folder, "page.html");
  const capital = await runCommand(["plan", "capital", "1bn EUR", "--html", page, "--csv"]);
  expect(capital).toMatchObject({ status: 0, stderr: `Wrote ${page}\n` });
  expect(capital.stdout).toContain("\r\nresult,tokens_per_day,tokens a day,");
  const written = readFileSync(page, "utf8");
  // Three breakdowns, the curve and the sensitivity; power is one of the breakdowns.
  expect(written.match(/<svg/g)).toHaveLength(5);
  expect(written).toContain("Tokens a day by capital");
  expect(written).not.toMatch(/<script|https?:\/\/|NaN|undefined/);

  const wrong = await runCommand(["plan", "capital", "1 bilion EUR"]);
  expect(wrong).toMatchObject({ status: 2, stdout: "" });
  expect(wrong.stderr).toContain('the amount: "bilion" is not known here; did you mean billion?');
  const unknown = await runCommand(["plan", "fit", "deepseek-v3", "--on", "h900"]);
  expect(unknown).toMatchObject({ status: 2, stdout: "" });
  expect(unknown.stderr).toMatch(/^--on: there is no accelerator of that name; did you mean h800\? Allowed is one of /);
});

test("words of an amount that came apart are joined, and what may be several amounts is to be quoted", async () => {
  const told = async (...args: string[]) => {
    const { status, stdout, stderr } = await runCommand(["plan", ...args]);
    return { status, text: stdout === "" ? stderr : stdout };
  };
  const joined = ["1", "million", "USD", "--years", "3"];
  expect(await told("capital", ...joined)).toEqual(await told("capital", "1 million USD", "--years", "3"));
  expect(await told("power", "1", "GW", "--csv")).toEqual(await told("power", "1 GW", "--csv"));
  expect(await told("capital", "100", "200", "USD")).toEqual({
    status: 2,
    text: expect.stringContaining(
      'the amount: found 3 words, of which several have digits; allowed is one amount; quote it where it is one: "100 200 USD"',
    ) as string,
  });
  expect(await told("demand", "--tokens-per-day", "1", "bn")).toEqual({
    status: 2,
    text: expect.stringContaining('(quote a value of several words: --rent "2 USD")') as string,
  });
});

test("a vendor's model that is not the one on own nodes is told in each kind of output", async () => {
  const page = join(folder, "two.html");
  const asked = (buy: string, ...more: string[]) =>
    runCommand(["plan", "buy-or-own", "--tokens-per-day", "50m", "--model", "qwen3-32b", "--buy", buy, ...more]);
  const told = "Two models are compared: deepseek/deepseek-chat is bought, Qwen3-32B runs on own nodes.";
  const { stdout: json } = await asked("deepseek/deepseek-chat", "--json", "--html", page);
  const { notes, assumptions } = JSON.parse(json) as { notes: string[]; assumptions: { source: string }[] };
  expect(notes[0]).toStartWith(told);
  expect(assumptions.filter(({ source }) => source.includes("another model than Qwen3-32B"))).toHaveLength(3);
  expect(readFileSync(page, "utf8")).toContain(told);
  const { stdout: table } = await asked("deepseek/deepseek-chat");
  expect(table.replaceAll("\n", " ")).toContain(told);
  const { stdout: explained } = await asked("deepseek/deepseek-chat", "--explain", "buy_cost_per_million_tokens");
  expect(explained).toContain("[price of deepseek/deepseek-chat, by its name another model than Qwen3-32B, in Sahab's");
  const { stdout: same } = await asked("alibaba/qwen3-32b", "--json");
  expect(same).not.toMatch(/Two models|another model/);
});

test("an option tells a part of the file's demand, and --buy wins over the file's prices", async () => {
  const file = fileWith(
    "demand: { input: 4bn, cached: 1bn, output: 1bn }\nprices: { currency: USD, input: 1, output: 2 }\n",
  );
  const { demand, prices } = await readPlanDocument("demand", {}, { file, output: "2bn" });
  expect([demand!.input.likely, demand!.cached!.likely, demand!.output.likely]).toEqual([4e9, 1e9, 2e9]);
  expect(prices).toBeDefined();
  const whole = await readPlanDocument("demand", {}, { file, input: "5", output: "2", buy: "alibaba/qwen3-32b" });
  expect([whole.demand!.cached, whole.prices, whole.buy]).toEqual([undefined, undefined, "alibaba/qwen3-32b"]);
});

test.each([
  [
    "capital",
    ["5 EUR"],
    /^Cannot plan a capital of 5 EUR: DeepSeek-V3 in int4 needs at least 1 node of 8 NVIDIA H100 SXM; that takes \d{3},\d{3} EUR: \d{3},\d{3} EUR for servers, .* for staff and repairs; a smaller model/,
  ],
  [
    "power",
    ["9 kW"],
    /^Cannot plan a supply of 9 kW: DeepSeek-V3 in int4 needs at least 1 node of 8 .*; that takes 10.3 kW with cooling/,
  ],
])("%s of too little says what is missing: %j", async (question, given, error) => {
  const { status, stdout, stderr } = await runCommand(["plan", question, ...given]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(error);
});

test("an amount for two nodes has a page, though a quarter of it buys none", async () => {
  const page = join(folder, "small.html");
  const { status } = await runCommand(["plan", "capital", "1m USD", "--html", page]);
  expect(status).toBe(0);
  expect(readFileSync(page, "utf8")).toContain("Tokens a day by capital");
});

test("small amounts buy what they can, and a published speed is found by its own precision", async () => {
  const resultsOf = async (document: Record<string, unknown>) => {
    const plan = (await makePlan("capital", planSchema.parse(document)))();
    const values = plan.sheet.evaluate();
    const valueOf = (name: string) => Number(values.of(plan.sheet.find(name)));
    return { nodes: valueOf("nodes"), tokens: valueOf("tokens a day"), notes: plan.notes.join("\n") };
  };
  const box = await resultsOf({ capital: "450000 USD" });
  expect(box.nodes).toBe(1);
  expect(box.notes).toContain("weights are in 4 bits, since in fp8 they take 2 nodes");
  const workstation = await resultsOf({ capital: "9000 USD", model: "qwen3-8b", hardware: "rtx-4090", node: 1 });
  expect([workstation.nodes, workstation.tokens > 1e6]).toEqual([1, true]);
  const [published, asked] = [{}, { precision: "fp8" }].map((more) => resultsOf({ capital: "5bn USD", ...more }));
  expect(await asked).toEqual(await published!);
  expect((await published!).notes).not.toContain("roofline");
  expect((await resultsOf({ capital: "5bn USD", hardware: "mi300x" })).notes).toContain("not measured on mi300x");
  // What is set counts in the choice of how to serve.
  const cheaper = await makePlan("capital", planSchema.parse({ capital: "250000 USD" }), ({ sheet }) =>
    sheet.set("price of an accelerator", 3000),
  );
  const { sheet } = cheaper();
  expect(Number(sheet.evaluate().of(sheet.find("nodes")))).toBe(1);
});

test("idle power and a count beside another are shown for what they are", async () => {
  const { stdout } = await runCommand(["plan", "power", "1 GW", "--explain", "idle power of an accelerator"]);
  expect(stdout).toContain("[assumed]");
  const files = ["two-h100.yaml", "380bn-yuan.yaml"].map((name) => join(examples, name));
  const { stdout: compared } = await runCommand(["plan", "compare", ...files]);
  expect(compared).not.toMatch(/nodes in nodes|e\+/);
});
