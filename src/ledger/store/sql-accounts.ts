import { sql, type Kysely, type Selectable } from "kysely";
import { must } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import {
  counts,
  endsAtClose,
  grantClaim,
  isLate,
  isMoney,
  leftOf,
  measures,
  startOf,
  waitsSinceMs,
  type Claim,
  type Grant,
  type LeaseState,
  type Measure,
  type MeterTerms,
} from "../account/bank.ts";
import type { Integer } from "../record/index.ts";
import { entryKinds, type AccountStore, type Entry, type MeterView } from "./account-store.ts";
import { metersLock, moveSpending } from "./move-meters.ts";
import { spentByAccount } from "./spent-by-account.ts";
import type { SqlDriver } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";
import { accountWithinScope, keyWithinScope, withinScope } from "./within-scope.ts";

const dayMs = 86_400_000;
/** Windows that have ended are kept for so long: records of them may still come from a journal. */
const endedKeptMs = 40 * dayMs;
/** A session that rests for longer begins anew. */
const sessionKeptMs = 30 * dayMs;

/** Accounts in SQL for all databases. What is granted is decided by `grantClaim` alone. */
export function createSqlAccounts(db: Kysely<Tables>, driver: Pick<SqlDriver, "nowMs" | "lock">): AccountStore {
  return {
    async renewLeases({ id, place, sequence, leaseMs }, claims) {
      const nowMs = await driver.nowMs(db);
      const expiresMs = nowMs + leaseMs;
      return db.transaction().execute(async (tx) => {
        const known = await openHolder(tx, { id, place });
        if (isLate(known, sequence))
          throw new SahabError(
            "conflict",
            known.isClosed
              ? `The holder ${id} was closed, since its process was taken for dead`
              : `A renewal of the holder ${id} came after a newer one`,
          );
        if (await lacksMeters(tx, claims)) await driver.lock(tx, metersLock);
        const grants = new Map<string, Grant>();
        // In one order everywhere, so that transactions of several processes do not wait for each other in a circle.
        const ordered = claims.toSorted((one, other) => (one.meter.id < other.meter.id ? -1 : 1));
        for (const claim of ordered)
          grants.set(claim.meter.id, await renewLease(tx, { claim, holder: id, expiresMs }, nowMs));
        // At the end, since the leases are read with the expiry that they have had until now.
        await tx.updateTable("holders").set({ sequence, expires_ms: expiresMs }).where("id", "=", id).execute();
        return {
          grants: claims.map(({ meter }) => must(grants.get(meter.id), "each claim has a grant")),
          wanted: await wantedMeters(tx, nowMs),
        };
      });
    },

    wantedMeters: async () => wantedMeters(db, await driver.nowMs(db)),

    async closeHolder(id, unknown) {
      const nowMs = await driver.nowMs(db);
      await db.transaction().execute(async (tx) => {
        const known = await openHolder(tx, { id, place: "" });
        if (known.isClosed) return;
        const expiresMs = Math.min(known.expiresMs, nowMs);
        await tx.updateTable("holders").set({ closed_ms: nowMs, expires_ms: expiresMs }).where("id", "=", id).execute();
        await driver.lock(tx, metersLock, "shared");
        const added: Entry[] = [];
        for (const [index, { amount, ...of }] of unknown.entries()) {
          const entry: Entry = {
            ...of,
            id: `int_${id}_${index}`,
            kind: "interrupted",
            amount,
            note: "Reserved by requests that a crash cut; what they have cost is not known",
            actor: "",
          };
          if (await addEntry(tx, entry)) added.push(entry);
        }
        await moveSpending(tx, added.map(spendingOf), undefined);
        const ended = measures.filter((measure) => endsAtClose(measure));
        const meters = tx.selectFrom("meters").select("id").where("measure", "in", ended);
        await tx.deleteFrom("leases").where("holder", "=", id).where("meter_id", "in", meters).execute();
        await tx.updateTable("leases").set({ needs: 0, waits_ms: 0 }).where("holder", "=", id).execute();
      });
    },

    async noteRefusals(refusals) {
      await db.transaction().execute(async (tx) => {
        const ordered = refusals.toSorted((one, other) => (one.keyId < other.keyId ? -1 : 1));
        for (const { keyId, requestId, ...same } of ordered)
          await tx
            .insertInto("refusals")
            .values({ ...same, key_id: keyId, request_id: requestId })
            .onConflict((conflict) =>
              conflict
                .column("key_id")
                .doUpdateSet({ ...same, request_id: requestId })
                .where("refusals.time", "<=", same.time),
            )
            .execute();
      });
    },

    async findRefusal(scope, keyId) {
      const row = await db
        .selectFrom("refusals")
        .selectAll()
        .where("key_id", "=", keyId)
        .where(keyWithinScope(scope, "key_id"))
        .executeTakeFirst();
      if (!row) return undefined;
      const { key_id: _, request_id: requestId, time, ...same } = row;
      return { ...same, keyId, requestId, time: Number(time) };
    },

    async insertEntry(entry) {
      return db.transaction().execute(async (tx) => {
        await driver.lock(tx, metersLock, entry.kind === "top-up" ? undefined : "shared");
        if (!(await addEntry(tx, entry))) return false;
        if (entry.kind === "top-up") await addCredit(tx, entry);
        else await moveSpending(tx, [spendingOf(entry)], undefined);
        return true;
      });
    },

    async listEntries(scope, { project, keyId, organisation, limit, cursor }) {
      let query = db
        .selectFrom("entries")
        .selectAll()
        .where(withinScope(scope))
        .orderBy("time", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1);
      if (project !== undefined) query = query.where("project", "=", project);
      if (keyId !== undefined) query = query.where("key_id", "=", keyId);
      if (organisation !== undefined) query = query.where("organisation", "=", organisation);
      const after = cursor === undefined ? null : /^(\d{1,16})-(.+)$/.exec(cursor);
      if (after === null && cursor !== undefined)
        throw new SahabError("invalid_request", "cursor: expected the `next` of the page before", { param: "cursor" });
      if (after) {
        const [, time = "", id = ""] = after;
        query = query.where((on) =>
          on.or([on("time", "<", Number(time)), on.and([on("time", "=", Number(time)), on("id", "<", id)])]),
        );
      }
      const rows = await query.execute();
      const entries = rows.slice(0, limit).map(decodeEntry);
      const last = entries.at(-1);
      return { entries, next: rows.length > limit && last ? `${last.time}-${last.id}` : null };
    },

    async openMeters(meters) {
      if (meters.length === 0) return;
      const ids = meters.map(({ id }) => id);
      const rows = await db.selectFrom("meters").select("id").where("id", "in", ids).execute();
      const known = new Set(rows.map(({ id }) => id));
      // In one order everywhere, so that transactions of several processes do not wait for each other in a circle.
      const ordered = meters.filter(({ id }) => !known.has(id)).toSorted((one, other) => (one.id < other.id ? -1 : 1));
      if (ordered.length === 0) return;
      const nowMs = await driver.nowMs(db);
      await db.transaction().execute(async (tx) => {
        await driver.lock(tx, metersLock);
        for (const meter of ordered) await openMeter(tx, meter, nowMs);
      });
    },

    async readMeters(scope, accounts, nowMs) {
      if (accounts.length === 0) return [];
      const meters = await db
        .selectFrom("meters")
        .selectAll()
        .where("account", "in", accounts)
        .where(accountWithinScope(scope))
        .where("end_ms", ">", nowMs)
        .orderBy("id")
        .execute();
      if (meters.length === 0) return [];
      const ids = meters.map(({ id }) => id);
      const leases = await leasesOf(db).where("leases.meter_id", "in", ids).execute();
      const byMeter = Map.groupBy(leases, (lease) => lease.meter_id);
      return meters.map((meter) => viewOf(meter, (byMeter.get(meter.id) ?? []).map(decodeLease), nowMs));
    },

    async sweepAccounts(nowMs) {
      await db.transaction().execute(async (tx) => {
        const gone = tx
          .selectFrom("holders")
          .select("id")
          .where("expires_ms", "<", nowMs - dayMs);
        await tx.deleteFrom("leases").where("holder", "in", gone).execute();
        await tx
          .deleteFrom("meters")
          .where((on) =>
            on.or([
              on("end_ms", "<", nowMs - endedKeptMs),
              on.and([on("account", "like", "session:%"), on("used_ms", "<", nowMs - sessionKeptMs)]),
              on.and([on("measure", "in", ["tokens", "requests", "concurrency"]), on("used_ms", "<", nowMs - dayMs)]),
            ]),
          )
          .where("id", "not in", tx.selectFrom("leases").select("meter_id"))
          .execute();
        await tx
          .deleteFrom("holders")
          .where("expires_ms", "<", nowMs - 2 * dayMs)
          .where("id", "not in", tx.selectFrom("leases").select("holder"))
          .execute();
      });
    },
  };
}

