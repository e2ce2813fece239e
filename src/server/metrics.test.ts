import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metricTable } from "../base/metric-table.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, chatEvents, doneEvent, errorAnswer, startFakeVendor, streamOf } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeCertificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// What one scrape of two workers says after traffic of all kinds, and whether Prometheus, its alerts and the dashboard understand it.

const deploy = join(import.meta.dir, "..", "..", "deploy");
const hasPrometheus = existsSync("/usr/bin/promtool") || Boolean(process.env["CI"]);
const folder = makeTemporaryFolder();
const vendor = startFakeVendor({
  chat: chat(["fine"]),
  stream: streamOf([...chatEvents(["a", "b", "c"]), doneEvent]),
  broken: () => errorAnswer(500, { message: "broken" }),
});
let sahab: TestSahab;
let key: { id: string; key: string };
let text: string;
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

/** Values of one metric by its labels, as they are written. */
function valuesOf(name: string, from = text): Record<string, number> {
  const lines = from.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(name.length, at), Number(line.slice(at + 1))];
    }),
  );
}

const scrape = async () =>
  await (await fetch(`${sahab.address}/metrics`, { ...sahab.fetchTls, headers: { connection: "close" } })).text();

/** What a key has cost, as the ledger knows it. */
async function costOf(keyId: string): Promise<number> {
  const records = await sahab.records();
  return records.filter((record) => record.key === keyId).reduce((sum, { cost }) => sum + Number(cost), 0);
}

