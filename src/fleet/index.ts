export { engineSocketPath, LocalFleet } from "./local-fleet.ts";
export { checkModelFile } from "./model-files.ts";
export { pullModel } from "./pull-model.ts";
