import { expect, test } from "bun:test";
import { chat, startFakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { hasNginx, startNginx } from "../testing/nginx.ts";
import { describeWithPostgres } from "../testing/postgres.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

const requestsMax = 40;
/** What each answer of the vendor costs: 100 tokens of input and 20 of output. */
const cost = 140_000n;

describeWithPostgres("three machines behind nginx", (cluster) => {
  test.skipIf(!hasNginx)(
    "are restarted one after the other under load: no request is lost, limits and budgets are exact",
    async () => {
      await cluster.start();
      const database = await cluster.createDatabase();
      const vendor = startFakeVendor({ m: chat(["a ", "b "], { paceMs: 20 }) });
      const machines: TestSahab[] = [];
      const ports = [await findFreePort(), await findFreePort(), await findFreePort()];
      const common = {
        SAHAB_DATABASE_URL: cluster.url(database),
        SAHAB_MASTER_KEY: "one master key for all machines",
        SAHAB_ADMIN_KEY: "admin-key-of-all-machines",
        SAHAB_LOG: "fatal",
      };
      const config = {
        providers: [{ name: "v", vendor: "compatible", base_url: vendor.url, api_key: "k" }],
        models: [
          { name: "m", targets: [{ provider: "v", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
        ],
        projects: [
          { name: "default", budget: { amount: 10, period: "total" } },
          { name: "limited", limits: { rpm: requestsMax } },
        ],
      };
      let stopNginx: (() => Promise<void>) | undefined;
      try {
        for (const port of ports) {
          const env = { ...common, SAHAB_PORT: String(port) };
          machines.push(await runSahab(machines.length === 0 ? { env, config } : { env }));
        }
        const [first] = machines;
        if (!first) throw new Error("there are machines");
        const { key } = await first.createKey();
        const { key: limited } = await first.createKey({ project: "limited" });
        const nginx = await startNginx(ports);
        stopNginx = () => nginx.stop();
        const statuses = { free: new Map<number, number>(), limited: new Map<number, number>() };
        const ask = async (withKey: string, stream: boolean, counts: Map<number, number>) => {
          const response = await fetch(`${nginx.address}/v1/chat/completions`, {
            method: "POST",
            headers: { authorization: `Bearer ${withKey}`, "content-type": "application/json" },
            body: JSON.stringify({ model: "m", stream, messages: [{ role: "user", content: "Hi" }] }),
          });
          const text = await response.text();
          const isWhole =
            response.status !== 200 || (stream ? text.endsWith("data: [DONE]\n\n") : text.includes("a b "));
          const status = isWhole ? response.status : 0;
          counts.set(status, (counts.get(status) ?? 0) + 1);
          await Bun.sleep(5);
        };
        let isOver = false;
        const load = Array.from({ length: 24 }, async (_, at) => {
          while (!isOver) await ask(key, at % 2 === 0, statuses.free);
        });
        const limitedLoad = (async () => {
          while (!isOver) await ask(limited, false, statuses.limited);
        })();
        for (const machine of machines) {
          await Bun.sleep(300);
          await machine.restart();
        }
        await Bun.sleep(300);
        isOver = true;
        await Promise.all([...load, limitedLoad]);
        const answered = statuses.free.get(200) ?? 0;
        expect([...statuses.free.keys()]).toEqual([200]);
        expect(answered).toBeGreaterThan(100);
        expect(new Set(statuses.limited.keys())).toEqual(new Set([200, 429]));
        expect(statuses.limited.get(200)).toBeLessThanOrEqual(requestsMax);
        for (const machine of machines) await machine.kill("SIGTERM");
        const one = async (sql: string) =>
          BigInt((await cluster.query<{ value: string | null }>(sql, database))[0]?.value ?? 0);
        const spent = await one("select spent::text as value from meters where account = 'project:default'");
        expect(spent).toBe(BigInt(answered) * cost);
        expect(await one("select sum(cost)::text as value from usage where project = 'default'")).toBe(spent);
        expect(
          await one(
            "select count(*)::text as value from leases l join meters m on m.id = l.meter_id where m.measure = 'budget'",
          ),
        ).toBe(0n);
      } finally {
        await stopNginx?.();
        await Promise.all(machines.map((machine) => machine.close()));
        await vendor.stop();
      }
    },
  );
});