/** Prometheus with the example's configuration; it begins to scrape five seconds after its start. */
async function startPrometheus(): Promise<{ address: string; stop(): Promise<void> }> {
  const own = join(folder, "running");
  mkdirSync(own);
  writeFileSync(join(own, "sahab.key"), (await sahab.createKey({ name: "prometheus", role: "metrics" })).key);
  writeFileSync(join(own, "ca.pem"), readFileSync(join(folder, "server.pem")));
  writeFileSync(join(own, "alerts.yml"), readFileSync(join(deploy, "prometheus", "alerts.yml")));
  const config = readFileSync(join(deploy, "prometheus", "prometheus.yml"), "utf8");
  expect(config).toContain("127.0.0.1:8787");
  writeFileSync(
    join(own, "prometheus.yml"),
    config
      .replace("127.0.0.1:8787", new URL(sahab.address).host)
      .replace(/15s/g, "500ms")
      .replace("# scheme: https ", "scheme: https ")
      .replace("# tls_config: ", "tls_config: "),
  );
  const port = await findFreePort();
  const child = Bun.spawn(
    [
      "prometheus",
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { cwd: own, stdout: "ignore", stderr: "ignore" },
  );
  return {
    address: `http://127.0.0.1:${port}`,
    async stop() {
      // Its data is nobody's, so nothing needs to be written down.
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

beforeAll(async () => {
  const price = { currency: "USD", input: 1, output: 2 };
  const target = (model: string) => ({ name: model, targets: [{ provider: "fake", model }], price });
  const { file } = await makeCertificate(folder, "server");
  sahab = await runSahab({
    env: {
      SAHAB_WORKERS: "2",
      SAHAB_PORT: String(await findFreePort()),
      SAHAB_TLS_CERT: file,
      SAHAB_TLS_KEY: file.replace(/pem$/, "key"),
    },
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: [target("chat"), target("stream"), target("broken"), { name: "nano", local: { file: "nano.gguf" } }],
      projects: [
        { name: "default" },
        { name: "team", currency: "USD", budget: { amount: 1, period: "month" } },
        { name: "empty", currency: "USD", budget: { amount: 0, period: "day" } },
      ],
    },
  });
  if (hasPrometheus) prometheus = await startPrometheus();
  key = await sahab.createKey({ name: 'a "quoted" name', project: "team" });
  const empty = await sahab.createKey({ name: "empty", project: "empty" });
  const call = async (model: string, withKey: string, more: object = {}) => {
    const body = { model, messages: [{ role: "user", content: "Hi" }], max_tokens: 10, ...more };
    const options = { key: withKey, headers: { connection: "close" } };
    const response = await sahab.call("/v1/chat/completions", body, options);
    await response.text();
    return response.status;
  };
  for (let i = 0; i < 20; i++) expect(await call("chat", key.key)).toBe(200);
  expect(await call("stream", key.key, { stream: true })).toBe(200);
  expect(await call("broken", key.key)).toBe(502);
  expect(await call("chat", empty.key)).toBe(402);
  await eventually("the engine", async () => (await call("nano", key.key, { stream: true })) === 200);
  text = await eventually("a scrape with all of it", async () => {
    const found = await scrape();
    const generated = valuesOf("sahab_engine_generated_tokens_total", found)['{model="nano"}'] ?? 0;
    const left = valuesOf("sahab_budget_left", found)['{account="project:team",period="month",currency="USD"}'] ?? 1;
    const isDrained = valuesOf("sahab_journal_lag_bytes", found)[""] === 0;
    const lag = /^sahab_event_loop_lag_seconds_count/m.test(found);
    return generated > 0 && left < 1 && isDrained && lag && found;
  });
});

afterAll(async () => {
  await prometheus?.stop();
  await sahab?.close();
  await vendor.stop();
  removeTemporaryFolder(folder);
});

test("requests, tokens and cost are told by project and key, both workers together, as the ledger has them", async () => {
  const ofProject = valuesOf("sahab_project_requests_total");
  expect(ofProject['{project="empty"}']).toBe(1);
  const ofKey = `{key="${key.id}",name="a \\"quoted\\" name",project="team"`;
  const records = (await sahab.records()).filter((record) => record.key === key.id);
  expect(records.length).toBeGreaterThan(22);
  expect(valuesOf("sahab_key_requests_total")[`${ofKey}}`]).toBe(records.length);
  expect(ofProject['{project="team"}']).toBe(records.length);
  const isRefused = (labels: string) => labels.includes('outcome="budget_exceeded"');
  expect(Object.keys(valuesOf("sahab_requests_total")).some(isRefused)).toBe(true);
  const cost = await costOf(key.id);
  expect(cost).toBeGreaterThan(20 * (140 / 1e6));
  expect(valuesOf("sahab_key_cost_total")[`${ofKey},currency="USD"}`]).toBeCloseTo(cost, 9);
  expect(valuesOf("sahab_project_cost_total")['{project="team",currency="USD"}']).toBeCloseTo(cost, 9);
  const input = records.reduce((sum, record) => sum + record.tokens.input, 0);
  expect(valuesOf("sahab_project_tokens_total")['{project="team",kind="input"}']).toBe(input);
  expect(text).not.toContain("sk-sahab-");
});

test("budgets, attempts, engine, journal, store, certificate and process are told", async () => {
  const account = (name: string, period: string) => `{account="project:${name}",period="${period}",currency="USD"}`;
  expect(valuesOf("sahab_budget_limit")).toEqual({ [account("team", "month")]: 1, [account("empty", "day")]: 0 });
  expect(valuesOf("sahab_budget_left")[account("empty", "day")]).toBe(0);
  const cost = await costOf(key.id);
  await eventually("what is left of the budget", async () => {
    const left = valuesOf("sahab_budget_left", await scrape())[account("team", "month")] ?? 0;
    return Math.abs(1 - cost - left) < 1e-7;
  });
  const attempts = valuesOf("sahab_attempts_total");
  expect(attempts['{provider="fake",outcome="ok"}']).toBe(21);
  expect(attempts['{provider="fake",outcome="upstream_error"}']).toBeGreaterThan(0);
  expect(valuesOf("sahab_replicas_resting")).toEqual({ '{provider="fake"}': 1 });
  expect(valuesOf("sahab_engine_models")).toMatchObject({ '{state="ready"}': 1, '{state="failed"}': 0 });
  expect(valuesOf("sahab_engine_slots")['{model="nano"}']).toBeGreaterThan(0);
  expect(valuesOf("sahab_engine_slots_busy")).toEqual({ '{model="nano"}': 0 });
  expect(valuesOf("sahab_engine_memory_bytes")['{model="nano"}']).toBeGreaterThan(1e7);
  const single = (name: string) => valuesOf(name)[""] ?? Number.NaN;
  expect([single("sahab_workers"), single("sahab_store_up"), single("sahab_journal_faulty")]).toEqual([2, 1, 0]);
  expect(Math.abs(single("sahab_store_last_write_timestamp_seconds") - Date.now() / 1000)).toBeLessThan(60);
  expect(Math.abs(single("process_start_time_seconds") - Date.now() / 1000)).toBeLessThan(120);
  expect(single("process_cpu_seconds_total")).toBeGreaterThan(0.1);
  // The first process and two workers.
  expect(single("process_resident_memory_bytes")).toBeGreaterThan(3 * 3e7);
  expect(single("process_open_fds")).toBeGreaterThan(5);
  expect(single("process_max_fds")).toBeGreaterThan(single("process_open_fds"));
  expect(single("sahab_data_size_bytes")).toBeGreaterThan(single("sahab_data_free_bytes"));
  const expiresS = single("sahab_tls_certificate_expiry_timestamp_seconds") - Date.now() / 1000;
  expect(Math.abs(expiresS / 86_400 - 2)).toBeLessThan(0.1);
  const [info = ""] = Object.keys(valuesOf("sahab_build_info"));
  expect(info).toMatch(/^\{version="\d+\.\d+\.\d+",commit="(?:[0-9a-f]{40})?",bun="\d+\.\d+\.\d+"\}$/);
});

test("the lag of the journal grows while the store takes nothing, and is gone afterwards", async () => {
  const lag = (found: string) => [
    valuesOf("sahab_journal_lag_bytes", found),
    valuesOf("sahab_journal_lag_seconds", found),
  ];
  // A writer that does not end holds up all others.
  const { Database } = await import("bun:sqlite");
  const database = new Database(join(sahab.dataDir, "sahab.db"));
  database.exec("BEGIN IMMEDIATE");
  const body = { model: "chat", messages: [{ role: "user", content: "Hi" }], max_tokens: 10 };
  const other = await sahab.call("/v1/chat/completions", body, { key: key.key });
  expect(other.status).toBe(200);
  await other.text();
  await eventually("a lag", async () => {
    const [bytes, seconds] = lag(await scrape());
    return (bytes?.[""] ?? 0) > 100 && (seconds?.[""] ?? 0) > 0.3;
  });
  database.exec("ROLLBACK");
  database.close();
  await eventually("no lag", async () => lag(await scrape()).every((values) => values[""] === 0));
});

test("every metric of the table is in a scrape, but for those that this traffic does not have", () => {
  const missing = [...metricTable.keys()].filter((name) => !text.includes(`# TYPE ${name} `));
  expect(missing.sort()).toEqual([
    // Where a budget of memory is set (model-memory.test.ts).
    "sahab_local_loads_total",
    "sahab_local_memory_budget_bytes",
    "sahab_local_memory_reserved_bytes",
    "sahab_local_models",
    "sahab_local_requests_waiting",
    // Where a vendor states its own bill (bill.test.ts).
    "sahab_vendor_reckoned_cost_total",
    "sahab_vendor_stated_cost_total",
  ]);
  // And nothing is there that has no line of the table.
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
  for (const line of text.split("\n").filter((one) => /^[a-z]/.test(one))) {
    const [name = ""] = /^\w+/.exec(line) ?? [];
    expect(names.some((family) => name.startsWith(family))).toBe(true);
  }
});

interface Panel {
  type: string;
  title: string;
  targets?: { expr: string }[];
}

const expressions = (
  JSON.parse(readFileSync(join(deploy, "grafana", "sahab.json"), "utf8")) as { panels: Panel[] }
).panels
  .flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })))
  .concat(
    [
      ...readFileSync(join(deploy, "prometheus", "alerts.yml"), "utf8").matchAll(
        /expr: (\|[^]*?(?=\n +(?:for|labels):)|.*)/g,
      ),
    ].map(([, expr = ""]) => ({ title: "alert", expr: expr.replace(/^\|/, "") })),
  );

