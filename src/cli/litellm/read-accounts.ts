import { fieldsOf, listOf, namesOf, numberOf, textOf, type Fields } from "./fields.ts";
import type { Notes } from "./notes.ts";
import { toName } from "./to-name.ts";

export interface CloudProject {
  name: string;
  currency?: string;
  budget?: { amount: number; period: string };
  limits?: Record<string, number>;
  models?: string[];
}

/** The projects: one for each team that the file has, and `default` with the budget of the whole proxy. */
export function readProjects(document: Fields, notes: Notes): CloudProject[] {
  const settings = fieldsOf(document["litellm_settings"]);
  const whole = readTerms(settings, "litellm_settings", notes);
  const taken = new Set(["default"]);
  const teams = listOf(document["teams"]).flatMap((item): CloudProject[] => {
    const team = fieldsOf(item);
    const given = textOf(team["team_alias"]) ?? textOf(team["team_id"]);
    if (given === undefined) return [];
    const name = toName(given, taken, notes);
    const models = namesOf(team["models"] ?? []).filter((model) => model !== "all-proxy-models");
    notes.add({ fate: "taken over", setting: "teams", becomes: "projects", advice: "" });
    return [{ name, ...readTerms(team, "teams", notes), ...(models.length > 0 && { models }) }];
  });
  for (const item of listOf(document["keys"])) {
    const { key_alias: alias, team_id: team } = fieldsOf(item);
    const project = textOf(team) === undefined ? "" : ` --project ${textOf(team)}`;
    const advice = `keys are not taken over: sahab key create ${textOf(alias) ?? "NAME"}${project} makes a new one`;
    notes.add({ fate: "left out", setting: "keys", becomes: "", advice });
  }
  return [{ name: "default", ...whole }, ...teams];
}

function readTerms(fields: Fields, setting: string, notes: Notes): Partial<CloudProject> {
  const amount = numberOf(fields["max_budget"]);
  const limits = {
    rpm: wholeOf(fields["rpm_limit"]),
    tpm: wholeOf(fields["tpm_limit"]),
    concurrency: wholeOf(fields["max_parallel_requests"]),
  };
  const known = Object.entries(limits).filter((entry): entry is [string, number] => entry[1] !== undefined);
  const period = periodOf(textOf(fields["budget_duration"]));
  if (amount !== undefined && amount > 0)
    notes.add({
      fate: "changed",
      setting: `${setting}.max_budget`,
      becomes: `budget, period: ${period.name}`,
      advice: period.advice,
    });
  return {
    ...(amount !== undefined && amount > 0 && { currency: "USD", budget: { amount, period: period.name } }),
    ...(known.length > 0 && { limits: Object.fromEntries(known) }),
  };
}

function periodOf(duration: string | undefined): { name: string; advice: string } {
  const hard = "a request is refused before it would exceed it";
  if (duration === undefined) return { name: "total", advice: `${hard}; without a duration it never begins anew` };
  const days = { s: 1 / 86_400, m: 1 / 1_440, h: 1 / 24, d: 1, w: 7, mo: 30 };
  const [, count = "", unit = ""] = /^(\d+)(s|m|h|d|w|mo)$/.exec(duration) ?? [];
  const length = Number(count) * (days[unit as keyof typeof days] ?? Number.NaN);
  const name = length <= 1 ? "day" : length <= 7 ? "week" : length <= 31 ? "month" : "total";
  return {
    name,
    advice: `${hard}; it begins anew with the calendar's ${name === "total" ? "never" : name}, not after ${duration}`,
  };
}

function wholeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && Number.isInteger(number) && number >= 1 && number <= 1_000_000_000
    ? number
    : undefined;
}
