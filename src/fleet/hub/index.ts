export { HubRefusal } from "./describe-refusal.ts";
export type { HubAnswer } from "./hub.ts";
export { hintForName, nameForms } from "./parse-hub-name.ts";
export { findHubModel, type HubModel } from "./find-hub-model.ts";
