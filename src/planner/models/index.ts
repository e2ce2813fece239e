export { fit, usableMemoryShare, type Fit } from "./fit.ts";
export { fitNotes } from "./fit-notes.ts";
export { keptBytes, weightBytesAt, type ModelProfile, type Precision } from "./model-profile.ts";
export { profileOfConfig } from "./profile-of-config.ts";
export { profileOfGguf } from "./profile-of-gguf.ts";
export { knownModelIds, readKnownModel } from "./read-known-models.ts";
