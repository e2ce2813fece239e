import { InvalidArgumentError, Option, type Command } from "commander";
import { joinWords } from "./plan/join-words.ts";
import type { Question } from "./plan/plan-schema.ts";
import type { CompareOptions } from "./plan/run-compare.ts";
import type { ListKind } from "./plan/run-list.ts";
import type { QuestionOptions } from "./plan/run-question.ts";

export function addPlan(program: Command): void {
  const plan = program
    .command("plan")
    .description("calculate from money, power or demand to machines, tokens and cost; needs no server")
    .addHelpText(
      "after",
      `
Every figure follows from assumptions, each with its source and a range: --explain shows how, --set changes one.
All questions take options or a plan.yaml (-f), and print a table, --csv or --json, or write a page (--html).
Examples:
  sahab plan capital "380bn CNY" --years 3
  sahab plan demand --tokens-per-day 776bn --model deepseek-v3 --on h800
  sahab plan power "1 GW" --country FR --html reactor.html
  sahab plan buy-or-own --tokens-per-day 50m --model qwen3-32b --node 2 --buy alibaba/qwen3-32b
  sahab plan fit deepseek-v3 --on h200 --context 32k
  sahab plan simulate trace.jsonl --first-token 2
  sahab plan compare own.yaml rented.yaml
  sahab plan list hardware
Exit status: 0 answered; 1 the answer is no (too little for one node, a model that does not fit, a goal that is not
kept), or a file cannot be read, used or written; 2 wrong usage (an option, an amount or a name that is not known).`,
    );

  addQuestion(
    takingAmount(plan.command("capital"), "amount"),
    "what an amount of money buys: machines, megawatts, tokens a day",
    [
      `sahab plan capital "380bn CNY" --years 3`,
      `sahab plan capital "5 Mrd EUR" --country DE --explain "cost of a million tokens"`,
      `sahab plan capital -f plan.yaml --set utilisation=60% --json`,
    ],
  )
    .argument("[amount...]", `all that is spent, such as "380bn CNY", '$3.5 million' or "5 Mrd EUR"`)
    .option("--years <years>", "years that it is spent over (3)")
    .action((words: string[], options: QuestionOptions) =>
      run("capital", { capital: joinWords(words, "amount") }, options),
    );

  addTokens(
    addQuestion(
      hintingQuotes(plan.command("demand"), `--rent "2 USD"`),
      "the machines, cost and power that a day's tokens take",
      [
        "sahab plan demand --tokens-per-day 2e12 --model deepseek-v3 --on h800",
        `sahab plan demand --input 608bn --cached 342bn --output 168bn --rent "2 USD"`,
        "sahab plan demand -f examples/plans/deepseek-day.yaml --json",
      ],
    ),
  )
    .option("--rent <amount>", 'rent of an accelerator for an hour, such as "2 USD"; nodes are owned without it')
    .action((options: QuestionOptions) => run("demand", {}, options));

  addQuestion(
    takingAmount(plan.command("power"), "power"),
    "the machines and tokens a day that a site's power serves, and their capital",
    [
      `sahab plan power "1 GW"`,
      `sahab plan power "1 GW" --supply reactor --country FR`,
      `sahab plan power "300 MW" --country NO --on b200 --html site.html`,
    ],
  )
    .argument("[power...]", 'of the whole site, such as "1 GW" or "300 MW"')
    .addOption(
      new Option("--supply <kind>", "a country's grid, or a reactor for the site alone (grid)").choices([
        "grid",
        "reactor",
      ]),
    )
    .action((words: string[], options: QuestionOptions) => run("power", { power: joinWords(words, "power") }, options));

  addTokens(
    addQuestion(
      hintingQuotes(plan.command("buy-or-own"), `--tokens-per-day "50 million"`),
      "from which use on own machines cost less than a vendor's tokens",
      [
        "sahab plan buy-or-own --tokens-per-day 50m --model qwen3-32b --node 2 --buy alibaba/qwen3-32b",
        "sahab plan buy-or-own -f examples/plans/two-h100.yaml",
      ],
    ),
  )
    .option("--buy <vendor/model>", "a vendor's model, whose price the catalogue knows")
    .action((options: QuestionOptions) => run("buy-or-own", {}, options));

  addFit(hintingQuotes(plan.command("fit"), `--context "32 k"`));

  addWays(
    plan
      .command("compare")
      .description("two plans side by side, in the currency of the first")
      .argument("<a>", "a plan.yaml that names its question")
      .argument("<b>", "another one"),
    ["sahab plan compare own.yaml rented.yaml", "sahab plan compare 2026.yaml 2027.yaml --html both.html"],
    "an assumption of both plans",
  ).action(async (a: string, b: string, options: CompareOptions) => {
    const { runCompare } = await import("./plan/run-compare.ts");
    await tellFaults(() => runCompare(a, b, options));
  });

  addSimulate(plan.command("simulate"));

  plan
    .command("list")
    .description("the hardware, models, countries and published speeds that plans know")
    .argument("[what]", "hardware, models, sites or serving; all of them without it", parseKind)
    .option("--json", "print them as JSON, with sources")
    .addHelpText("after", examples(["sahab plan list hardware", "sahab plan list models --json"]))
    .action(async (kind: ListKind | undefined, options: { json?: boolean }) => {
      const { listKinds, runList } = await import("./plan/run-list.ts");
      runList(kind === undefined ? listKinds : [kind], options);
    });
}

