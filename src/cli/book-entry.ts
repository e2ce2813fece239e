import type { Client } from "./client.ts";
import { print, printError, printJson } from "./print.ts";

/** As the admin API shows it. */
export interface Entry {
  id: string;
  time: string;
  kind: string;
  organisation: string | null;
  project: string | null;
  key: string | null;
  amount: string;
  currency: string;
  note: string;
  actor: string | null;
}

export interface EntryOptions {
  note?: string;
  id?: string;
  json?: boolean;
}

/** Books an entry and says so. */
export async function bookEntry(client: Client, wanted: object, { note, id, json }: EntryOptions): Promise<void> {
  const body = { ...wanted, note, id };
  const answer = await client.json<{ entry: Entry; booked: boolean; warnings: string[] }>("/admin/v1/entries", {
    body,
  });
  if (json) {
    printJson(answer);
    return;
  }
  const { entry, booked, warnings } = answer;
  print(
    `${booked ? "Booked" : "Was booked before:"} ${entry.kind} of ${entry.amount} ${entry.currency} for ${nameOf(entry)} as ${entry.id}.`,
  );
  for (const warning of warnings) printError(`warning: ${warning}`);
}

/** The account that an entry is for. */
export function nameOf({ key, project, organisation }: Entry): string {
  if (key !== null) return `key ${key}`;
  return project === null ? `organisation ${organisation}` : `project ${project}`;
}
