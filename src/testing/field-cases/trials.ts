import type { FieldCase } from "./field-case.ts";
import { Findings } from "./findings.ts";
import { clockTrials } from "./clock-trials.ts";
import { configTrials } from "./config-trials.ts";
import { gatewayTrials } from "./gateway-trials.ts";
import { localTrials } from "./local-trials.ts";
import { digitTrials } from "./digit-trials.ts";
import { diskTrials } from "./disk-trials.ts";
import { nameTrials } from "./name-trials.ts";
import { hasMountNamespaces } from "../small-disk.ts";
import { networkTrials } from "./network-trials.ts";
import { replayPlans } from "./replay-plans.ts";
import { slowTrials } from "./slow-trials.ts";
import { templateTrials } from "./template-trials.ts";
import type { Trial, Trials } from "./trial.ts";
import { tryReplays } from "./try-replays.ts";
import { busyUntilDate } from "./busy-until-date.ts";
import { unknownWord } from "./unknown-word.ts";

/** Where a case's trial runs. `many`: beside others. `local`: beside as many as a local model has slots, so that none waits long for its turn. `configured`, `network`: one after the other, in a row of their own. `quiet`: last, and alone. */
export type Lane = "many" | "local" | "configured" | "network" | "quiet";

const because = (trials: Trials, reason: string) =>
  Object.fromEntries(Object.keys(trials).map((name) => [name, reason]));

/** Cases that cannot be tried here or are known to go wrong, and why. They do not count as right. */
export const later: Record<string, string> = {
  ...(hasMountNamespaces()
    ? {}
    : because({ ...nameTrials, ...diskTrials }, "needs a name or a disk of its own: root and mount namespaces")),
};

/** The trial of a case; undefined where nobody has written one. */
export function trialOf({ name }: FieldCase): { lane: Lane; run: Trial } | undefined {
  if (later[name] !== undefined) return undefined;
  const plan = replayPlans[name];
  if (plan) return { lane: "many", run: (world, fieldCase) => tryReplays(world, fieldCase, plan) };
  for (const [lane, trials] of lanes) {
    const run = trials[name];
    if (run) return { lane, run };
  }
  return undefined;
}

const lanes: [Lane, Trials][] = [
  ["many", { "02m-unknown-word": unknownWord, "39-http-503-date": busyUntilDate }],
  ["many", gatewayTrials],
  ["local", localTrials],
  ["local", templateTrials],
  ["configured", configTrials],
  ["network", networkTrials],
  ["network", clockTrials],
  ["network", nameTrials],
  ["network", diskTrials],
  ["quiet", digitTrials],
  ["quiet", slowTrials],
];

/** All cases that have a trial. */
export const judgedNames: readonly string[] = [
  ...Object.keys(replayPlans),
  ...lanes.flatMap(([, trials]) => Object.keys(trials)),
];

/** A trial that throws is a fault of its case. */
export async function judgeSafely(run: () => Promise<Findings>): Promise<Findings> {
  try {
    return await run();
  } catch (error) {
    const findings = new Findings();
    findings.expect(false, `the trial failed: ${error instanceof Error ? error.message : String(error)}`);
    return findings;
  }
}
