import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { usualFaults } from "./agent.ts";
import type { CellFacts } from "./run-cell.ts";
import { refusal, taskFiles } from "./task.ts";

/** What in a cell is not as it must be, each in a line. */
export function findProblems(facts: CellFacts): string[] {
  return [...ends(facts), ...files(facts), ...vendorsSide(facts), ...ledger(facts), ...logged(facts)];
}

function ends({ task, second, refused }: CellFacts): string[] {
  return [
    ...(task.status === 0 ? [] : [`the task ended with ${task.status ?? "no end in time"}`]),
    ...(second === undefined || second.status === 0
      ? []
      : [`the second prompt ended with ${second.status ?? "no end in time"}`]),
    ...(refused.status === null ? ["the refused prompt had no end in time"] : []),
    // Some break lines in the middle of a sentence.
    ...(squeeze(refused.output).includes(squeeze(refusal))
      ? []
      : ["the agent does not say why its prompt was refused"]),
  ];
}

const squeeze = (text: string) => text.replaceAll(/\s+/g, "");

function files({ work }: CellFacts): string[] {
  return taskFiles.flatMap(({ name, text }) => {
    const path = join(work, name);
    const found = existsSync(path) ? readFileSync(path, "utf8") : undefined;
    return found?.trim() === text ? [] : [`${name} holds ${JSON.stringify(found?.slice(0, 80))}`];
  });
}

function vendorsSide({ vendor, agent }: CellFacts): string[] {
  const refused = vendor.requests.filter(({ outcome }) => outcome === "refused");
  const turns = new Set(vendor.requests.flatMap(({ turn }) => turn ?? []));
  const faults = agent.faults ?? usualFaults;
  const missing = faults.flatMap((_, turn) => (turns.has(turn) ? [] : [turn]));
  return [
    ...[...new Set(refused.map(({ problem }) => problem))].map((problem) => `the vendor refused a request: ${problem}`),
    ...vendor.changed.slice(0, 3),
    ...(missing.length > 0 ? [`the vendor was never asked for turn ${missing.join(", ")}`] : []),
    ...(vendor.requests.some(({ outcome }) => outcome === "told to refuse")
      ? []
      : ["the vendor never got the prompt to refuse"]),
  ];
}

/** A record for each answer, with its tokens and its cost, and one that failed for each failure that the agent saw. */
function ledger({ vendor, records, agent }: CellFacts): string[] {
  const problems: string[] = [];
  const answered = vendor.requests.flatMap(({ usage }) => usage ?? []);
  const open = records.filter(({ outcome }) => outcome === "ok");
  for (const { input, cached, output, reasoning } of answered) {
    // In half millionths of a dollar, the price of the cell.
    const halves = (input - cached) * 2 + cached + output * 6;
    const at = open.findIndex(
      ({ tokens, cost, estimated }) =>
        tokens.input === input &&
        tokens.cached_input === cached &&
        tokens.output === output &&
        tokens.reasoning === reasoning &&
        Number(cost) === halves / 2_000_000 &&
        !estimated,
    );
    if (at === -1) problems.push(`no record of an answer of ${input} and ${output} tokens`);
    else open.splice(at, 1);
  }
  if (open.length > 0) problems.push(`${open.length} records of answers that the vendor never gave`);
  const seen = (agent.faults ?? usualFaults).filter((faults) => faults.length > 1).length;
  const failed = records.filter(({ outcome, attempts }) => outcome !== "ok" && attempts > 1);
  if (failed.length !== seen) problems.push(`${failed.length} records of failures that the agent saw, not ${seen}`);
  return problems;
}

/** Sahab's log has warnings of what went wrong at the vendor, and no errors. */
function logged({ log }: CellFacts): string[] {
  const errors = log.split("\n").filter((line) => /"level":"(?:error|fatal)"/.test(line));
  return errors.slice(0, 2).map((line) => `an error in the log: ${line.slice(0, 300)}`);
}