/** A negative amount looks like an option; the command says what it is instead. */
function takingAmount(command: Command, name: string): Command {
  return command.configureOutput({
    outputError: (text, write) => {
      const [, found] = /unknown option '(-\s*[\d.].*)'/.exec(text) ?? [];
      write(found === undefined ? text : `the ${name}: it is negative; allowed is more than 0; found "${found}"\n`);
    },
  });
}

/** A value of several words comes apart in a shell; the command says how it stays whole. */
function hintingQuotes(command: Command, example: string): Command {
  return command.configureOutput({
    outputError: (text, write) => {
      write(text);
      if (text.includes("too many arguments")) write(`(quote a value of several words: ${example})\n`);
    },
  });
}

/** What all questions share: where the plan is from, its assumptions, and how it is shown. */
function addWays(command: Command, lines: readonly string[], set = "an assumption"): Command {
  return command
    .option("--set <name=value>", `${set}, or NAME=LOW..LIKELY..HIGH; may be repeated`, collect)
    .option("--seed <number>", "of the samples that ranges are from (1)")
    .option("--html <file>", "write one page with charts")
    .addOption(new Option("--csv", "print results and assumptions as CSV").conflicts("json"))
    .option("--json", "print results, ranges and assumptions as JSON")
    .addHelpText("after", examples(lines));
}

/** Ways of a question that is asked of one plan. */
function addOnePlan(command: Command, lines: readonly string[]): Command {
  return addWays(
    command.option("-f, --file <file>", "a plan.yaml; options here win over it; - reads standard input"),
    lines,
  ).option(
    "--explain [figure]",
    "show how a figure comes about, down to assumptions with their sources; all results without a name",
  );
}

/** What questions about a fleet of nodes share. */
function addQuestion(command: Command, description: string, lines: readonly string[]): Command {
  return addOnePlan(
    command
      .description(description)
      .option("--model <model>", "a known model, a GGUF file or a config.json (deepseek-v3)")
      .option("--on <hardware>", `${hardware}; h800 in China)`)
      .option("--node <count>", "accelerators of a node (as many as its host carries)")
      .addOption(precision())
      .option("--country <country>", "where machines are, such as FR; sahab plan list sites has all (the currency's)")
      .option("--currency <code>", "of the results, such as EUR (the amount's, else USD)"),
    lines,
  );
}

function addTokens(command: Command): Command {
  return command
    .option("--tokens-per-day <tokens>", "input and output together, in the mix of DeepSeek's published day")
    .option("--input <tokens>", "input tokens a day, cached ones included")
    .option("--cached <tokens>", "input tokens a day that a prefix cache has (0)")
    .option("--output <tokens>", "output tokens a day")
    .option("--trace <file>", "requests as they came, as many a second all day; -f takes a .csv or .jsonl as well");
}

