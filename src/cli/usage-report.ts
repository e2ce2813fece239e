import type { ApiUsageSum } from "../ledger/index.ts";
import { CommandError, type Client } from "./client.ts";

export interface UsageOptions {
  by: readonly string[];
  key?: string;
  project?: string;
  model?: string;
  user?: string;
  tag?: readonly (readonly [name: string, value: string])[];
  limit?: number;
  since?: string;
  until?: string;
  currency?: string;
  compare?: boolean;
  pieces?: boolean;
  json?: boolean;
}

export interface Report {
  rows: ApiUsageSum[];
  more: number;
  rest: ApiUsageSum[];
}

/** The server's report. Its errors name the options of the command. */
export async function readReport(client: Client, options: UsageOptions): Promise<Report> {
  const query = new URLSearchParams({ group_by: options.by.join(",") });
  for (const name of ["since", "until", "currency", "key", "project", "model", "user"] as const)
    if (options[name] !== undefined) query.set(name, options[name]);
  for (const [name, value] of options.tag ?? []) query.set(`tag:${name}`, value);
  if (options.limit !== undefined) query.set("limit", String(options.limit));
  try {
    return await client.json<Report>(`/admin/v1/usage?${query.toString()}`);
  } catch (error) {
    if (error instanceof CommandError) error.message = error.message.replace(/(^|; )group_by: /, "$1--by: ");
    throw error;
  }
}
