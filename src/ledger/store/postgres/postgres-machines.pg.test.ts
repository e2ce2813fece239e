import { afterEach, beforeAll, describe, expect, test } from "bun:test";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import { parseDatabaseAddress } from "../../../base/database-address.ts";
import { eventually } from "../../../testing/eventually.ts";
import { describeWithPostgres } from "../../../testing/postgres.ts";
import { makeCertificate } from "../../../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../../testing/temporary-folder.ts";
import type { Claim } from "../../account/bank.ts";
import { usageColumns } from "../../record/index.ts";
import { testMigrations } from "../migrations-contract.ts";
import { checkDatabase, openStore } from "../open-store.ts";
import { RepeatingKysely } from "../repeating-kysely.ts";
import { insert, makeRecord } from "../store-contract.ts";
import type { Store } from "../store.ts";
import type { Tables } from "../tables.ts";
import { BytewiseText } from "./bytewise-text.ts";
import { wholeScope } from "../scope.ts";

const masterKey = "the master key of the tests";
const asIs = (path: string) => path;

describeWithPostgres("several machines on one PostgreSQL", (cluster) => {
  let database = "";
  beforeAll(async () => {
    await cluster.start();
    database = await cluster.createDatabase();
  });

  const stores: Store[] = [];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    if (database !== "") await cluster.emptyDatabase(database);
  });
  const open = async (machine: string) => {
    const postgres = parseDatabaseAddress(cluster.socketUrl(database), asIs);
    const store = await openStore({ postgres, machine, masterKey });
    stores.push(store);
    return store;
  };
  const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, at) => make(at));

  test("that start together on an empty database all open it", async () => {
    database = await cluster.createDatabase();
    const opened = await Promise.all(times(4, (index) => open(`machine-${index}`)));
    expect(await Promise.all(opened.map((store) => store.version()))).toEqual([1, 1, 1, 1]);
  });

  test("of all that take batches at the same moment one gets them, and each machine has its own", async () => {
    const [one, same, other] = [await open("one"), await open("one"), await open("other")];
    const batch = {
      project: "default",
      keyId: "k",
      keyHash: "h",
      inputFile: "f",
      createdMs: 1,
      expiresMs: 9e9,
      terms: "",
    };
    for (const index of times(5, (at) => at)) await one.insertBatch({ ...batch, id: `batch_${index}` }, 100);
    await other.insertBatch({ ...batch, id: "batch_other" }, 100);
    for (let round = 0; round < 15; round++) {
      const lease = { nowMs: round * 1_000, untilMs: round * 1_000 + 500 };
      const claimed = await Promise.all([
        one.claimBatches({ ...lease, owner: `a${round}` }),
        same.claimBatches({ ...lease, owner: `b${round}` }),
        one.claimBatches({ ...lease, owner: `c${round}` }),
        other.claimBatches({ ...lease, owner: `d${round}` }),
      ]);
      expect(claimed.map((rows) => rows.length).sort((x, y) => x - y)).toEqual([0, 0, 1, 5]);
      expect(claimed[3]?.map(({ id }) => id)).toEqual(["batch_other"]);
    }
    await one.releaseBatches();
    expect(await other.claimBatches({ owner: "late", nowMs: 14_100, untilMs: 15_000 })).toEqual([]);
  });

  test("keep a project within its bounds of files and batches together", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const inTurn = (index: number) => (index % 2 ? one : two);
    const file = { project: "p", purpose: "batch", bytes: 1, createdMs: 1, expiresMs: 9e9, name: "n" };
    const batch = { project: "p", keyId: "k", keyHash: "h", inputFile: "f", createdMs: 1, expiresMs: 9e9, terms: "" };
    const bounds = { filesMax: 3, bytesMax: 100 };
    const taken = await Promise.all(times(12, (at) => inTurn(at).insertFile({ ...file, id: `file_${at}` }, bounds)));
    expect(taken.filter((bound) => bound === undefined)).toHaveLength(3);
    const added = await Promise.all(times(12, (at) => inTurn(at).insertBatch({ ...batch, id: `batch_${at}` }, 2)));
    expect(added.filter(Boolean)).toHaveLength(2);
  });

  test("know of each other's files where they are, and forget those of a machine that is gone", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const file = { id: "f", project: "p", purpose: "batch", bytes: 1, createdMs: 1, expiresMs: 1_000, name: "n" };
    await one.insertFile(file, { filesMax: 3, bytesMax: 100 });
    expect(await one.findFile({ project: "p", id: "f", nowMs: 1 })).toEqual(file);
    expect(await two.findFile({ project: "p", id: "f", nowMs: 1 })).toEqual({ ...file, elsewhere: "one" });
    expect(await two.listFileNames()).toEqual({ files: [], elsewhere: ["f"], batches: [] });
    expect(await two.sweepFiles(2_000, 10)).toEqual([]);
    expect(await two.sweepFiles(2_000 + 86_400_000, 10)).toEqual(["f"]);
  });

  test("a start ends what its own machine left unfinished, and nothing of others", async () => {
    const one = await open("one");
    const row = {
      kind: "answer",
      project: "p",
      createdMs: 1,
      expiresMs: 9e12,
      model: "m",
      previous: "",
      request: null,
      answer: null,
    };
    const working = (id: string, owner: string) => ({ ...row, id, owner, status: "in_progress" });
    await one.keep([working("a", "one/0"), working("b", "one-more/0"), working("c", "two/0")]);
    expect(await one.endKept({ owner: undefined, from: ["in_progress"], to: "failed" })).toBe(1);
  });

  test("take each record once, and meters that are made meanwhile have all that was spent", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const inTurn = (index: number) => (index % 2 ? one : two);
    const projects = times(12, (at) => `p${at}`);
    const work = projects.flatMap((project, at) => [
      ...times(3, (part) =>
        // Both machines bring the same records, as after a crash that came before the journal was deleted.
        [one, two].map((store) =>
          insert(store, [
            makeRecord({ id: `req_${project}_${part}`, project, cost: 10n }),
            makeRecord({ id: `req_shared_${part}`, project: "shared", cost: 1n }),
          ]),
        ),
      ).flat(),
      inTurn(at).renewLeases({ id: `holder_${at}`, place: "", sequence: 1, leaseMs: 1_000 }, [
        claim(project),
        claim("shared"),
      ]),
      inTurn(at).insertEntry({
        id: `entry_${at}`,
        time: 1,
        kind: "adjustment",
        organisation: "",
        project,
        keyId: "",
        amount: 7n,
        currency: "USD",
        note: "",
        actor: "",
      }),
    ]);
    await Promise.all(work);
    const meters = await one.readMeters(
      wholeScope,
      [...projects, "shared"].map((project) => `project:${project}`),
      1,
    );
    expect(meters.map(({ account, spent }) => `${account} ${spent}`)).toEqual(
      [...projects.map((project) => `project:${project} 37`), "project:shared 3"].sort(),
    );
    const { rows } = await two.sumUsage(wholeScope, {
      since: undefined,
      until: undefined,
      groupBy: [],
      currency: undefined,
    });
    expect(rows).toMatchObject([{ requests: 39, cost: 363n }]);
  });

  test("a meter that is made while a record is being added has it, or counts it", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const holder = { place: "", sequence: 1, leaseMs: 1_000 };
    await one.renewLeases({ ...holder, id: "a" }, [claim("shared")]);
    // The record is there and not committed, since the other meter that it moves is held here.
    const held = new pg.Client({ connectionString: cluster.url(database) });
    await held.connect();
    await held.query("begin; update meters set used_ms = used_ms");
    const adding = insert(
      one,
      ["p", "shared"].map((project) => makeRecord({ id: `req_${project}`, project, cost: 10n })),
    );
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update \"meters\"%'";
    await eventually("the wait for the meter", async () => (await cluster.query(waiting)).length > 0);
    const making = two.renewLeases({ ...holder, id: "b" }, [claim("p")]);
    await Promise.race([making, Bun.sleep(300)]);
    await held.query("commit");
    await held.end();
    await Promise.all([adding, making]);
    const meters = await two.readMeters(wholeScope, ["project:p", "project:shared"], 1);
    expect(meters.map(({ spent }) => spent)).toEqual([10n, 10n]);
  });

  test("whoever waits for another in a circle goes on", async () => {
    const [one, two] = [await open("one"), await open("two")];
    await one.insertKey({ ...keyRow, id: "key_a", hash: "a" });
    await one.insertKey({ ...keyRow, id: "key_b", hash: "b" });
    const uses = ["key_a", "key_b"];
    await Promise.all(
      times(40, (at) =>
        (at % 2 ? one : two).noteKeyUses((at % 3 ? uses : uses.toReversed()).map((id) => ({ id, usedMs: 1_000 + at }))),
      ),
    );
    expect((await one.listKeys(wholeScope)).map(({ usedMs }) => usedMs)).toEqual([1_039, 1_039]);

    const connect = () =>
      new RepeatingKysely({
        dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: cluster.url(database), max: 1 }) }),
      });
    const databases = [connect(), connect()];
    let attempts = 0;
    let firstLocked = 0;
    const circle = (at: number) =>
      databases[at]!.transaction().execute(async (tx) => {
        attempts++;
        const order = at === 0 ? uses : uses.toReversed();
        for (const [step, id] of order.entries()) {
          await tx
            .updateTable("keys")
            .set({ used_ms: sql<number>`used_ms + 1` })
            .where("id", "=", id)
            .execute();
          if (step > 0) continue;
          firstLocked++;
          while (firstLocked < 2) await Bun.sleep(5);
        }
      });
    await Promise.all([circle(0), circle(1)]);
    await Promise.all(databases.map((db) => db.destroy()));
    // One of them at least was run again; where both hold their first row anew, once more.
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect((await one.listKeys(wholeScope)).map(({ usedMs }) => usedMs)).toEqual([1_041, 1_041]);
  });

  testMigrations("PostgreSQL", async () => {
    const pool = new pg.Pool({ connectionString: cluster.url(await cluster.createDatabase()), max: 1 });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    return { db, bytesType: "bytea" as const, plugin: new BytewiseText() };
  });

  test("texts compare by their bytes, and the table has the columns of the record", async () => {
    const found = await cluster.query<{ name: string; type: string; collation: string | null }>(
      "select column_name as name, data_type as type, collation_name as collation from information_schema.columns where table_schema = 'public' and table_name = 'usage'",
      database,
    );
    const wanted = usageColumns.map(({ sql: name, kind }) => ({
      name,
      type: kind.sqlType,
      collation: kind.sqlType === "text" ? "C" : null,
    }));
    const byName = (list: { name: string }[]) => list.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    expect(byName(found)).toEqual(byName(wanted));
  });

  test("an older program leaves a newer database as it is", async () => {
    await cluster.query("insert into kysely_migration values ('999-future', '2030')", database);
    const message = await open("one").then(String, String);
    expect(message).toMatch(/it was written by a newer Sahab than this one: it has 999-future/);
    expect(message).toContain("nothing was changed");
    await cluster.query("delete from kysely_migration where name = '999-future'", database);
  });

  describe("what is wrong with a database is said, without the password", () => {
    const messageOf = async (url: string) => {
      const message = await openStore({ postgres: parseDatabaseAddress(url, asIs), machine: "one", masterKey }).then(
        (store) => store.close().then(() => "opened"),
        (error: unknown) => String(error),
      );
      for (const secret of [cluster.password, encodeURIComponent(cluster.password), "wr0ng"])
        expect(message).not.toContain(secret);
      return message;
    };

    test("no server, no database, no entry, no rights", async () => {
      expect(await messageOf("postgres://u:wr0ng@127.0.0.1:1/d")).toMatch(/nothing listens at 127\.0\.0\.1:1\. Start/);
      expect(await messageOf("postgres://u@/d?host=/nowhere")).toMatch(/nothing listens at the socket in \/nowhere/);
      expect(await messageOf(cluster.url("none"))).toMatch(
        /has no database "none"\. Create it: createdb -O sahab none/,
      );
      const wrong = cluster.url(database).replace(/:[^:@/]+@/, ":wr0ng@");
      expect(await messageOf(wrong)).toMatch(/does not let the user "sahab" in/);
      await cluster.query(
        "create role guest login password 'wr0ng'; revoke create on schema public from public",
        database,
      );
      const guest = cluster.url(database).replace(/sahab:[^:@/]+@/, "guest:wr0ng@");
      expect(await messageOf(guest)).toMatch(/lacks rights there .*GRANT CREATE ON SCHEMA public TO guest/);
    });

    test("TLS is as sslmode says", async () => {
      const folder = makeTemporaryFolder();
      const other = (await makeCertificate(folder, "other")).file;
      const opened = async (parameters: string) => messageOf(cluster.url(database, parameters));
      expect(await opened("sslmode=require")).toBe("opened");
      expect(await opened(`sslmode=verify-full&sslrootcert=${cluster.caFile}`)).toBe("opened");
      expect(await opened(`sslmode=verify-full&sslrootcert=${other}`)).toMatch(/certificate is not good.*sslrootcert/);
      expect(await opened(`sslmode=require&sslrootcert=${other}`)).toMatch(/certificate is not good/);
      expect(await opened("sslmode=verify-full")).toMatch(/certificate is not good/);
      expect(await opened(`sslmode=verify-ca&sslrootcert=${folder}/none`)).toMatch(/cannot read sslrootcert .*none/);
      const state = (parameters: string) =>
        checkDatabase(parseDatabaseAddress(cluster.url(database, parameters), asIs));
      expect(await state("")).toMatchObject({ isEncrypted: true });
      expect(await state("sslmode=disable")).toMatchObject({ isEncrypted: false });
      expect(Math.abs((await state("")).clockAheadMs)).toBeLessThan(1_000);
      removeTemporaryFolder(folder);
    });
  });
});

const claim = (project: string): Claim => ({
  meter: {
    id: `project:${project} budget total USD`,
    account: `project:${project}`,
    measure: "budget",
    currency: "USD",
    startMs: 0,
    endMs: 9e15,
  },
  limit: 1_000n,
  keeps: 0n,
  idle: 0n,
  needs: 0n,
  wants: 0n,
  drained: 0n,
  waitedMs: 0,
  isNew: true,
});

const keyRow = {
  name: "",
  role: "user" as const,
  project: "default",
  prefix: "",
  createdMs: 1,
  expiresMs: null,
  revokedMs: null,
  terms: "{}",
  models: null,
  addresses: null,
  usedMs: null,
  replacedBy: null,
};
