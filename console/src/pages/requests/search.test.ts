import { expect, test } from "bun:test";
import type { UsageRecord } from "../../api/schema.d.ts";
import { isShown, parseRequestsSearch, queryOf, type RequestsSearch } from "./search.ts";

test("an address is read as far as it is known", () => {
  expect(
    parseRequestsSearch({
      model: "a",
      status: ["4xx", 200, "4xx", {}],
      key: 7,
      span: "7d",
      cost: "0.05",
      latency: "1500",
      id: "req_1",
      project: [],
      other: "x",
    }),
  ).toEqual({ model: ["a"], status: ["4xx", "200"], key: "7", span: "7d", cost: "0.05", latency: 1500, id: "req_1" });
  expect(parseRequestsSearch({ span: "9y", cost: "-1", latency: -3, user: "", model: null })).toEqual({});
});

test("filters are what the admin API takes", () => {
  const nowMs = Date.UTC(2026, 0, 2);
  expect(queryOf({ span: "24h", tag: "team=a=b", cost: "1", latency: 5, model: ["x", "y"] }, nowMs)).toEqual({
    model: ["x", "y"],
    "tag:team": "a=b",
    since: "2026-01-01T00:00:00.000Z",
    min_cost: "1",
    min_latency_ms: 5,
  });
});

test("a new request is shown where every filter lets it through", () => {
  const record = {
    status: 429,
    model: "chat",
    project: "team",
    provider: "a",
    key: "key_1",
    key_name: "ci",
    user: "anna",
    tags: { team: "search" },
    cost: "0.000000050",
    latency_ms: 300,
  } as unknown as UsageRecord;
  const kept: RequestsSearch[] = [
    {},
    { status: ["2xx", "error"] },
    { status: ["4xx"], model: ["other", "chat"] },
    { status: ["429"], key: "ci", user: "anna", tag: "team=search" },
    { key: "key_1", cost: "0.00000005", latency: 300 },
  ];
  const left: RequestsSearch[] = [
    { status: ["2xx", "5xx"] },
    { model: ["other"] },
    { provider: ["b"] },
    { key: "other" },
    { user: "ben" },
    { tag: "team=" },
    { cost: "0.000000051" },
    { latency: 301 },
  ];
  for (const search of kept) expect([search, isShown(search, record)]).toEqual([search, true]);
  for (const search of left) expect([search, isShown(search, record)]).toEqual([search, false]);
});
