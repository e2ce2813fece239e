import { findAccelerator } from "../../planner/data/index.ts";
import { planSimulation, type LatencyGoal } from "../../planner/simulation/index.ts";
import { findModel } from "./find-model.ts";
import type { PlanDocument } from "./plan-schema.ts";
import type { ShownPlan } from "./plan-report.ts";
import { replayJson, replayLead, replayTable, type ShownReplay } from "./replay-table.ts";
import { readTraceFile } from "./read-trace-file.ts";
import { given, missing, toldOf, usual } from "./told.ts";

const usualOfReplay = { model: "llama-3.1-70b", accelerators: 8, firstTokenSeconds: 2 };

/** What makes the plan of `plan simulate`. Throws a CommandError for a trace or a model's file that cannot be used. */
export async function simulateAsked(document: PlanDocument): Promise<() => ShownPlan> {
  if (document.trace === undefined)
    throw missing("simulate", "trace", "a file in the format of Mooncake (lines of JSON) or of Azure's traces (CSV)");
  const model = await findModel(document.model ?? usualOfReplay.model);
  const accelerator = findAccelerator(document.hardware ?? usual.hardware);
  const trace = await readTraceFile(document.trace);
  const { rate, repeat = 1, prefill = "pieces", routing = "prefix", replicas, seed = 1, kept, precision } = document;
  const tensorParallel = document.accelerators ?? usualOfReplay.accelerators;
  return () => {
    const plan = planSimulation({
      trace,
      rate: rate ? toldOf(rate) : given(1),
      repeat,
      replica: {
        model,
        accelerator,
        tensorParallel,
        precision: precision ?? model.precision,
        keptBytesPerNumber: kept === "fp8" ? 1 : 2,
      },
      prefill,
      routing,
      seed,
      replicas,
      goal: goalOf(document),
    });
    const samples = document.samples ?? plan.samples;
    const shown: ShownReplay = { plan, document, tensorParallel, samples, hardware: accelerator.id, model: model.name };
    return {
      ...plan,
      view: {
        samples,
        table: (report) => replayTable(report, shown),
        lead: ({ results }) => replayLead(results, shown),
        json: () => replayJson(shown),
        isYes: () => plan.replay().isKept,
        notes: () => notesOf(shown),
      },
    };
  };
}

/** None where a number of replicas is told and no goal. */
function goalOf({ goal, replicas }: PlanDocument): LatencyGoal | undefined {
  if (!goal && replicas !== undefined) return undefined;
  return {
    firstTokenMs: (goal?.first_token ?? usualOfReplay.firstTokenSeconds) * 1000,
    ownPrefillFactor: goal?.own_prefill ?? 0,
    ...(goal?.time_per_token !== undefined && { timePerTokenMs: goal.time_per_token }),
  };
}

function notesOf({ plan, samples, document }: ShownReplay): string[] {
  if (samples === 0)
    return [
      document.samples === 0
        ? "No ranges were asked for."
        : "The trace is long, so that no ranges were sampled; --samples 20 does it, in up to fifty times the time.",
    ];
  const unkept = plan.samplesUnkept();
  return [
    `Ranges are of ${samples} samples: the speed of a replica and the memory that it can use are drawn between low and high, and the trace is replayed.`,
    ...(unkept > 0
      ? [
          document.replicas === undefined
            ? `In ${unkept} of all replays no number of replicas keeps the goal; the most that were tried is counted there.`
            : `In ${unkept} of all replays these replicas do not keep the goal.`,
        ]
      : []),
  ];
}
