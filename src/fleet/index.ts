export { engineSocketPath, LocalFleet } from "./local-fleet.ts";
export { builtInFile, checkModelFile, placeBuiltInModel } from "./model-files.ts";
export { pullModel } from "./pull-model.ts";