test("dashboard and alerts name metrics and labels that there are", () => {
  expect(expressions.length).toBeGreaterThan(50);
  for (const { title, expr } of expressions) {
    const names = [...expr.matchAll(/\b(?:sahab|process)_[a-z_]+\b/g)].map(([name]) => name);
    for (const name of names) {
      const family = metricTable.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
      expect({ title, name, isThere: metricTable.has(family) }).toMatchObject({ isThere: true });
      const labels = new Set<string>(["instance", "job", "le", ...(metricTable.get(family)?.labels ?? [])]);
      const used = [...expr.matchAll(new RegExp(`${name}\\{([^}]*)\\}`, "g"))].flatMap(([, inside = ""]) =>
        [...inside.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label = ""]) => label),
      );
      for (const label of used) expect({ title, name, label, isOne: labels.has(label) }).toMatchObject({ isOne: true });
    }
  }
});

test.skipIf(!hasPrometheus)(
  "promtool finds nothing to say of a scrape, of the configuration and of the alerts, which fire when they should",
  async () => {
    const own = join(folder, "prometheus");
    mkdirSync(own);
    for (const name of ["prometheus.yml", "alerts.yml", "alerts.test.yml"])
      writeFileSync(join(own, name), readFileSync(join(deploy, "prometheus", name)));
    writeFileSync(join(own, "sahab.key"), sahab.adminKey);
    const promtool = async (args: string[], stdin?: string) => {
      const child = Bun.spawn(["promtool", ...args], {
        cwd: own,
        stdin: stdin === undefined ? "ignore" : new Blob([stdin]),
        stdout: "pipe",
        stderr: "pipe",
      });
      const [out, err, status] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ]);
      return { said: out + err, status };
    };
    expect(await promtool(["check", "metrics"], text)).toEqual({ said: "", status: 0 });
    // It can fail.
    expect((await promtool(["check", "metrics"], text.replace(/^# HELP sahab_workers .*\n/m, ""))).status).not.toBe(0);
    expect(await promtool(["check", "config", "prometheus.yml"])).toMatchObject({ status: 0 });
    expect(await promtool(["test", "rules", "alerts.test.yml"])).toMatchObject({ status: 0 });
  },
);

test.skipIf(!hasPrometheus)("Prometheus scrapes over TLS, and evaluates each expression of the dashboard", async () => {
  const query = async (expr: string) => {
    const url = `${prometheus.address}/api/v1/query?query=${encodeURIComponent(expr)}`;
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok !== true && response?.status !== 400) return undefined;
    const answer = (await response.json()) as
      | { status: string; error?: string; data?: { result: unknown[] } }
      | undefined;
    return answer;
  };
  const has = async (expr: string) => ((await query(expr))?.data?.result.length ?? 0) > 0;
  await eventually("two scrapes", () => has('count_over_time(up{job="sahab"}[1m]) >= 2 and up == 1'));
  const empty = new Set<string>();
  await Promise.all(
    expressions.map(async ({ title, expr }) => {
      const answer = await query(expr.replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m"));
      const [status, error] = [answer?.status, answer?.error];
      expect({ title, expr, status, error }).toEqual({ title, expr, status: "success", error: undefined });
      if (title !== "alert" && answer?.data?.result.length === 0) empty.add(title);
    }),
  );
  // Rates of what happened before the first scrape are 0, which some panels leave out.
  expect([...empty].sort()).toEqual([
    "Turned away at the door, by reason",
    "What vendors state beside what was reckoned, per hour",
  ]);
  expect(await has('ALERTS{alertname="SahabDown"}')).toBe(false);
});
