import type { FieldCase } from "./field-case.ts";
import { short } from "./findings.ts";
import { judgeSafely, later, trialOf, type Lane } from "./trials.ts";
import { openWorld } from "./world.ts";

type Verdict = "right" | "WRONG" | "later";

interface Row {
  name: string;
  verdict: Verdict;
  expected: string;
  got: string;
  faults: readonly string[];
}

/** How many trials of a lane run at once. */
const widths: Record<Lane, number> = { many: 8, local: 4, configured: 1, network: 4, quiet: 1 };

/** Tries cases on the running product; `all` are those that they may refer to. */
export async function runFieldCases(all: readonly FieldCase[], cases = all): Promise<Row[]> {
  const world = await openWorld(all);
  const rows = new Map<string, Row>();
  const runLane = async (lane: Lane) => {
    const waiting = cases.filter((fieldCase) => trialOf(fieldCase)?.lane === lane);
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const fieldCase = next;
        const { run } = trialOf(fieldCase) as NonNullable<ReturnType<typeof trialOf>>;
        const { got, faults } = await judgeSafely(() => run(world, fieldCase));
        rows.set(fieldCase.name, row(fieldCase, faults.length === 0 ? "right" : "WRONG", got.join("; "), faults));
      }
    };
    await Promise.all(Array.from({ length: widths[lane] }, worker));
  };
  try {
    await Promise.all((["many", "local", "configured", "network"] as const).map(runLane));
    await runLane("quiet");
  } finally {
    await world.close();
  }
  return cases.map((fieldCase) => rows.get(fieldCase.name) ?? untried(fieldCase));
}

function untried(fieldCase: FieldCase): Row {
  const reason = later[fieldCase.name];
  if (reason !== undefined) return row(fieldCase, "later", reason, []);
  return row(fieldCase, "WRONG", "", ["nobody has written what is right for this case"]);
}

function row(fieldCase: FieldCase, verdict: Verdict, got: string, faults: readonly string[]): Row {
  return { name: fieldCase.name, verdict, expected: short(fieldCase.expected, 70), got, faults };
}

/** A line for each case, and below it a line for each fault; what is wrong comes last, where an end that is kept still has it. */
export function formatRows(rows: readonly Row[]): string {
  const isWrong = ({ verdict }: Row) => verdict === "WRONG";
  const sorted = [...rows.filter((one) => !isWrong(one)), ...rows.filter(isWrong)];
  const lines = sorted.flatMap(({ name, verdict, expected, got, faults }) => [
    `${verdict.padEnd(6)} ${name.padEnd(32)} | ${expected.padEnd(70)} | ${short(got, 160)}`,
    ...faults.slice(0, 6).map((fault) => `         - ${short(fault, 240)}`),
  ]);
  const count = (verdict: Verdict) => rows.filter((one) => one.verdict === verdict).length;
  return `${lines.join("\n")}\n${rows.length} cases: ${count("right")} right, ${count("WRONG")} wrong, ${count("later")} later\n`;
}
