import { CompiledQuery, type Kysely } from "kysely";
import type { UsageValues } from "../record/index.ts";
import { rollUp, type Rollup } from "./roll-up.ts";
import { costUnit, rollupAmounts, rollupCounts, rollupParts } from "./rollup-columns.ts";
import type { Tables } from "./tables.ts";

/** Counts that outgrow 64 bits stop here, since a record that a database refuses would hold up all that come after it. */
const countMax = 2 ** 61;

/** Rows of one statement, the largest that fit first: each size is one text, which databases prepare once. */
const statementRows = [32, 8, 1] as const;

/** Adds records that were just added, in the same transaction, to the sums over hours and days. */
export async function addToRollups(tx: Kysely<Tables>, added: readonly UsageValues[]): Promise<void> {
  const rows = rollUp(added).map((sum) => ({ sum, order: orderOf(sum) }));
  // In one order everywhere, so that transactions of several processes do not wait for each other in a circle.
  rows.sort((one, other) => (one.order < other.order ? -1 : 1));
  let at = 0;
  for (const size of statementRows)
    for (; rows.length - at >= size; at += size) {
      const parameters = rows.slice(at, at + size).flatMap(({ sum }) => valuesOf(sum));
      // Kysely freezes parameters that it is given at once, and a frozen list of a thousand is bound slowly.
      await tx.executeQuery({ ...CompiledQuery.raw(statementOf(size)), parameters });
    }
}

const unit = BigInt(costUnit);
const keyColumns = ["span", "time", ...rollupParts];
const sumColumns = [...rollupCounts, ...rollupAmounts.flatMap((name) => [name, `${name}_rest`])];

function valuesOf(sum: Rollup): unknown[] {
  const values: unknown[] = [sum.span, sum.time];
  for (const part of rollupParts) values.push(sum[part]);
  for (const count of [sum.requests, sum.providerRequests, ...sum.counts, sum.stated])
    values.push(Math.min(count, countMax));
  for (const name of rollupAmounts) {
    const amount = sum.amounts[name];
    // As numbers, which are bound quicker: one record has at most 9.3 billion units.
    if (amount === 0n) values.push(0, 0);
    else values.push(Number(amount / unit), Number(amount % unit));
  }
  return values;
}

const statements = new Map<number, string>();

function statementOf(rows: number): string {
  const known = statements.get(rows);
  if (known !== undefined) return known;
  const width = keyColumns.length + sumColumns.length;
  const places = Array.from(
    { length: rows },
    (_, row) => `(${Array.from({ length: width }, (_, column) => `$${row * width + column + 1}`).join(", ")})`,
  );
  const isCount = (name: string) => (rollupCounts as readonly string[]).includes(name);
  const sums = sumColumns.map((name) => {
    const [old, sum] = [`usage_sums.${name}`, `usage_sums.${name} + excluded.${name}`];
    return isCount(name) ? `${name} = case when ${old} > ${countMax} then ${old} else ${sum} end` : `${name} = ${sum}`;
  });
  const statement = `insert into usage_sums (${[...keyColumns, ...sumColumns].join(", ")}) values ${places.join(", ")}
    on conflict (${keyColumns.join(", ")}) do update set ${sums.join(", ")}`;
  statements.set(rows, statement);
  return statement;
}

function orderOf(sum: Rollup): string {
  return `${sum.span} ${sum.time} ${rollupParts.map((part) => sum[part]).join(" ")}`;
}
