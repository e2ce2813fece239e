import { findAccelerator, findHost, type Accelerator } from "../../planner/data/index.ts";
import { fitNotes, keptBytes, usableMemoryShare, type Fit, type ModelProfile } from "../../planner/models/index.ts";
import { planFit, type FitPlan } from "../../planner/questions/index.ts";
import { fitTable } from "../fit-table.ts";
import { findModel } from "./find-model.ts";
import type { PlanDocument } from "./plan-schema.ts";
import type { ShownPlan } from "./plan-report.ts";
import { showValue } from "./show-value.ts";
import { given, missing, toldOf, usual } from "./told.ts";
import { wrapText } from "./wrap-rows.ts";

const usualContext = 32_768;
const usualSlots = 16;

/** What makes the plan of `plan fit`. */
export async function fitAsked(document: PlanDocument): Promise<() => ShownPlan> {
  if (document.model === undefined)
    throw missing("fit", "model", "a known model (sahab plan list models), a GGUF file or a config.json");
  const model = await findModel(document.model);
  const accelerator = findAccelerator(document.hardware ?? usual.hardware);
  const { kept = "f16", precision, accelerators, context, slots } = document;
  const keptBytesPerNumber = kept === "f16" ? 2 : 1;
  const { count: hostSize } = findHost(accelerator.id);
  return () => {
    const plan = planFit({
      model,
      accelerator,
      precisions: precision && [precision],
      contextTokens: context ? toldOf(context) : given(usualContext),
      slots: slots ? toldOf(slots) : given(usualSlots),
      keptBytesPerNumber,
      accelerators,
      hostSize,
    });
    const found = { model, accelerator, plan, kept, keptBytesPerToken: keptBytes(model, 1, keptBytesPerNumber) };
    return {
      ...plan,
      view: {
        table: ({ notes }) => `${tableOf(found)}\n\n${notes.map((note) => wrapText(note)).join("\n")}`,
        lead: () => plan.fits().map(describeFit),
        json: () => jsonOf(found),
        isYes: () => plan.fits().some(({ isFitting }) => isFitting),
        notes: () => fitNotes(model, plan.fits(), { contextTokens: likelyOf(found, "tokens of a slot"), hostSize }),
      },
    };
  };
}

interface Found {
  model: ModelProfile;
  accelerator: Accelerator;
  plan: FitPlan;
  kept: "f16" | "fp8";
  keptBytesPerToken: number;
}

function likelyOf({ plan }: Found, name: string): number {
  const { sheet } = plan;
  return Number(sheet.evaluate().of(sheet.find(name)));
}

/** What was asked for, or less where the model has less. */
function contextOf(found: Found): number {
  return found.plan.fits()[0]?.contextTokens ?? likelyOf(found, "tokens of a slot");
}

function jsonOf(found: Found): object {
  const { model, accelerator, plan, keptBytesPerToken } = found;
  return {
    model: model.name,
    parameters: model.parameters,
    active_parameters: model.activeParameters,
    kept_bytes_per_token: keptBytesPerToken,
    source: model.source,
    hardware: accelerator.id,
    memory_bytes: accelerator.memoryBytes,
    context: contextOf(found),
    ...(model.contextTokensMax !== undefined && { model_context_max: model.contextTokensMax }),
    slots: likelyOf(found, "slots"),
    fits: plan.fits().map((one) => ({
      precision: one.precision,
      fits: one.isFitting,
      accelerators: one.accelerators,
      accelerators_needed: one.acceleratorsNeeded,
      nodes_needed: one.hostsNeeded,
      weight_bytes: one.weightBytes,
      kept_bytes: one.keptBytes,
      usable_bytes: one.usableBytes,
      slots_max: one.slotsMax,
      context_max: one.contextTokensMax,
    })),
  };
}

/** `16 (2 nodes)`, or the accelerators alone where one node has them. */
function neededOf({ acceleratorsNeeded, hostsNeeded }: Fit): number | string {
  return hostsNeeded === 1 ? acceleratorsNeeded : `${acceleratorsNeeded} (${hostsNeeded} nodes)`;
}

function describeFit(one: Fit): string {
  const { precision, isFitting, accelerators, acceleratorsNeeded } = one;
  const count = `${accelerators} accelerator${accelerators === 1 ? "" : "s"}`;
  const least = accelerators === acceleratorsNeeded ? "no fewer" : `and takes ${neededOf(one)} at least`;
  return `In ${precision} it ${isFitting ? "fits" : "does not fit"} on ${count}, ${least}.`;
}

function tableOf(found: Found): string {
  const { model, accelerator, plan, kept, keptBytesPerToken } = found;
  const memory = showValue(accelerator.memoryBytes, "B");
  const whole = (count: number) => count.toLocaleString("en-US");
  const rows = plan
    .fits()
    .map((one) => [
      one.precision,
      showValue(one.weightBytes, "B"),
      showValue(one.keptBytes, "B"),
      neededOf(one),
      one.isFitting ? `yes, on ${one.accelerators}` : `no, not on ${one.accelerators}`,
      whole(one.slotsMax),
      whole(one.contextTokensMax),
    ]);
  const titles = ["WEIGHTS IN", "WEIGHTS", "KEPT", "NEEDED", "FITS", "SLOTS", "CONTEXT"];
  const { text } = fitTable(
    titles.map((title) => ({ title })),
    rows,
  );
  return `${model.name}: ${showValue(model.parameters, "")} parameters, ${showValue(model.activeParameters, "")} at work for a token
keeps ${whole(keptBytesPerToken)} bytes for a token in ${kept}; source: ${model.source}
on ${accelerator.name} with ${memory} each, of which ${usableMemoryShare * 100} % are used

${text}

KEPT: keys and values of ${whole(likelyOf(found, "slots"))} slots with ${whole(contextOf(found))} tokens each. NEEDED: accelerators at least.
SLOTS: the most with that context. CONTEXT: the longest with so many slots, in tokens.`;
}
