export { doorPath, engineSocketPath, LocalFleet, type FleetStatus } from "./local-fleet.ts";
export { budgetOf, estimateModel, findTooLarge } from "./model-memory.ts";
export { builtInFile, checkLoraFile, checkModelFile, placeBuiltInModel } from "./model-files.ts";
export { freeMemory, machineMemory, partNames as fileParts, withoutPart } from "../engine/index.ts";
export { modelFilePath, type ModelSources } from "./model-sources.ts";
export { pullModel } from "./pull-model.ts";
export type { PulledModel } from "./fetch-model.ts";
export { describeSource } from "./plan-pull.ts";
