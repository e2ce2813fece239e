import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signIn } from "../testing/browser-session.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor } from "../testing/fake-vendor.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { describeWithPostgres } from "../testing/postgres.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

const masterKey = "one master key for all machines";
/** What docs/operations.md promises of keys, configuration and revocations. */
const reachMs = 2_000;

describeWithPostgres("two machines on one database", (cluster) => {
  const vendor = startFakeVendor({ quick: chat(["a ", "b "]) });
  let one: TestSahab;
  let two: TestSahab;
  let env: Record<string, string>;

  beforeAll(async () => {
    await cluster.start();
    const database = await cluster.createDatabase();
    env = {
      SAHAB_DATABASE_URL: cluster.url(database),
      SAHAB_MASTER_KEY: masterKey,
      SAHAB_ADMIN_KEY: "admin-key-of-all-machines",
    };
    // Together, as a fleet starts: one of them makes the tables.
    [one, two] = await Promise.all([runSahab({ env }), runSahab({ env })]);
    await one.apply(oneModelConfig(vendor.url, "quick"));
  });

  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await vendor.stop();
  });

  const ask = (sahab: TestSahab, key: string) =>
    sahab.call("/v1/chat/completions", { model: "quick", messages: [{ role: "user", content: "Hi" }] }, { key });

  async function takesMs(what: string, probe: () => Promise<boolean>): Promise<number> {
    const startedMs = performance.now();
    await eventually(what, probe);
    return performance.now() - startedMs;
  }

  test("a session is good on the other at once, and so is its end", async () => {
    const session = await signIn(one);
    // A balancer in front of both has one address, whose port is in the cookie's name.
    const headers = { host: new URL(one.address).host, cookie: session.cookie };
    const there = () => fetch(`${two.address}/admin/v1/session`, { headers });
    expect((await there()).status).toBe(200);
    expect((await session.call("/admin/v1/sessions", { method: "DELETE" })).status).toBe(200);
    expect((await there()).status).toBe(401);
  });

  test("keys, configuration and revocations reach the other within two seconds", async () => {
    const reached: Record<string, number> = {};
    const { id, key } = await one.createKey();
    reached["key"] = await takesMs("the key", async () => (await ask(two, key)).status === 200);
    const raised = { ...oneModelConfig(vendor.url, "quick"), aliases: { other: "quick" } };
    await one.apply(raised);
    reached["configuration"] = await takesMs("the alias", async () => {
      const models = await (
        await fetch(`${two.address}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
      ).text();
      return models.includes('"other"');
    });
    expect((await one.admin(`/keys/${id}`, { method: "DELETE" })).ok).toBeTrue();
    reached["revocation"] = await takesMs("the revocation", async () => (await ask(two, key)).status === 401);
    for (const [what, ms] of Object.entries(reached))
      expect({ what, inTime: ms < reachMs }).toEqual({ what, inTime: true });
  });

  test("the printed database has no password, and records of both are in one list", async () => {
    await one.printed("Its database is postgres://sahab@localhost:");
    const { key } = await one.createKey();
    const ids = await Promise.all([one, two].map(async (sahab) => (await ask(sahab, key)).headers.get("x-request-id")));
    for (const id of ids) expect(await two.record(id)).toMatchObject({ id, model: "quick" });
    for (const text of [one.stdout(), one.logs(), two.logs()])
      for (const secret of [cluster.password, encodeURIComponent(cluster.password)]) expect(text).not.toContain(secret);
  });

  test("requests ask the database for nothing while their leases have room", async () => {
    const { key } = await one.createKey({
      budget: [
        { amount: 1_000, period: "day" },
        { amount: 5_000, period: "month" },
      ],
      limits: { rpm: 1_000_000, tpm: 1_000_000_000, concurrency: 1_000 },
    });
    const transactions = async () => {
      // A connection tells what it did at most once a second.
      await Bun.sleep(1_200);
      const [row] = await cluster.query<{ count: string }>(
        "select sum(xact_commit + xact_rollback) as count from pg_stat_database where datname like 'test_%'",
      );
      return Number(row?.count);
    };
    const serve = async (count: number) => {
      let left = count;
      const serveSome = async () => {
        while (left-- > 0) expect((await ask(one, key)).status).toBe(200);
      };
      await Promise.all(Array.from({ length: 16 }, serveSome));
    };
    await serve(200);
    const before = await transactions();
    const startedMs = performance.now();
    const requests = 1_500;
    await serve(requests);
    const made = (await transactions()) - before;
    // With the second that a connection may keep to itself before the first count.
    const seconds = (performance.now() - startedMs) / 1_000 + 1;
    // Two machines renew leases, move journals and look for changes, however much there is to do.
    expect({ made, isByTime: made < 40 * seconds && made < requests / 2 }).toEqual({ made, isByTime: true });
  });

  test("a database that stands still or starts again loses no record, and known keys go on", async () => {
    const { key } = await one.createKey();
    // Each change, of the tests before as well, has all machines look keys up anew; from here on there is none.
    await Bun.sleep(1.5 * reachMs);
    const ids: (string | null)[] = [];
    const serve = async () => {
      const response = await ask(one, key);
      expect(response.status).toBe(200);
      ids.push(response.headers.get("x-request-id"));
      await response.text();
    };
    await serve();
    const readiness = async () => (await fetch(`${one.address}/readyz`)).text();
    cluster.pause();
    await serve();
    await eventually(
      "readiness says so",
      async () => (await readiness()).includes("the database does not answer"),
      15_000,
    );
    expect((await ask(one, "sk-sahab-unknown-while-the-database-is-away")).status).toBe(503);
    await serve();
    cluster.resume();
    await eventually("it is back", async () => (await readiness()) === "ok\n");
    await cluster.end();
    await serve();
    await eventually(
      "readiness says so",
      async () => (await readiness()).includes("the database does not answer"),
      15_000,
    );
    await serve();
    await cluster.run();
    await eventually("it is back", async () => (await readiness()) === "ok\n");
    for (const id of ids) expect(await two.record(id)).toMatchObject({ id });
    expect(new Set((await one.records()).map(({ id }) => id)).size).toBe((await one.records()).length);
  });

  test("a file is served by the machine that has it, and the other says where it is", async () => {
    const { key } = await one.createKey();
    const form = new FormData();
    form.set("purpose", "batch");
    form.set("file", new File(['{"custom_id":"a"}\n'], "a.jsonl"));
    const headers = { authorization: `Bearer ${key}` };
    const made = await fetch(`${one.address}/v1/files`, { method: "POST", headers, body: form });
    const { id } = (await made.json()) as { id: string };
    const machine = readFileSync(join(one.dataDir, "machine"), "utf8").trim();
    await eventually("the key there", async () => (await fetch(`${two.address}/v1/files/${id}`, { headers })).ok);
    expect(await (await fetch(`${one.address}/v1/files/${id}/content`, { headers })).text()).toContain("custom_id");
    const elsewhere = await fetch(`${two.address}/v1/files/${id}/content`, { headers });
    expect(elsewhere.status).toBe(409);
    expect(await elsewhere.text()).toContain(`is on another machine, ${machine}`);
    // A start of the other machine leaves it alone.
    await two.restart();
    expect(await (await fetch(`${one.address}/v1/files/${id}/content`, { headers })).text()).toContain("custom_id");
  });

  test("another master key is refused at the start, with what to do", async () => {
    const failed = runSahab({ env: { ...env, SAHAB_MASTER_KEY: "another master key than theirs" } });
    const message = await failed.then(
      (sahab) => sahab.close().then(() => "it started"),
      (error: unknown) => String(error),
    );
    expect(message).toMatch(
      /All machines on one database need the same master key: copy master\.key .* or set SAHAB_MASTER_KEY/,
    );
  });

  test("a backup has keys and configuration, and says what is elsewhere", async () => {
    const passphrase = join(one.dataDir, "passphrase");
    writeFileSync(passphrase, "a passphrase for the tests\n");
    const flags = ["--passphrase-file", passphrase];
    const file = join(one.dataDir, "backup.age");
    const made = await one.command(["backup", file, ...flags], { env });
    expect(made.status).toBe(0);
    expect(made.stdout).toContain("pg_dump --format=custom");
    expect(made.stdout).not.toContain(cluster.password);
    const target = join(one.dataDir, "restored");
    const done = await one.command(["restore", file, ...flags], { env: { SAHAB_DATA: target } });
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining("pg_restore") as string });
    expect(existsSync(join(target, "sahab.db"))).toBeTrue();
    rmSync(target, { recursive: true });
    const doctor = await one.command(["doctor"], { env });
    expect(doctor.stdout).toMatch(/ok\s+database: postgres:\/\/sahab@localhost:\d+\/\w+: PostgreSQL \d+/);
  });
});
