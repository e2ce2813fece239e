import { expect, test } from "bun:test";
import { openLog } from "../base/log.ts";
import { renderMetrics } from "../base/metric-values.ts";
import { Refusals } from "../base/refusals.ts";
import { makeRandomRecord } from "../ledger/store/make-random-record.ts";
import { createGatewayMetrics } from "./metrics.ts";

const metrics = () =>
  createGatewayMetrics({
    requestsInFlight: () => 0,
    refusals: new Refusals(openLog({ level: "silent", pretty: false })),
    answers: { notKept: () => 0 },
    keyName: (id) => (id === "key_0" ? 'a\\b"c\nd' : undefined),
  });

test("the first 200 keys and projects have series of their own, further ones count together, in sum all", () => {
  const [one, other] = [metrics(), metrics()];
  for (let i = 0; i < 1_000; i++)
    for (const each of [one, other])
      each.observe({
        ...makeRandomRecord(Math.random, { id: `r${i}` }),
        keyId: `key_${i % 250}`,
        project: `p${i % 250}`,
        cost: 1_000_000_000n,
        currency: "USD",
      });
  const text = renderMetrics([one.read(), other.read()]);
  for (const name of ["sahab_key", "sahab_project"]) {
    const counts = [...text.matchAll(new RegExp(`^${name}_requests_total\\{.*\\} (\\d+)$`, "gm"))].map(([, it]) =>
      Number(it),
    );
    expect(counts).toHaveLength(201);
    expect(counts.reduce((sum, it) => sum + it, 0)).toBe(2_000);
    const costs = [...text.matchAll(new RegExp(`^${name}_cost_total\\{.*\\} (\\d+)$`, "gm"))].map(([, it]) =>
      Number(it),
    );
    expect(costs.reduce((sum, it) => sum + it, 0)).toBe(2_000);
  }
  expect(text).toContain('sahab_key_requests_total{key="(other)",name="(other)",project="(other)"} 400\n');
  expect(text).toContain('sahab_key_requests_total{key="key_0",name="a\\\\b\\"c\\nd",project="p0"} 8\n');
  expect(text).toContain('sahab_key_requests_total{key="key_1",name="key_1",project="p1"} 8\n');
});

test("a project that is called other is no sum of others", () => {
  const one = metrics();
  for (let i = 0; i < 210; i++)
    one.observe({ ...makeRandomRecord(Math.random, { id: `r${i}` }), project: i === 0 ? "other" : `p${i}` });
  const text = renderMetrics([one.read()]);
  expect(text).toContain('sahab_project_requests_total{project="other"} 1\n');
  expect(text).toContain('sahab_project_requests_total{project="(other)"} 10\n');
});

test("processes are merged as each metric says: sums, the most, the least", () => {
  const text = renderMetrics([
    { sahab_workers: 1, sahab_journal_lag_seconds: 3, sahab_store_up: 1, 'sahab_engine_slots{model="a"}': 4 },
    { sahab_workers: 1, sahab_journal_lag_seconds: 5, sahab_store_up: 0 },
  ]);
  for (const line of [
    "sahab_workers 2",
    "sahab_journal_lag_seconds 5",
    "sahab_store_up 0",
    'sahab_engine_slots{model="a"} 4',
  ])
    expect(text.split("\n")).toContain(line);
});
