import { findAccelerator, findHost, type Accelerator } from "../../planner/data/index.ts";
import {
  fit,
  fitNotes,
  keptBytes,
  usableMemoryShare,
  type Fit,
  type ModelProfile,
  type Precision,
} from "../../planner/models/index.ts";
import { fitTable } from "../fit-table.ts";
import { print, printJson } from "../print.ts";
import { findModel } from "./find-model.ts";
import { showValue } from "./show-value.ts";
import { wrapText } from "./wrap-rows.ts";

export interface FitOptions {
  on: string;
  accelerators?: number;
  context: number;
  slots: number;
  precision?: Precision;
  kept: "f16" | "fp8";
  json?: boolean;
}

/** Prints how a model fits on accelerators at each precision. Throws PlanFault and CommandError. */
export async function runFit(name: string, options: FitOptions): Promise<void> {
  const model = await findModel(name);
  const accelerator = findAccelerator(options.on);
  const { accelerators, precision, context: contextTokens, slots } = options;
  const keptBytesPerNumber = options.kept === "f16" ? 2 : 1;
  const { count: hostSize } = findHost(accelerator.id);
  const fits = fit(model, accelerator, {
    contextTokens,
    slots,
    hostSize,
    keptBytesPerNumber,
    ...(accelerators !== undefined && { accelerators }),
    ...(precision !== undefined && { precisions: [precision] }),
  });
  const keptBytesPerToken = keptBytes(model, 1, keptBytesPerNumber);
  const notes = fitNotes(model, fits, { contextTokens, hostSize });
  if (options.json) printJson(fitJson({ model, accelerator, fits, options, keptBytesPerToken, notes }));
  else printFits({ model, accelerator, fits, options, keptBytesPerToken, notes });
}

interface Found {
  model: ModelProfile;
  accelerator: Accelerator;
  fits: readonly Fit[];
  options: FitOptions;
  keptBytesPerToken: number;
  notes: readonly string[];
}

function fitJson({ model, accelerator, fits, options, keptBytesPerToken, notes }: Found): object {
  return {
    question: "fit",
    model: model.name,
    parameters: model.parameters,
    active_parameters: model.activeParameters,
    kept_bytes_per_token: keptBytesPerToken,
    source: model.source,
    hardware: accelerator.id,
    memory_bytes: accelerator.memoryBytes,
    context: contextOf(fits, options),
    ...(model.contextTokensMax !== undefined && { model_context_max: model.contextTokensMax }),
    slots: options.slots,
    fits: fits.map((one) => ({
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
    notes,
  };
}

function printFits({ model, accelerator, fits, options, keptBytesPerToken, notes }: Found): void {
  const { slots } = options;
  const context = contextOf(fits, options);
  const memory = showValue(accelerator.memoryBytes, "B");
  print(
    `${model.name}: ${showValue(model.parameters, "")} parameters, ${showValue(model.activeParameters, "")} at work for a token`,
  );
  print(
    `keeps ${keptBytesPerToken.toLocaleString("en-US")} bytes for a token in ${options.kept}; source: ${model.source}`,
  );
  print(`on ${accelerator.name} with ${memory} each, of which ${usableMemoryShare * 100} % are used\n`);
  const rows = fits.map((one) => [
    one.precision,
    showValue(one.weightBytes, "B"),
    showValue(one.keptBytes, "B"),
    one.hostsNeeded === 1 ? one.acceleratorsNeeded : `${one.acceleratorsNeeded} (${one.hostsNeeded} nodes)`,
    one.isFitting ? `yes, on ${one.accelerators}` : `not on ${one.accelerators}`,
    one.slotsMax.toLocaleString("en-US"),
    one.contextTokensMax.toLocaleString("en-US"),
  ]);
  const titles = ["WEIGHTS IN", "WEIGHTS", "KEPT", "NEEDED", "FITS", "SLOTS", "CONTEXT"];
  const { text } = fitTable(
    titles.map((title) => ({ title })),
    rows,
  );
  print(text);
  print(`
KEPT: keys and values of ${slots} slots with ${context.toLocaleString("en-US")} tokens each. NEEDED: accelerators at least.
SLOTS: the most with that context. CONTEXT: the longest with ${slots} slots, in tokens.`);
  for (const note of notes) print(wrapText(note));
}

/** What was asked for, or less where the model has less. */
const contextOf = ([first]: readonly Fit[], { context }: FitOptions) => first?.contextTokens ?? context;
