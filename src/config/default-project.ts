import { parseStoredConfig, type CloudConfig } from "./cloud-config.ts";

/** The project of keys that name none. */
const defaultProject = "default";

/**
 * The configuration with the project `default`, which is always there: one that does not mention it leaves it as it is in `before`, so that
 * leaving it out lifts none of its limits.
 */
export function withDefaultProject(config: CloudConfig, before?: CloudConfig): CloudConfig {
  const isDefault = ({ name }: { name: string }) => name === defaultProject;
  if (config.projects.some(isDefault)) return config;
  const kept =
    before?.projects.find(isDefault) ?? parseStoredConfig({ projects: [{ name: defaultProject }] }).projects[0];
  return kept ? { ...config, projects: [...config.projects, kept] } : config;
}
