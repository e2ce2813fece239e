export { CloudConfigError, placeProblem, type CloudConfig, type PlacedProblem } from "./cloud-config.ts";
export { alertPercents, type AlertHook } from "./alert-hook.ts";
export { findTermsFaults } from "./find-account-faults.ts";
export { describeContentLogs } from "./describe-content-log.ts";
export { describeIssue } from "./describe-issue.ts";
export { describeInsecure } from "./describe-insecure.ts";
export { describeMended } from "./describe-mended.ts";
export { describePlain, withSecrets } from "./describe-plain.ts";
export { describeReplaced, describeUnkeyed, type KnownModels } from "./describe-unkeyed.ts";
export { diffConfigs, keepSecrets, withoutSecrets, type Change } from "./difference.ts";
export { describeReserved, findDoubts } from "./find-doubts.ts";
export {
  describeMissing,
  describeOwnAddress,
  readEnvironmentProviders,
  withEnvironment,
  type EnvironmentProviders,
} from "./environment-providers.ts";
export { findEmptyVariables } from "./find-empty-variables.ts";
export { findSharedCaches } from "./find-shared-caches.ts";
export { findUnknownModel } from "./find-name-faults.ts";
export { withDefaultProject } from "./default-project.ts";
export { organisationAccounts, projectAccounts } from "./project-accounts.ts";
export { parseWith } from "./parse-with.ts";
export { parseCloudConfig } from "./parse-cloud-config.ts";
export { pricesOfTarget, type KnownPrices } from "./prices-of-target.ts";
export { listOfPrices } from "./price-schema.ts";
export { readCaFiles } from "./read-ca-files.ts";
export { locatorFor } from "./locate-in-yaml.ts";
export type { Position } from "./position.ts";
export { CloudYamlError, readCloudYaml } from "./read-cloud-yaml.ts";
export { decodeYamlText } from "./decode-yaml-text.ts";
export type { ModelEntry, Target } from "./model-entry.ts";
export { resolveVariables } from "./resolve-variables.ts";
export { termsShape } from "./schema/terms-schema.ts";
export type { StoredAnswerTerms } from "./schema/project-schema.ts";
export { buildSnapshot, localProvider, storedAnswersOf, type Snapshot } from "./snapshot.ts";
export { describeUnresolved, findForbidden, referencesOf, ReferencedSecrets } from "./secret/index.ts";
export { readConfig, readManagedConfig, writeConfig } from "./stored-config.ts";
export { keepUnnamed } from "./keep-unnamed.ts";
export { managerNames, Managers, onlyManagedBy, type ManagedConfig, type Manager } from "./managers.ts";
export { resourcesOf } from "./resources.ts";
