import { masksUsual } from "../base/mask-text.ts";
import type { CloudConfig } from "./cloud-config.ts";

/** A line for each project whose prompts and answers are kept: it must not happen unnoticed. */
export function describeContentLogs({ projects }: Pick<CloudConfig, "projects">): string[] {
  return projects.flatMap(({ name, content_log: terms }) => {
    if (!terms) return [];
    const { retention_days: days, mask = masksUsual, sample = 1 } = terms;
    const masked = mask.map((rule) => (typeof rule === "string" ? rule : rule.name));
    const which = sample === 1 ? "prompts and answers" : `prompts and answers of ${sample * 100} % of the requests`;
    return [
      `project ${name}: content_log KEEPS TEXT: ${which} are written to this machine's disk for ${days} days, ` +
        `${masked.length === 0 ? "with nothing masked" : `with these masked: ${masked.join(", ")}`}; tell the people whose text it is`,
    ];
  });
}
