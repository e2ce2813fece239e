import type { Kysely } from "kysely";
import { must } from "../../base/assert.ts";
import { createDataKey, type Sealer } from "../../base/seal.ts";
import type { Tables } from "./tables.ts";

/** The data key of this name, for `createKeySealer` or `createByteSealer`; made when it is first asked for. */
export async function openDataKey(db: Kysely<Tables>, sealer: Sealer, name: string): Promise<string> {
  const find = () => db.selectFrom("data_keys").select("sealed").where("name", "=", name).executeTakeFirst();
  let row = await find();
  if (!row) {
    // Another process may make one at the same moment: the first counts.
    const sealed = sealer.seal(createDataKey(), contextOf(name));
    await db
      .insertInto("data_keys")
      .values({ name, sealed })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
    row = await find();
  }
  return sealer.open(must(row, "the data key was written").sealed, contextOf(name));
}

/** Seals the data keys with the present master key; what they seal stays as it is. */
export async function resealDataKeys(tx: Kysely<Tables>, sealer: Sealer): Promise<void> {
  for (const { name, sealed } of await tx.selectFrom("data_keys").selectAll().execute())
    await tx
      .updateTable("data_keys")
      .set({ sealed: sealer.seal(sealer.open(sealed, contextOf(name)), contextOf(name)) })
      .where("name", "=", name)
      .execute();
}

function contextOf(name: string): string {
  return `data-key:${name}`;
}
