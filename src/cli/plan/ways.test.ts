import { afterAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explain } from "../../planner/sheet/index.ts";
import { runCommand } from "../../testing/run-command.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { explainText } from "./explain-text.ts";
import { makePlan } from "./make-plan.ts";
import { planJson } from "./plan-json.ts";
import { reportPlan } from "./plan-report.ts";
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

const nano = join(import.meta.dir, "..", "..", "..", "models", "nano", "nano.gguf");
const rows = Array.from({ length: 40 }, (_, place) => {
  return JSON.stringify({ timestamp: place * 250, input_length: 600, output_length: 40, hash_ids: [0, place + 1] });
});
const trace = fileOf("trace.jsonl", rows.join("\n"));

/** What a question says to options or to a plan.yaml. */
async function ask(question: Question, flags: PlanFlags, argument: Record<string, string> = {}) {
  const document = await readPlanDocument(question, argument, flags);
  const plan = (await makePlan(question, document))();
  const report = reportPlan(plan, 1);
  const { table, json, isYes } = plan.view!;
  return { plan, report, table: table(report), json: { ...planJson(report), ...json(report) }, isYes: isYes() };
}

test("a model that comes as a file fits as its header says, by options or by a plan.yaml", async () => {
  const { json } = await ask("fit", { on: "l40s", context: "1000" }, { model: nano });
  const { fits } = json as unknown as { fits: { accelerators_needed: number }[] };
  expect(fits.map((one) => one.accelerators_needed)).toEqual([1, 1, 1]);
  const file = fileOf("fit.yaml", `question: fit\nmodel: ${nano}\nhardware: l40s\ncontext: 1k\n`);
  expect((await ask("fit", { file })).json).toEqual(json);
});

test("a trace is replayed: the goal and that it is kept, ranges, and the same from a plan.yaml", async () => {
  const flags = { model: "qwen3-8b", accelerators: "1", firstToken: "0.03", ownPrefill: "0.5" };
  const { json, report, table } = await ask("simulate", flags, { trace });
  expect(json).toMatchObject({
    replicas: 1,
    requests: 40,
    goal: { first_token_ms: 30, own_prefill_factor: 0.5, kept: true },
  });
  const first = report.results.find(({ key }) => key === "first_token_p99_s")!;
  expect(first.range!.low).toBeLessThan(first.value);
  expect(first.range!.high).toBeGreaterThan(first.value);
  const { requests_in_each_replica: inEach, whole_ms: whole } = json as unknown as {
    requests_in_each_replica: number;
    whole_ms: { mean: number };
  };
  // Little's law: four requests a second, each in the replica for as long as its whole answer takes.
  expect(inEach / (4 * whole.mean)).toBeCloseTo(1e-3, 4);
  expect(table).toMatch(
    /Goal: 99 % of first tokens within 0\.03 s \+ 0\.5 × the prefill of the request's\s+own\s+prompt\.\nKept by 1 replica, the least number: 99 % come within 0\.0\d+ \(.*\)\s+s\s+\+\s+0\.5 × that\s+prefill\./,
  );
  expect(table).toMatch(/first token .* \([\d.]+ – [\d.]+\) s/);
  const file = fileOf(
    "simulate.yaml",
    `question: simulate\ntrace: ${trace}\nmodel: qwen3-8b\naccelerators: 1\ngoal: { first_token: 0.03, own_prefill: 0.5 }\n`,
  );
  expect((await ask("simulate", { file })).json).toEqual(json);
});

test("slower replicas and more requests need more of them; without samples there are no ranges", async () => {
  const flags = { model: "llama-3.1-70b", accelerators: "4", firstToken: "0.2", rate: "20", samples: "0" };
  const needed = async (more: PlanFlags, set?: string) => {
    const document = await readPlanDocument("simulate", { trace }, { ...flags, ...more });
    const plan = (await makePlan("simulate", document))();
    if (set) applySettings(plan, [parseSetting(set)]);
    const report = reportPlan(plan, 1);
    expect(report.results.some(({ range }) => range)).toBe(false);
    return report.results.find(({ key }) => key === "replicas")!.value;
  };
  const usual = await needed({});
  expect(await needed({ rate: "200" })).toBeGreaterThan(usual);
  expect(await needed({}, "speed of prefill by the roofline's=0.1")).toBeGreaterThan(usual);
});

test("an hour of Azure's size has ranges unless told otherwise; what takes longer, for its blocks too, has fewer or none", async () => {
  const samplesOf = async (requests: number, blocks: number) => {
    const rows = Array.from({ length: requests }, (_, at) =>
      blocks === 0
        ? `2023-11-16 18:${String(at % 60).padStart(2, "0")}:00,100,10`
        : JSON.stringify({
            timestamp: at,
            input_length: 512 * blocks,
            output_length: 10,
            hash_ids: Array.from({ length: blocks }, (_, block) => at * blocks + block),
          }),
    );
    const head = blocks === 0 ? ["TIMESTAMP,ContextTokens,GeneratedTokens"] : [];
    const file = fileOf("many", [...head, ...rows].join("\n"));
    return (await makePlan("simulate", await readPlanDocument("simulate", { trace: file }, {})))().view?.samples;
  };
  expect(await samplesOf(20_000, 0)).toBe(40);
  expect(await samplesOf(20_000, 4)).toBe(20);
  expect(await samplesOf(20_000, 20)).toBe(0);
});

