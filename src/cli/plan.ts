import { InvalidArgumentError, Option, type Command } from "commander";
import type { CompareOptions } from "./plan/run-compare.ts";
import type { FitOptions } from "./plan/run-fit.ts";
import type { ListKind } from "./plan/run-list.ts";
import type { QuestionOptions } from "./plan/run-question.ts";
import type { SimulateOptions } from "./plan/run-simulate.ts";

export function addPlan(program: Command): void {
  const plan = program
    .command("plan")
    .description("reckon from money, power or demand to machines, tokens and cost; needs no server")
    .addHelpText(
      "after",
      `
Every figure is reckoned from assumptions, each with its source and a range: --explain shows how, --set changes one.
Examples:
  sahab plan capital "380bn CNY" --years 3
  sahab plan power "1 GW" --country FR --html reactor.html
  sahab plan demand --tokens-per-day 776bn --model deepseek-v3 --on h800
  sahab plan fit deepseek-v3 --on h200 --context 32768
  sahab plan list hardware`,
    );

  addQuestion(plan.command("capital"), "what an amount of money buys: machines, megawatts, tokens a day", [
    `sahab plan capital "380bn CNY" --years 3`,
    `sahab plan capital "5 Mrd EUR" --country DE --explain "cost of a million tokens"`,
    `sahab plan capital -f plan.yaml --set utilisation=60% --json`,
  ])
    .argument("[amount]", 'all that is spent, such as "380bn CNY", "$3.5 million" or "5 Mrd EUR"')
    .option("--years <years>", "years that it is spent over")
    .action((amount: string | undefined, options: QuestionOptions) =>
      runQuestion("capital", { capital: amount }, options),
    );

  addTokens(
    addQuestion(plan.command("demand"), "the machines, cost and power that a day's tokens take", [
      "sahab plan demand --tokens-per-day 2e12 --model deepseek-v3 --on h800",
      `sahab plan demand --input 608bn --cached 342bn --output 168bn --rent "2 USD"`,
      "sahab plan demand -f examples/plans/deepseek-day.yaml --json",
    ]),
  )
    .option("--rent <amount>", 'rent of an accelerator for an hour, such as "2 USD"; owned without it')
    .action((options: QuestionOptions) => runQuestion("demand", {}, options));

  addQuestion(plan.command("power"), "the machines and tokens a day that a site's power serves, and their capital", [
    `sahab plan power "1 GW"`,
    `sahab plan power "1 GW" --supply reactor --country FR`,
    `sahab plan power "300 MW" --country NO --on b200 --html site.html`,
  ])
    .argument("[power]", 'of the whole site, such as "1 GW" or "300 MW"')
    .addOption(
      new Option("--supply <kind>", "a country's grid, or a reactor for the site alone").choices(["grid", "reactor"]),
    )
    .action((power: string | undefined, options: QuestionOptions) => runQuestion("power", { power }, options));

  addTokens(
    addQuestion(plan.command("buy-or-own"), "from which use on own machines cost less than a vendor's tokens", [
      "sahab plan buy-or-own --model llama-3.1-70b --on h100-sxm --node 2 --tokens-per-day 50m --buy azure/meta-llama-3.1-70b-instruct",
      "sahab plan buy-or-own -f examples/plans/two-h100.yaml",
    ]),
  )
    .option("--buy <vendor/model>", "a vendor's model, whose price the catalogue knows")
    .action((options: QuestionOptions) => runQuestion("buy-or-own", {}, options));

  plan
    .command("fit")
    .description("how a model fits in the memory of accelerators: precision, context, slots")
    .argument("<model>", "a known model, a GGUF file or a config.json of Hugging Face")
    .requiredOption("--on <hardware>", "an accelerator, such as h100-sxm; sahab plan list hardware has all")
    .option("--accelerators <count>", "how many there are (as few as it takes)", wholeNumber(1, 100_000))
    .option("--context <tokens>", "tokens of each slot", wholeNumber(1, 100_000_000), 32_768)
    .option("--slots <count>", "sequences at once", wholeNumber(1, 1_000_000), 16)
    .addOption(precision())
    .addOption(kept())
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      examples(["sahab plan fit deepseek-v3 --on h800 --accelerators 8", "sahab plan fit ./model.gguf --on rtx-4090"]),
    )
    .action(async (model: string, options: FitOptions) => {
      const { runFit } = await import("./plan/run-fit.ts");
      await toldFaults(() => runFit(model, options));
    });

  plan
    .command("compare")
    .description("two plans side by side")
    .argument("<a>", "a plan.yaml that names its question")
    .argument("<b>", "another one")
    .option("--set <name=value>", "an assumption of both plans; may be repeated", collect, [])
    .option("--seed <number>", "of the samples that ranges are from (1)", wholeNumber(0, 0xffffffff))
    .addOption(new Option("--csv", "print it as CSV").conflicts("json"))
    .option("--json", "print it as JSON")
    .addHelpText("after", examples(["sahab plan compare own.yaml rented.yaml"]))
    .action(async (a: string, b: string, options: CompareOptions) => {
      const { runCompare } = await import("./plan/run-compare.ts");
      await toldFaults(() => runCompare(a, b, options));
    });

  addSimulate(plan.command("simulate"));

  plan
    .command("list")
    .description("the hardware, models, countries and published speeds that plans know")
    .argument("[what]", "hardware, models, sites or serving; all of them without it", parseKind)
    .option("--json", "print them as JSON, with sources")
    .action(async (kind: ListKind | undefined, options: { json?: boolean }) => {
      const { listKinds, runList } = await import("./plan/run-list.ts");
      runList(kind === undefined ? listKinds : [kind], options);
    });
}

