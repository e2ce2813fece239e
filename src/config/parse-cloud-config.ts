import { CloudConfigError, parseStoredConfig, problemsMax, type CloudConfig } from "./cloud-config.ts";
import { findFaults } from "./find-faults.ts";
import { findStrayModels } from "./find-name-faults.ts";
import { findStrayTargets } from "./find-stray-targets.ts";
import { leaveOutFaulty, originalPlace, wholeDocument, type Pruned } from "./leave-out-faulty.ts";

/** Fields first, then references, then what would fail later. */
const roundsMax = 4;

/**
 * Parses what a cloud.yaml holds (already read as YAML or JSON), checks names and references within it, and refuses what
 * would fail later. Faults that the configuration of now has too, as `current`, are not held against the new one. All that is
 * wrong is told at once: what has a fault is left out, and the rest is checked further.
 */
export function parseCloudConfig(value: unknown, current?: CloudConfig): CloudConfig {
  const known = new Set(current && findFaults(current));
  const problems: string[] = [];
  let pruned: Pruned | undefined = wholeDocument(value);
  for (let round = 0; pruned && round < roundsMax && problems.length <= problemsMax; round++) {
    const { config, found } = check(pruned.document);
    const { places } = pruned;
    const told = found.map((fault) => originalPlace(fault, places)).filter((fault) => !known.has(fault) || !config);
    problems.push(...notToldYet(told, problems));
    const stray = config ? [] : findStrayTargets(pruned.document).map((fault) => originalPlace(fault, places));
    const strayModels = config || round > 0 ? [] : findStrayModels(value).filter((fault) => !known.has(fault));
    problems.push(...notToldYet([...stray, ...strayModels], problems));
    if (config && problems.length === 0) return config;
    pruned = config ? undefined : leaveOutFaulty(pruned, found);
  }
  throw new CloudConfigError(problems);
}

/** Those whose places no earlier problem has. */
function notToldYet(faults: readonly string[], problems: readonly string[]): string[] {
  const placeOf = (fault: string) => fault.slice(0, fault.indexOf(": "));
  const places = new Set(problems.map(placeOf));
  return faults.filter((fault) => !places.has(placeOf(fault)));
}

/** The configuration is there once names and references are good. */
function check(document: unknown): { config?: CloudConfig; found: readonly string[] } {
  try {
    const config = parseStoredConfig(document);
    return { config, found: findFaults(config) };
  } catch (error) {
    if (error instanceof CloudConfigError) return { found: error.allProblems };
    throw error;
  }
}
