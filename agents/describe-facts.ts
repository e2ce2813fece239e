import type { CellFacts } from "./run-cell.ts";
import type { Ran } from "./run-program.ts";

/** What an agent said and what the vendor was asked: for a person who looks for what is wrong. */
export function describeFacts({ vendor, task, second, refused, records, log }: CellFacts): string {
  return [
    ...vendor.requests.map(
      ({ path, turn, outcome, problem, usage }) =>
        `vendor: ${path} ${turn === undefined ? "besides" : `turn ${turn}`}: ${outcome}${problem === undefined ? "" : ` (${problem})`}${usage ? ` ${usage.input}/${usage.output}` : ""}`,
    ),
    ...records.map(
      ({ operation, outcome, status, attempts, tokens, cost, dialect }) =>
        `record: ${dialect} ${operation} ${status} ${outcome} ${attempts} attempts, ${tokens.input}/${tokens.output} ${cost}`,
    ),
    ...vendor.requests
      .filter(({ outcome }) => outcome === "refused")
      .map(({ body }) => `refused request: ${JSON.stringify(body).slice(0, 1_500)}`),
    said("task", task),
    ...(second ? [said("second prompt", second)] : []),
    said("refused prompt", refused),
    `Sahab's log:\n${log.slice(-3_000)}`,
  ].join("\n");
}

function said(what: string, { status, output, tookMs }: Ran): string {
  return `${what}: status ${status}, ${Math.round(tookMs)} ms\n${output.slice(-2_500)}`;
}
