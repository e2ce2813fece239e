export {
  CloudConfigError,
  parseCloudConfig,
  readCloudYaml,
  resolveVariables,
  type CloudConfig,
} from "./cloud-config.ts";
export { describeInsecure } from "./describe-insecure.ts";
export { diffConfigs, keepSecrets, withoutSecrets, type Change } from "./difference.ts";
export { readCaFiles } from "./read-ca-files.ts";
export { buildSnapshot, localProvider, type ModelEntry, type Snapshot, type Target } from "./snapshot.ts";
export { readConfig, writeConfig } from "./stored-config.ts";
