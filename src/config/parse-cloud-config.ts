import { CloudConfigError, parseStoredConfig, type CloudConfig } from "./cloud-config.ts";
import { findFaults } from "./find-faults.ts";

/**
 * Parses what a cloud.yaml holds (already read as YAML or JSON), checks names and references within it, and refuses what
 * would fail later. Faults that the configuration of now has too, as `current`, are not held against the new one.
 */
export function parseCloudConfig(value: unknown, current?: CloudConfig): CloudConfig {
  const config = parseStoredConfig(value);
  const known = new Set(current && findFaults(current));
  const problems = findFaults(config).filter((fault) => !known.has(fault));
  if (problems.length > 0) throw new CloudConfigError(problems);
  return config;
}