/** Takes the lock of a holder's row, which is made where it is not there yet: a write, so that SQLite locks before anything is read. */
async function openHolder(tx: Kysely<Tables>, { id, place }: { id: string; place: string }) {
  const row = await tx
    .insertInto("holders")
    .values({ id, place, sequence: 0, expires_ms: 0, closed_ms: null })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ id }))
    .returning(["sequence", "expires_ms", "closed_ms"])
    .executeTakeFirstOrThrow();
  return { sequence: Number(row.sequence), expiresMs: Number(row.expires_ms), isClosed: row.closed_ms !== null };
}

async function wantedMeters(db: Kysely<Tables>, nowMs: number): Promise<string[]> {
  const rows = await db
    .selectFrom("leases")
    .select("meter_id")
    .distinct()
    .where("needs", ">", 0)
    .where("waits_ms", ">", waitsSinceMs(nowMs))
    .execute();
  return rows.map(({ meter_id: meterId }) => meterId);
}

async function lacksMeters(tx: Kysely<Tables>, claims: readonly Claim[]): Promise<boolean> {
  // What was spent before matters to no share, and to no session.
  const counted = claims.filter(({ meter }) => isMoney(meter.measure) && meter.startsAtZero !== true);
  if (counted.length === 0) return false;
  const ids = counted.map(({ meter }) => meter.id);
  const { count } = await tx
    .selectFrom("meters")
    .select(({ fn }) => fn.countAll().as("count"))
    .where("id", "in", ids)
    .executeTakeFirstOrThrow();
  return Number(count) < new Set(ids).size;
}

