import { Database, type SQLQueryBindings } from "bun:sqlite";
import { join } from "node:path";
import { openLog } from "../src/base/log.ts";
import { Journal, JournalDrain, wholeScope, type StoreThread, type UsageRecord } from "../src/ledger/index.ts";
import { encodeUsageValues, usageColumns } from "../src/ledger/record/index.ts";
import { ledgerDatabases, ledgerStartMs, type DatabaseKind } from "./ledger-databases.ts";
import { makeLedgerRecord } from "./ledger-record.ts";
import type { Measured } from "./lineup.ts";
import { makeOutFolder } from "./out-folder.ts";
import { number, say, table, type Finding } from "./report.ts";
import { median } from "./statistics.ts";

/** What lists and reports over a large ledger may take. */
const goalMs = 1_000;
/** Records that wait for the disk at once, as those of a thousand clients do. */
const inFlight = 1_000;
/** As many records as the drain moves at once. */
const plainBatch = 300;

const log = openLog({ level: "error", pretty: false });
const columns = usageColumns.map(({ sql }) => sql);

/**
 * Settled records a second through the journal into the database, all of it durable, beside the same rows by a prepared insert into a table
 * of SQLite without indexes; and lists and reports over a large ledger. In SQLite, and in PostgreSQL where it is installed.
 */
export async function measureLedger({ quick, records }: { quick: boolean; records: number }): Promise<Measured> {
  const raw: Record<string, unknown> = {};
  const findings: Finding[] = [];
  for (const kind of await ledgerDatabases())
    try {
      const taken = await measureTaking(kind, quick);
      const read = await measureReading(kind, records);
      raw[kind.name] = { taken: taken.raw, read: read.raw };
      findings.push(...taken.findings, ...read.findings);
    } finally {
      await kind.close();
    }
  return { raw, findings };
}

async function measureTaking(kind: DatabaseKind, quick: boolean): Promise<Measured> {
  const count = quick ? 40_000 : 200_000;
  say(`\n== Ledger: ${number(count)} settled records through the journal into ${kind.name}`);
  const rounds = [];
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    const records = Array.from({ length: count }, (_, index) => makeLedgerRecord(index, Date.now()));
    const plain = insertPlainly(records);
    rounds.push({ plain, ...(await settleAll(kind, records)) });
  }
  say(
    table(
      ["records a second", "prepared insert", "journal alone", "journal and database", "CPU µs/record"],
      rounds.map(({ plain, journal, whole, cpuUs }, round) => [
        `round ${round + 1}`,
        number(plain),
        number(journal),
        number(whole),
        number(cpuUs, 1),
      ]),
    ),
  );
  const whole = median(rounds.map((round) => round.whole));
  const ratio = median(rounds.map((round) => round.whole / round.plain));
  const findings: Finding[] = [
    {
      what: `Ledger: settled records a second, durable in journal and ${kind.name}`,
      value: `${number(whole)} (${number(ratio, 2)}× a prepared insert of the same rows into SQLite without indexes and sums; ${number(median(rounds.map(({ cpuUs }) => cpuUs)), 1)} µs of CPU each, both threads)`,
      goal: `at least ${number(kind.goalPerSecond)}`,
      met: whole >= kind.goalPerSecond,
    },
  ];
  return { raw: rounds, findings };
}

/** Records a second: until the journal has all of them, and until the database has. */
async function settleAll(
  kind: DatabaseKind,
  records: readonly UsageRecord[],
): Promise<{ journal: number; whole: number; cpuUs: number }> {
  const database = await kind.make();
  const store = await database.open();
  try {
    // Budgets are counted as well: balances of the key and the project of some of the records.
    for (const [index, id] of ["key_1", ""].entries())
      await store.insertEntry({
        id: `ent_${index}`,
        time: 0,
        kind: "top-up",
        organisation: "",
        project: "default",
        keyId: id,
        amount: 10n ** 15n,
        currency: "USD",
        note: "",
        actor: "",
      });
    const journal = new Journal(join(database.folder, "journal"));
    const drain = new JournalDrain({ journal, store, log });
    drain.run();
    const startMs = performance.now();
    const startCpu = process.cpuUsage();
    let next = 0;
    const settleSome = async () => {
      for (let record = records[next++]; record; record = records[next++]) await journal.settle(record);
    };
    await Promise.all(Array.from({ length: inFlight }, settleSome));
    const journalMs = performance.now() - startMs;
    await drain.drain();
    const wholeMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(startCpu);
    await drain.stop();
    await journal.close();
    await expectRequests(store, records.length);
    const perSecond = (ms: number) => (records.length * 1_000) / ms;
    return { journal: perSecond(journalMs), whole: perSecond(wholeMs), cpuUs: (user + system) / records.length };
  } finally {
    await store.close();
    await database.remove();
  }
}

async function expectRequests(store: StoreThread, count: number): Promise<void> {
  const { rows } = await store.sumUsage(wholeScope, {
    since: undefined,
    until: undefined,
    groupBy: ["day"],
    currency: undefined,
  });
  const found = rows.reduce((sum, row) => sum + row.requests, 0);
  if (found !== count) throw new Error(`The ledger has ${found} requests instead of ${count}`);
}

