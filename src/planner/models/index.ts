export { atPrecision, keptBytes, type ModelProfile, type Precision } from "./model-profile.ts";