async function renewLease(
  tx: Kysely<Tables>,
  asked: { claim: Claim; holder: string; expiresMs: number },
  nowMs: number,
): Promise<Grant> {
  const { claim, holder } = asked;
  const { id, measure } = claim.meter;
  const { spent, credit } = await openMeter(tx, claim.meter, nowMs);
  const leases = (await leasesOf(tx).where("leases.meter_id", "=", id).execute()).map(decodeLease);
  const { lease, grant } = grantClaim({ spent: BigInt(spent), credit: BigInt(credit), leases }, asked, nowMs);
  const isKnown = leases.some((one) => one.holder === holder);
  if (lease) {
    const { granted, drained, idle, needs, waitsMs } = lease;
    const values = { granted, drained, idle, needs, waits_ms: waitsMs };
    if (!isKnown)
      await tx
        .insertInto("leases")
        .values({ ...values, meter_id: id, holder })
        .execute();
    else await tx.updateTable("leases").set(values).where("meter_id", "=", id).where("holder", "=", holder).execute();
  }
  const ended = leases.filter((one) => (one.holder === holder ? !lease : !counts(measure, one, nowMs)));
  for (const one of ended)
    await tx.deleteFrom("leases").where("meter_id", "=", id).where("holder", "=", one.holder).execute();
  return grant;
}

function leasesOf(db: Kysely<Tables>) {
  return db
    .selectFrom("leases")
    .innerJoin("holders", "holders.id", "leases.holder")
    .selectAll("leases")
    .select("holders.expires_ms");
}

/** Takes the lock of a meter's row, which is made where it is not there yet. */
async function openMeter(
  tx: Kysely<Tables>,
  meter: MeterTerms,
  nowMs: number,
): Promise<{ spent: Integer; credit: Integer }> {
  const lock = () =>
    tx
      .updateTable("meters")
      .set({ used_ms: nowMs })
      .where("id", "=", meter.id)
      .returning(["spent", "credit"])
      .executeTakeFirst();
  const known = await lock();
  if (known) return known;
  const isNew = await insertMeter(tx, meter, nowMs);
  if (isNew && meter.measure === "budget" && meter.startsAtZero !== true) {
    const spent = await spentBefore(tx, meter);
    await tx.updateTable("meters").set({ spent }).where("id", "=", meter.id).execute();
    return { spent, credit: 0 };
  }
  return (await lock()) ?? { spent: 0, credit: 0 };
}