/** What all questions share: where the plan is from, its assumptions, and how it is shown. */
function addQuestion(command: Command, description: string, lines: readonly string[]): Command {
  return command
    .description(description)
    .option("-f, --file <file>", "a plan.yaml; options here win over it; - reads standard input")
    .option("--model <model>", "a known model, a GGUF file or a config.json (deepseek-v3)")
    .option("--on <hardware>", "an accelerator, such as h100-sxm; sahab plan list hardware has all")
    .option("--node <count>", "accelerators of a node")
    .addOption(precision())
    .option("--country <code>", "where machines are, such as FR; sahab plan list sites has all")
    .option("--currency <code>", "of the results, such as USD")
    .option("--set <name=value>", "an assumption, or NAME=LOW..LIKELY..HIGH; may be repeated", collect, [])
    .option("--seed <number>", "of the samples that ranges are from (1)", wholeNumber(0, 0xffffffff))
    .option(
      "--explain [figure]",
      "show how a figure comes about, down to assumptions with their sources; all results without a name",
    )
    .option("--html <file>", "write one page with charts")
    .addOption(new Option("--csv", "print results and assumptions as CSV").conflicts("json"))
    .option("--json", "print results, ranges and assumptions as JSON")
    .addHelpText("after", examples(lines));
}

function addTokens(command: Command): Command {
  return command
    .option("--tokens-per-day <tokens>", "input and output together, in the usual mix")
    .option("--input <tokens>", "input tokens a day, cached ones included")
    .option("--cached <tokens>", "input tokens a day that a prefix cache has")
    .option("--output <tokens>", "output tokens a day");
}

function addSimulate(command: Command): void {
  command
    .description("replay a trace of requests through Sahab's router: the replicas that a latency goal takes")
    .argument("<trace>", "a file in the format of Mooncake (lines of JSON) or of Azure's traces (CSV)")
    .option("--model <model>", "a known model, a GGUF file or a config.json", "llama-3.1-70b")
    .option("--on <hardware>", "an accelerator", "h100-sxm")
    .option("--accelerators <count>", "of a replica", wholeNumber(1, 1024), 8)
    .addOption(precision())
    .addOption(kept())
    .option("--replicas <count>", "replay with so many, instead of looking for the least", wholeNumber(1, 4096))
    .option("--first-token <seconds>", "the goal: 99 % of first tokens within so many seconds", positive, 2)
    .option("--own-prefill <factor>", "and so many times the prefill of the request's own prompt", notNegative, 0)
    .option("--time-per-token <ms>", "and a token every so many milliseconds", positive)
    .option("--rate <factor>", "requests come so many times as fast", positive, 1)
    .option("--repeat <times>", "the trace so many times, one after the other", wholeNumber(1, 1000), 1)
    .addOption(
      new Option("--routing <by>", "what the router looks at").choices(["prefix", "load", "chance"]).default("prefix"),
    )
    .addOption(
      new Option("--prefill <how>", "prompts in pieces beside tokens, or whole")
        .choices(["pieces", "whole"])
        .default("pieces"),
    )
    .option("--seed <number>", "of turns between equal replicas", wholeNumber(0, 0xffffffff), 1)
    .option("--json", "print it as JSON")
    .addHelpText(
      "after",
      examples([
        "sahab plan simulate conversation_trace.jsonl --first-token 2 --own-prefill 1.5",
        "sahab plan simulate AzureLLMInferenceTrace_conv.csv --on a100-80gb --rate 4",
        "sahab plan simulate trace.jsonl --replicas 4 --routing load --json",
      ]),
    )
    .action(async (trace: string, options: SimulateOptions) => {
      const { runSimulate } = await import("./plan/run-simulate.ts");
      await toldFaults(() => runSimulate(trace, options));
    });
}

async function runQuestion(
  question: "capital" | "demand" | "power" | "buy-or-own",
  given: Record<string, string | undefined>,
  options: QuestionOptions,
): Promise<void> {
  const { runQuestion: run } = await import("./plan/run-question.ts");
  await toldFaults(() => run(question, given, options));
}

async function toldFaults(run: () => Promise<void>): Promise<void> {
  const { tellFaults } = await import("./plan/tell-faults.ts");
  await tellFaults(run);
}

const precision = () =>
  new Option("--precision <precision>", "of the weights").choices(["f32", "bf16", "f16", "fp8", "int8", "int4"]);
const kept = () => new Option("--kept <precision>", "of keys and values").choices(["f16", "fp8"]).default("f16");

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

function parseKind(text: string): string {
  const kinds = ["hardware", "models", "sites", "serving"];
  if (!kinds.includes(text)) throw new InvalidArgumentError(`Allowed: ${kinds.join(", ")}.`);
  return text;
}

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`Allowed: a whole number from ${least} to ${most}.`);
    return value;
  };
}

function positive(text: string): number {
  const value = notNegative(text);
  if (value === 0) throw new InvalidArgumentError("Allowed: a number above 0.");
  return value;
}

function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1e9))
    throw new InvalidArgumentError("Allowed: a number from 0 on.");
  return value;
}
