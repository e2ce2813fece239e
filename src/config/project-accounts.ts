import { parseAccountTerms, type ProjectAccounts } from "../ledger/index.ts";
import type { CloudConfig } from "./cloud-config.ts";

/** More than most answers have, and no more than most budgets can hold back for one. */
const outputDefault = 4_096;
const timeZoneDefault = "UTC";

/** What the requests of each project are admitted by: its own terms and those of its organisation. */
export function projectAccounts({ projects, organisations }: CloudConfig): Map<string, ProjectAccounts> {
  const byName = new Map(organisations?.map((organisation) => [organisation.name, organisation]));
  return new Map(
    projects.map((project): [string, ProjectAccounts] => {
      const { name, currency, output = outputDefault } = project;
      const above = byName.get(project.organisation ?? "");
      const calendar = above?.time_zone ?? timeZoneDefault;
      const timeZone = project.time_zone ?? calendar;
      const terms = [
        above && parseAccountTerms(`organisation:${above.name}`, { ...above, currency, time_zone: calendar }),
        parseAccountTerms(`project:${name}`, { ...project, time_zone: timeZone }),
      ].filter((one) => one !== undefined);
      return [name, { organisation: above?.name ?? "", currency, timeZone, output, terms }];
    }),
  );
}

/** The same of an organisation by itself; undefined where there is none of this name. Its currency may be empty where it counts no money. */
export function organisationAccounts({ organisations }: CloudConfig, name: string): ProjectAccounts | undefined {
  const found = organisations?.find((organisation) => organisation.name === name);
  if (!found) return undefined;
  const { currency = "", time_zone: timeZone = timeZoneDefault } = found;
  const terms = parseAccountTerms(`organisation:${name}`, { ...found, currency, time_zone: timeZone });
  return { organisation: name, currency, timeZone, output: outputDefault, terms: terms ? [terms] : [] };
}
