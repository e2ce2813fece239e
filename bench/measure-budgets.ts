import type { Lineup, Measured } from "./lineup.ts";
import { say } from "./report.ts";
import { compareSpeed, printThroughput, roundsOf, roundTimes, runRounds, warmUp } from "./rounds.ts";
import { startSahab } from "./sahab.ts";

const goal = 0.95;
const name = "Sahab, budgets and limits";

/** Requests per second with budgets of project and organisation and with limits a minute, beside the same without. */
export async function measureBudgets(lineup: Lineup): Promise<Measured> {
  const { quick, upstream, tree, sahabs, answers } = lineup;
  const [plain] = sahabs;
  if (!plain) return { raw: [], findings: [] };
  say("\n== Budgets and limits, small body, 64 connections");
  const bounded = await startSahab(name, tree, upstream, { isBounded: true });
  try {
    await warmUp([bounded], { payload: "small", quick }, answers);
    const times = roundTimes(quick);
    const results = await runRounds([plain, bounded], { payload: "small", connections: 64, ...times }, answers);
    printThroughput(results);
    const [bound, free] = [roundsOf(results, name), roundsOf(results, plain.name)];
    const what = "Sahab: with budgets and limits ÷ without, small body";
    return { raw: results, findings: bound && free ? [compareSpeed(what, bound, free, goal)] : [] };
  } finally {
    await bounded.stop();
  }
}
