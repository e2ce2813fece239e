export { engineSocketPath, LocalFleet } from "./local-fleet.ts";
export { builtInFile, checkLoraFile, checkModelFile, placeBuiltInModel } from "./model-files.ts";
export { partNames as fileParts, withoutPart } from "../engine/index.ts";
export type { ModelSources } from "./model-sources.ts";
export { pullModel } from "./pull-model.ts";
