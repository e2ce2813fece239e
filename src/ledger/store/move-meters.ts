import { sql, type Kysely } from "kysely";
import { usageColumns, type UsageValues } from "../record/index.ts";
import { spentOf, type Spending } from "../account/bank.ts";
import { mayHaveSession, sessionAccount, sessionOfTags } from "../account/account-names.ts";
import type { Tables } from "./tables.ts";

const placeOf = (name: (typeof usageColumns)[number]["name"]) =>
  usageColumns.findIndex((column) => column.name === name);
const places = {
  time: placeOf("time"),
  keyId: placeOf("keyId"),
  project: placeOf("project"),
  organisation: placeOf("organisation"),
  cost: placeOf("cost"),
  currency: placeOf("currency"),
  accountCost: placeOf("accountCost"),
  accountCurrency: placeOf("accountCurrency"),
  tags: placeOf("tags"),
};

/**
 * A lock that is shared by all that count as spent what they add, and that whoever makes a meter has alone: what is added meanwhile would be
 * neither in the sum of what was there before nor counted by the meter. It is taken before that of any meter's row.
 */
export const metersLock = "meters";

/** Counts records that were just added as spent, and no longer as leased to the holder that they come from. */
export async function moveMeters(
  tx: Kysely<Tables>,
  added: readonly UsageValues[],
  holder: string | undefined,
): Promise<void> {
  await moveSpending(tx, added.flatMap(spendingOf), holder);
}

/** The same of any spending. */
export async function moveSpending(
  tx: Kysely<Tables>,
  spendings: readonly Spending[],
  holder: string | undefined,
): Promise<void> {
  const byAccount = new Map<string, Spending[]>();
  for (const spending of spendings)
    for (const account of spending.accounts) {
      const list = byAccount.get(account);
      if (list) list.push(spending);
      else byAccount.set(account, [spending]);
    }
  if (byAccount.size === 0) return;
  const meters = [];
  const accounts = [...byAccount.keys()];
  for (let at = 0; at < accounts.length; at += accountsPerStatement)
    meters.push(
      ...(await tx
        .selectFrom("meters")
        .select(["id", "account", "currency", "start_ms", "end_ms"])
        .where("account", "in", accounts.slice(at, at + accountsPerStatement))
        .where("measure", "in", ["budget", "balance"])
        .execute()),
    );
  // In one order everywhere, so that transactions of several processes do not wait for each other in a circle.
  meters.sort((one, other) => (one.id < other.id ? -1 : 1));
  for (const { id, account, currency, start_ms, end_ms } of meters) {
    const meter = { account, currency, startMs: Number(start_ms), endMs: Number(end_ms) };
    const amount = spentOf(meter, byAccount.get(account) ?? []);
    if (amount === 0n) continue;
    await tx
      .updateTable("meters")
      .set({ spent: sql<bigint>`spent + ${amount}` })
      .where("id", "=", id)
      .execute();
    if (holder === undefined) continue;
    await tx
      .updateTable("leases")
      .set({ drained: sql<bigint>`drained + ${amount}` })
      .where("meter_id", "=", id)
      .where("holder", "=", holder)
      .execute();
  }
}

const accountsPerStatement = 500;

function spendingOf(values: UsageValues): Spending[] {
  const accountCost = values[places.accountCost];
  const amount = BigInt(accountCost ?? values[places.cost] ?? 0);
  if (amount === 0n) return [];
  const keyId = String(values[places.keyId]);
  const organisation = String(values[places.organisation]);
  const accounts = [`project:${String(values[places.project])}`, `key:${keyId}`];
  if (organisation !== "") accounts.push(`organisation:${organisation}`);
  const tags = String(values[places.tags]);
  const session = mayHaveSession(tags) ? sessionOfTags(tags) : undefined;
  if (session !== undefined) accounts.push(sessionAccount(keyId, session));
  const currency = String(accountCost === null ? values[places.currency] : values[places.accountCurrency]);
  return [{ time: Number(values[places.time]), accounts, currency, amount }];
}
