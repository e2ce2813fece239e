import type { FieldCase } from "./field-case.ts";
import { Findings } from "./findings.ts";
import { clockTrials } from "./clock-trials.ts";
import { configTrials } from "./config-trials.ts";
import { gatewayTrials } from "./gateway-trials.ts";
import { localTrials } from "./local-trials.ts";
import { networkTrials } from "./network-trials.ts";
import { replayPlans } from "./replay-plans.ts";
import { slowTrials } from "./slow-trials.ts";
import { templateTrials } from "./template-trials.ts";
import type { Trial, Trials } from "./trial.ts";
import { tryReplays } from "./try-replays.ts";
import { busyUntilDate } from "./busy-until-date.ts";
import { unknownWord } from "./unknown-word.ts";

/** Where a case's trial runs. `many`: beside others. `configured`, `network`: one after the other, in a row of their own. `quiet`: last, and alone. */
export type Lane = "many" | "configured" | "network" | "quiet";

/** Cases that cannot yet be tried here, and why. They do not count as right. */
export const later: Record<string, string> = {
  "41-black-hole-v6": "needs a name with a dead address of IPv6 beside a good one; the tests of the transport have it",
  "41-moved-dns": "needs a name that moves while the program runs; the tests of the transport have it",
  "42-full-disk-pull": "needs a small disk of its own",
  "42-full-disk-start": "needs a small disk of its own",
  "42-full-disk-traffic": "needs a small disk of its own",
  "42-read-only": "needs a folder that even root cannot write to",
};

/** The trial of a case; undefined where nobody has written one. */
export function trialOf({ name }: FieldCase): { lane: Lane; run: Trial } | undefined {
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
  ["many", localTrials],
  ["many", templateTrials],
  ["configured", configTrials],
  ["network", networkTrials],
  ["network", clockTrials],
  ["quiet", slowTrials],
];

/** All cases that have a trial or a reason to have none. */
export const judgedNames: readonly string[] = [
  ...Object.keys(replayPlans),
  ...lanes.flatMap(([, trials]) => Object.keys(trials)),
  ...Object.keys(later),
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
