export { doorPath, engineSocketPath, LocalFleet, type FleetStatus } from "./local-fleet.ts";
export { findTooLarge } from "./model-memory.ts";
export { builtInFile, checkLoraFile, checkModelFile, placeBuiltInModel } from "./model-files.ts";
export { partNames as fileParts, withoutPart } from "../engine/index.ts";
export { modelFilePath, type ModelSources } from "./model-sources.ts";
export { pullModel } from "./pull-model.ts";
