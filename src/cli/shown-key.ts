import type { DeclaredTerms } from "../base/declared-terms.ts";
import type { Client } from "./client.ts";
import { describeAccounts, type Account } from "./describe-account.ts";
import { print } from "./print.ts";
import { showMoment } from "./show-time.ts";

/** As the admin API shows it. */
export interface Key {
  id: string;
  name: string;
  project: string;
  role: string;
  prefix: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  status: string;
  /** Undefined where the server is of an earlier version. */
  replaced_by?: string | null;
  models: string[] | null;
  addresses: string[] | null;
  terms: Pick<DeclaredTerms, "limits" | "budget">;
  /** Of lists alone: what is spent of its budgets, a decimal for each period. Undefined where the server is of an earlier version. */
  spending?: { period: string; spent: string }[];
}

/** As `show` gets it. */
export interface ShownKey extends Key {
  revoked_at: string | null;
  accounts: Account[];
  last_refusal: { time: string; request_id: string; code: string; message: string } | null;
}

export const keyHelp = "the key's name, or its id where several have that name";

/** For sentences. */
export function nameOfKey({ id, name }: Key): string {
  return `${id} (${name})`;
}

/** By its id, or by its name. */
export function findKey(client: Client, text: string): Promise<ShownKey> {
  return client.json<ShownKey>(`/admin/v1/keys/${encodeURIComponent(text)}`);
}

/** All that is known of a key, for people. */
export function showKey(key: ShownKey): void {
  const { prefix, role, status, expires_at: expires, revoked_at: revoked, last_used_at: used, replaced_by: next } = key;
  const rows: [string, string][] = [
    ["id", key.id],
    ["name", key.name],
    ["project", key.project],
    ["role", role],
    ["key", `${prefix}…`],
    [
      "status",
      `${status}${revoked === null ? "" : ` at ${showMoment(revoked)}`}${next ? `, replaced by ${next}` : ""}`,
    ],
    ["created", showMoment(key.created_at)],
    ["expires", expires === null ? "never" : showMoment(expires)],
    ["last used", used === null ? "not yet" : showMoment(used)],
    ["models", key.models?.join(", ") ?? "all of its project"],
    ["addresses", key.addresses?.join(", ") ?? "anywhere"],
  ];
  print(rows.map(([name, value]) => `${`${name}:`.padEnd(11)} ${value}`).join("\n"));
  const { last_refusal: refusal } = key;
  // Its id is said above, and takes the room of two columns.
  const accounts = key.accounts.map((one) => (one.account === `key:${key.id}` ? { ...one, account: "key" } : one));
  print(describeAccounts(accounts));
  if (refusal)
    print(
      `\nLast refusal, at ${showMoment(refusal.time, "second")} UTC (${refusal.request_id}), as it was told then:\n  ${refusal.message}`,
    );
}