function addFit(command: Command): void {
  addOnePlan(
    command
      .description("how a model fits in the memory of accelerators: precision, context, slots")
      .argument("[model]", "a known model, a GGUF file or a config.json of Hugging Face")
      .option("--on <hardware>", `${hardware})`)
      .option("--accelerators <count>", "how many there are (as few as it takes)")
      .option("--context <tokens>", "tokens of each slot (32,768)")
      .option("--slots <count>", "sequences at once (16)")
      .addOption(precision("bf16, fp8 and int4 beside each other"))
      .addOption(kept()),
    [
      "sahab plan fit deepseek-v3 --on h800 --accelerators 8",
      "sahab plan fit ./model.gguf --on rtx-4090 --context 32k",
    ],
  ).action((model: string | undefined, options: QuestionOptions) => run("fit", { model }, options));
}

function addSimulate(command: Command): void {
  addOnePlan(
    command
      .description("replay a trace of requests through Sahab's router: the replicas that a latency goal takes")
      .argument("[trace]", "a file in the format of Mooncake (lines of JSON) or of Azure's traces (CSV)")
      .option("--model <model>", "a known model, a GGUF file or a config.json (llama-3.1-70b)")
      .option("--on <hardware>", `${hardware})`)
      .option("--accelerators <count>", "of a replica (8)")
      .addOption(precision())
      .addOption(kept())
      .option("--replicas <count>", "replay with so many, instead of looking for the least that keep the goal")
      .option("--first-token <seconds>", "the goal: 99 % of first tokens within so many seconds (2)")
      .option("--own-prefill <factor>", "and so many times the prefill of the request's own prompt (0)")
      .option("--time-per-token <ms>", "and a token every so many milliseconds (no such goal)")
      .option("--rate <factor>", "requests come so many times as fast; LOW..LIKELY..HIGH for a range (1)")
      .option("--repeat <times>", "the trace so many times, one after the other (1)")
      .addOption(
        new Option("--routing <by>", "what the router looks at (prefix)").choices(["prefix", "load", "chance"]),
      )
      .addOption(
        new Option("--prefill <how>", "prompts in pieces beside tokens, or whole (pieces)").choices([
          "pieces",
          "whole",
        ]),
      )
      .option("--samples <count>", "that ranges are from; 0 for none (as many as a few seconds have room for)"),
    [
      "sahab plan simulate conversation_trace.jsonl --first-token 2 --own-prefill 1.5",
      "sahab plan simulate AzureLLMInferenceTrace_conv.csv --on a100-80gb --rate 4",
      "sahab plan simulate trace.jsonl --replicas 4 --routing load --json",
    ],
  ).action((trace: string | undefined, options: QuestionOptions) => run("simulate", { trace }, options));
}

async function run(
  question: Question,
  given: Record<string, string | undefined>,
  options: QuestionOptions,
): Promise<void> {
  const { runQuestion } = await import("./plan/run-question.ts");
  await tellFaults(() => runQuestion(question, given, options));
}

async function tellFaults(ask: () => Promise<void>): Promise<void> {
  const faults = await import("./plan/tell-faults.ts");
  await faults.tellFaults(ask);
}

const hardware = "an accelerator; sahab plan list hardware has all (h100-sxm";
const precision = (unless = "the model's own") =>
  new Option("--precision <precision>", `of the weights (${unless})`).choices([
    "f32",
    "bf16",
    "f16",
    "fp8",
    "int8",
    "int4",
  ]);
const kept = () => new Option("--kept <precision>", "of keys and values (f16)").choices(["f16", "fp8"]);

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function parseKind(text: string): string {
  const kinds = ["hardware", "models", "sites", "serving"];
  if (!kinds.includes(text)) throw new InvalidArgumentError(`Allowed: ${kinds.join(", ")}.`);
  return text;
}
