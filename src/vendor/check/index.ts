export { describeFault, type Origin } from "./advise.ts";
export { checkAccess } from "./check-access.ts";
export { isCutThought, mayChat, workOf } from "./may-chat.ts";
export { createModelFinder } from "./model-page.ts";
export {
  stepNames,
  worstOf,
  type Access,
  type KeyReport,
  type ListedModels,
  type ProviderReport,
  type Step,
  type TokenAnswer,
} from "./report.ts";