test("a goal that is not kept is a no", async () => {
  const flags = { model: "qwen3-8b", accelerators: "1", samples: "0", timePerToken: "0.5" };
  const sought = await ask("simulate", flags, { trace });
  expect(sought.table).toContain("No number of replicas keeps it.");
  expect([sought.isYes, (sought.json as { replicas?: number }).replicas]).toEqual([false, null as never]);
  const told = await ask("simulate", { ...flags, replicas: "2" }, { trace });
  expect(told.table).toContain("Not kept by 2 replicas: 99 % come within");
  const without = await ask("simulate", { model: "qwen3-8b", samples: "0", replicas: "2" }, { trace });
  expect([told.isYes, without.isYes]).toEqual([false, true]);
  expect(without.table).not.toContain("Goal");
});

test("no more context is counted than the model has, whatever is asked for or set later", async () => {
  const { plan, table, json } = await ask("fit", { precision: "bf16", context: "1k" }, { model: "gemma-2-9b" });
  expect(table).toContain("gemma-2-9b-it has a context of 8,192 tokens at most.");
  expect(json).toMatchObject({ context: 1000, model_context_max: 8192, fits: [{ nodes_needed: 1 }] });
  applySettings(plan, [parseSetting("tokens of a slot=32000")]);
  expect(plan.view!.table(reportPlan(plan, 1))).toMatch(/16 slots with 8,192 tokens each[^]*\bnot\s+32,000/);
});

test("a replay says that a chip was not measured, and that the trace is longer than the model's context", async () => {
  const asked = async (flags: PlanFlags, file: string) =>
    (await ask("simulate", { accelerators: "1", samples: "0", ...flags }, { trace: file })).report;
  const blocks = Array.from({ length: 18 }, (_, place) => place + 100);
  const row = { timestamp: 9, input_length: 9000, output_length: 40, hash_ids: blocks };
  const long = fileOf("long.jsonl", `${rows[0]}\n${JSON.stringify(row)}`);
  const { notes, assumptions } = await asked({ model: "gemma-2-9b", on: "mi300x" }, long);
  expect(notes.join("\n")).toMatch(
    /^Speeds are of a roofline, not measured on mi300x: .* of h100-sxm\.\n1 of the trace's 2 requests take more .*\(8,192; the longest takes 9,040\)/,
  );
  const speed = assumptions.find(({ name }) => name === "speed of prefill by the roofline's");
  expect(speed).toMatchObject({ low: 0.3, high: 1.7 });
  expect((await asked({ model: "gemma-2-9b" }, trace)).notes).toEqual(["No ranges were asked for."]);
});

const command = (...words: string[]) => runCommand(["plan", ...words]);

test("what does not fit ends with 1, and says how many it takes, and why", async () => {
  const words = ["fit", "deepseek-v3", "--on", "h800", "--accelerators", "8", "--precision", "bf16"];
  const { status, stdout } = await command(...words, "--csv");
  expect(status).toBe(1);
  expect(stdout).toContain("\r\nresult,accelerators_needed_bf16,accelerators needed in bf16,24,");
  const { plan, table, isYes } = await ask(
    "fit",
    { on: "h800", accelerators: "8", precision: "bf16" },
    { model: "deepseek-v3" },
  );
  expect(table).toMatch(/bf16 +1\.34 TB +36\.8 GB +24 \(3 nodes\) +no, not on 8/);
  expect(table).toContain("In bf16 it does not fit on 8: it needs 24 accelerators, 3 nodes of 8.");
  expect(isYes).toBe(false);
  const text = explainText(explain(plan.sheet, plan.sheet.find("accelerators needed in bf16")));
  expect(text).toMatch(/memory of an accelerator = 80 GB\/accelerator {3}\[/);
  expect(text).toMatch(/usable part of memory = 0\.9 {3}\[0\.85 – 0\.95; vLLM's default/);
});

test("plans in two currencies and of two questions are lined up, and what is unlike is said", async () => {
  const own = fileOf("own.yaml", "question: capital\ncapital: 1bn EUR\ntitle: <script>alert(1)</script>\n");
  const day = fileOf("day.yaml", "question: demand\ntokens_per_day: 2e12\ncurrency: CNY\nrent: 2 USD\n");
  const page = join(folder, "both.html");
  const { stdout, status } = await command("compare", own, day, "--html", page);
  expect(status).toBe(0);
  expect(stdout).toMatch(/cost of a\s+million tokens\s+in\s+EUR\/million\s+tokens \*\s+0\.\d+ \(.*\)\s+0\.\d+ \(?/);
  expect(stdout).toMatch(/Amounts of B are converted from CNY to EUR: 1 EUR is 7\.82611 CNY \(by way of USD/);
  expect(stdout).toMatch(/\* nodes: not calculated alike\. A: capital ÷ spending/);
  const written = readFileSync(page, "utf8");
  expect(written).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  expect(written).not.toMatch(/<script|https?:\/\/|NaN|undefined/);
});

test("what cannot be meant ends with 2, and help tells the rule", async () => {
  expect(await command("capital", "-5 USD")).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^the amount: it is negative; allowed is more than 0; found "-5 USD"/),
  });
  const { stdout } = await command("--help");
  expect(stdout).toContain("Exit status: 0 answered; 1 the answer is no");
  expect(stdout).not.toContain("reckon");
});