/** Records a second of one prepared statement, in synced transactions of as many rows as the drain's. */
function insertPlainly(records: readonly UsageRecord[]): number {
  const folder = makeOutFolder("ledger-plain");
  const database = new Database(join(folder.path, "plain.db"), { create: true, readwrite: true, safeIntegers: true });
  try {
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = FULL");
    database.run(`CREATE TABLE usage (${columns.map((name) => (name === "id" ? "id PRIMARY KEY" : name)).join(", ")})`);
    const insert = database.query(`INSERT INTO usage VALUES (${columns.map(() => "?").join(", ")})`);
    const startMs = performance.now();
    for (let at = 0; at < records.length; at += plainBatch)
      database.transaction(() => {
        for (const record of records.slice(at, at + plainBatch))
          insert.run(...(encodeUsageValues(record) as SQLQueryBindings[]));
      })();
    return (records.length * 1_000) / (performance.now() - startMs);
  } finally {
    database.close();
    folder.remove();
  }
}

async function measureReading(kind: DatabaseKind, records: number): Promise<Measured> {
  say(`\n== Ledger: lists and reports over ${number(records)} records of a year in ${kind.name}`);
  const database = await kind.make();
  try {
    await (await database.open()).close();
    const startMs = performance.now();
    await database.fill(records);
    const filledMs = performance.now();
    const store = await database.open();
    say(
      `Filled in ${number((filledMs - startMs) / 1_000)} s; roll-ups of all made in ${number((performance.now() - filledMs) / 1_000)} s`,
    );
    try {
      return await readAll(store, kind, records);
    } finally {
      await store.close();
    }
  } finally {
    await database.remove();
  }
}

const dayMs = 86_400_000;

async function readAll(store: StoreThread, kind: DatabaseKind, records: number): Promise<Measured> {
  const page = { limit: 100, cursor: undefined };
  const [since, until] = [ledgerStartMs + 100.3 * dayMs, ledgerStartMs + 200.7 * dayMs];
  const all = { since: undefined, until: undefined, currency: undefined };
  const lists: Record<string, Parameters<StoreThread["listUsage"]>[1]> = {
    "list: newest": page,
    "list: a key": { ...page, keys: ["key_7"] },
    "list: two keys": { ...page, keys: ["key_7", "key_8"] },
    "list: a model, from the middle of the year": { ...page, model: "model-3", until },
    "list: a provider": { ...page, provider: "provider-2" },
    "list: a rare status": { ...page, status: 503 },
    "list: a key and a rare status": { ...page, keys: ["key_7"], status: 503 },
    "list: three common filters": { ...page, project: "project-1", model: "model-4", status: 200 },
    "list: two common filters that nothing has both of": { ...page, keys: ["key_7"], model: "model-8" },
  };
  const reports: Record<string, Parameters<StoreThread["sumUsage"]>[1]> = {
    "report: by model": { ...all, groupBy: ["model"] },
    "report: by key and day": { ...all, groupBy: ["key", "day"] },
    "report: by provider": { ...all, groupBy: ["provider"] },
    "report: by project, 100.4 days": { ...all, since, until, groupBy: ["project"] },
    "report: one key by model": { ...all, keys: ["key_7"], groupBy: ["model"] },
    "report: by user": { ...all, groupBy: ["user"] },
  };
  // By a tag, the records of a month are read: what a report of the whole year takes is its multiple.
  const month = { since, until: since + 30 * dayMs };
  const slow: typeof reports = { "report: by a tag, a month": { ...all, ...month, groupBy: ["tag:session"] } };
  const took: Record<string, number> = {};
  for (const [name, listing] of Object.entries(lists))
    took[name] = await timeOf(() => store.listUsage(wholeScope, listing));
  for (const [name, query] of Object.entries({ ...reports, ...slow }))
    took[name] = await timeOf(() => store.sumUsage(wholeScope, query));
  const rows = Object.entries(took).map(([name, ms]) => [name, number(ms, 1)]);
  say(table(["", "ms, the slower of two"], rows));
  const bounded = [...Object.keys(lists), ...Object.keys(reports)];
  const slowest = bounded.toSorted((one, other) => (took[other] ?? 0) - (took[one] ?? 0))[0] ?? "";
  const longest = took[slowest] ?? Number.NaN;
  return {
    raw: took,
    findings: [
      {
        what: `Ledger of ${number(records)} records in ${kind.name}: the slowest of ${bounded.length} lists and reports`,
        value: `${number(longest)} ms (${slowest})`,
        goal: `at most ${number(goalMs)} ms`,
        met: longest <= goalMs,
      },
    ],
  };
}

/** Of two runs the longer one, in milliseconds. */
async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const times = [];
  for (let run = 0; run < 2; run++) {
    const startMs = performance.now();
    await act();
    times.push(performance.now() - startMs);
  }
  return Math.max(...times);
}