async function insertMeter(tx: Kysely<Tables>, meter: MeterTerms, nowMs: number): Promise<boolean> {
  const { id, account, measure, currency, startMs, endMs } = meter;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("meters")
    .values({
      id,
      account,
      measure,
      currency,
      start_ms: startOf({ measure, startMs }, nowMs),
      end_ms: endMs,
      spent: 0,
      credit: 0,
      used_ms: nowMs,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** What records and entries that are there already say of a window; not of a session, whose meter is there before its first request. */
async function spentBefore(tx: Kysely<Tables>, { account, currency, startMs, endMs }: MeterTerms): Promise<bigint> {
  const at = account.indexOf(":");
  const [kind, name] = [account.slice(0, at), account.slice(at + 1)];
  const column = kind === "organisation" ? "organisation" : kind === "project" ? "project" : "key_id";
  const spent = await spentByAccount(tx, { column, name, currency }, { startMs, endMs });
  const entries = await tx
    .selectFrom("entries")
    .select(sql<Integer | null>`sum(amount)`.as("spent"))
    .where(column, "=", name)
    .where("time", ">=", startMs)
    .where("time", "<", endMs)
    .where("currency", "=", currency)
    .where("kind", "<>", "top-up")
    .executeTakeFirstOrThrow();
  return spent + BigInt(entries.spent ?? 0);
}

async function addEntry(tx: Kysely<Tables>, entry: Entry): Promise<boolean> {
  const { keyId, ...same } = entry;
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("entries")
    .values({ ...same, key_id: keyId })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Money that was paid in goes to the balance of the narrowest account that the entry names. */
async function addCredit(tx: Kysely<Tables>, entry: Entry): Promise<void> {
  const account = accountsOf(entry)[0];
  if (account === undefined) return;
  const meter = balanceMeter(account, entry.currency);
  await insertMeter(tx, meter, entry.time);
  await tx
    .updateTable("meters")
    .set({ credit: sql<bigint>`credit + ${entry.amount}` })
    .where("id", "=", meter.id)
    .execute();
}

/** The meter of an account's prepaid money. */
function balanceMeter(account: string, currency: string): MeterTerms {
  const id = `${account} balance ${currency}`;
  return { id, account, measure: "balance", currency, startMs: 0, endMs: Number.MAX_SAFE_INTEGER };
}

/** The narrowest first. */
function accountsOf({ keyId, project, organisation }: Pick<Entry, "keyId" | "project" | "organisation">): string[] {
  return [
    ...(keyId === "" ? [] : [`key:${keyId}`]),
    ...(project === "" ? [] : [`project:${project}`]),
    ...(organisation === "" ? [] : [`organisation:${organisation}`]),
  ];
}

function spendingOf(entry: Entry) {
  const { time, amount, currency } = entry;
  return { time, amount, currency, accounts: accountsOf(entry) };
}

function viewOf(meter: Selectable<Tables["meters"]>, leases: readonly LeaseState[], nowMs: number): MeterView {
  const { id, account, currency } = meter;
  const measure = measureOf(meter.measure);
  const counted = leases.filter((lease) => counts(measure, lease, nowMs));
  const idle = counted.filter((lease) => nowMs < lease.expiresMs);
  return {
    id,
    account,
    measure,
    currency,
    startMs: Number(meter.start_ms),
    endMs: Number(meter.end_ms),
    spent: isMoney(measure) ? BigInt(meter.spent) : 0n,
    credit: BigInt(meter.credit),
    leased: counted.reduce((sum, lease) => sum + leftOf(measure, lease), 0n),
    idle: idle.reduce((sum, lease) => sum + lease.idle, 0n),
  };
}

function measureOf(text: string): Measure {
  return measures.find((measure) => measure === text) ?? "budget";
}

function decodeLease(row: Selectable<Tables["leases"]> & { expires_ms: Integer }): LeaseState {
  return {
    holder: row.holder,
    granted: BigInt(row.granted),
    drained: BigInt(row.drained),
    idle: BigInt(row.idle),
    needs: BigInt(row.needs),
    waitsMs: Number(row.waits_ms),
    expiresMs: Number(row.expires_ms),
  };
}

function decodeEntry(row: Selectable<Tables["entries"]>): Entry {
  const { key_id: keyId, ...same } = row;
  return {
    ...same,
    keyId,
    kind: entryKinds.find((kind) => kind === row.kind) ?? "adjustment",
    time: Number(row.time),
    amount: BigInt(row.amount),
  };
}
