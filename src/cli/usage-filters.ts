import { InvalidArgumentError, type Command } from "commander";
import { parsePast } from "./parse-span.ts";

/** Which requests are listed, followed or summed. */
export interface UsageFilters {
  key?: string;
  project?: string;
  model?: string;
  provider?: string;
  user?: string;
  tag?: readonly (readonly [name: string, value: string])[];
  since?: string;
  until?: string;
}

export function addUsageFilters(command: Command): Command {
  return command
    .option("--key <key>", "only requests with this key, by its name or id; all keys of one name")
    .option("--project <name>", "only requests of this project")
    .option("--model <name>", "only requests that asked for this model")
    .option("--provider <name>", "only what this provider served, or failed to")
    .option("--user <name>", 'only requests for this user; "" for those that name none')
    .option("--tag <name=value>", "only requests with this tag; may be given several times", parseTag);
}

export function addTimeFilters(command: Command): Command {
  return command
    .option("--since <time>", "from then on: 1h or 7d ago, today, a date or time (UTC)", parsePast)
    .option("--until <time>", "before then, in the same forms", parsePast);
}

/** As the admin API takes them. */
export function queryOf({ tag = [], ...filters }: UsageFilters): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ["key", "project", "model", "provider", "user", "since", "until"] as const)
    if (filters[name] !== undefined) query.set(name, filters[name]);
  for (const [name, value] of tag) query.set(`tag:${name}`, value);
  return query;
}

function parseTag(text: string, before: readonly (readonly [string, string])[] = []) {
  const equals = text.indexOf("=");
  if (equals < 1)
    throw new InvalidArgumentError("Allowed: NAME=VALUE, such as team=search; NAME= for those without it.");
  return [...before, [text.slice(0, equals), text.slice(equals + 1)] as const];
}
