import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({
    config: {
      organisations: [
        { name: "acme", currency: "CNY", time_zone: "Asia/Shanghai", budget: { amount: 100, period: "total" } },
      ],
      projects: [
        { name: "default" },
        {
          name: "team",
          organisation: "acme",
          budget: [
            { amount: 8, period: "day", soft: true },
            { amount: "10", period: "month" },
          ],
          limits: { rpm: 60, models: { "qwen-*": { tpm: 500 } } },
          session_budget: 2,
        },
        { name: "paid", prepaid: true },
      ],
    },
  });
});
afterAll(() => sahab?.close());

interface Account {
  account: string;
  windows: { period: string; soft: boolean; spent: string; left: string; ends_at: string | null }[];
}
const book = (json: object) =>
  sahab.adminJson<{ entry: Record<string, unknown>; booked: boolean; warnings: string[] }>("/entries", { json });
const balance = (query: string) => sahab.adminJson<Record<string, unknown>>(`/balance?${query}`);
async function refusal(path: string, json?: unknown): Promise<[number, string]> {
  const response = await sahab.admin(path, json === undefined ? {} : { json });
  const { error } = (await response.json()) as { error: { message: string } };
  return [response.status, error.message];
}

test("a correction of a key counts in its own account, its project's and its organisation's", async () => {
  const { id } = await sahab.createKey({
    name: "ci",
    project: "team",
    budget: [{ amount: 5, period: "week" }],
    limits: { concurrency: 2 },
    session_budget: "0.5",
  });
  await book({ kind: "adjustment", key: "ci", amount: "1.5", note: "an invoice said more" });
  await book({ kind: "adjustment", project: "team", amount: "-0.25" });
  const shown = await sahab.adminJson<{ accounts: Account[]; last_refusal: null }>("/keys/ci");
  expect(shown.last_refusal).toBeNull();
  expect(shown.accounts).toMatchObject([
    {
      account: `key:${id}`,
      currency: "CNY",
      time_zone: "Asia/Shanghai",
      windows: [{ period: "week", soft: false, amount: "5", spent: "1.5", held: "0", left: "3.5" }],
      limits: [{ measure: "concurrency", amount: 2, models: null }],
      session_budget: "0.5",
    },
    {
      account: "project:team",
      windows: [
        { period: "day", soft: true, spent: "1.25", left: "6.75" },
        { period: "month", soft: false, spent: "1.25", left: "8.75" },
      ],
      limits: [
        { measure: "requests", amount: 60, models: null },
        { measure: "tokens", amount: 500, models: "qwen-*" },
      ],
      session_budget: "2",
    },
    { account: "organisation:acme", windows: [{ period: "total", spent: "1.25", ends_at: null }] },
  ]);
  // Shanghai's midnight.
  expect(shown.accounts[0]?.windows[0]?.ends_at).toEndWith("T16:00:00.000Z");
  expect(await balance("project=team")).toMatchObject({
    project: "team",
    organisation: "acme",
    budget: { amount: "10", period: "month" },
    held: "0",
    spent: "1.25",
    soft: false,
    enforced: true,
  });
  expect(await balance("organisation=acme")).toMatchObject({ spent: "1.25", project: null });
  expect(await balance(`key=${id}`)).toMatchObject({ key: id, spent: "1.5" });
});

test("what is topped up is the balance of a prepaid project, once for each id", async () => {
  const topUp = { id: "inv-1", kind: "top-up", project: "paid", amount: 20, note: "invoice 1" };
  expect(await book(topUp)).toMatchObject({ booked: true, warnings: [], entry: { currency: "USD", amount: "20" } });
  const again = await book(topUp);
  expect(again).toMatchObject({ booked: false, entry: { id: "inv-1", note: "invoice 1", actor: "admin" } });
  expect(await balance("project=paid")).toMatchObject({ balance: { topped_up: "20", spent: "0", left: "20" } });
  // DeepSeek's clients ask for it with their own key.
  const { key } = await sahab.createKey({ project: "paid" });
  const left = await fetch(`${sahab.address}/user/balance`, { headers: { authorization: `Bearer ${key}` } });
  expect(await left.json()).toEqual({
    is_available: true,
    balance_infos: [{ currency: "USD", total_balance: "20", granted_balance: "0", topped_up_balance: "20" }],
  });
  const bounded = await sahab.createKey({ project: "paid", budget: { amount: 0, period: "day" } });
  const none = await fetch(`${sahab.address}/user/balance`, { headers: { authorization: `Bearer ${bounded.key}` } });
  expect(await none.json()).toEqual({
    is_available: false,
    balance_infos: [{ currency: "USD", total_balance: "0", granted_balance: "0", topped_up_balance: "0" }],
  });
  expect(await refusal("/entries", { ...topUp, amount: 21 })).toEqual([409, expect.stringContaining("inv-1") as never]);
  const other = await book({ kind: "top-up", project: "team", amount: 1 });
  expect(other.warnings).toEqual([expect.stringContaining("not prepaid") as never]);
  const { entries, next } = await sahab.adminJson<{ entries: { id: string }[]; next: null }>("/entries?project=paid");
  expect([entries.map((entry) => entry.id), next]).toEqual([["inv-1"], null]);
  const page = await sahab.adminJson<{ entries: object[]; next: string }>("/entries?limit=1");
  expect(page.entries).toHaveLength(1);
  expect(page.next).toBeString();
});

test("what is wrong is told", async () => {
  const wrong: [object, number, RegExp][] = [
    [{ kind: "adjustment", amount: 1 }, 400, /one of project, key and organisation; found none/],
    [{ kind: "adjustment", project: "team", key: "ci", amount: 1 }, 400, /found 2/],
    [{ kind: "adjustment", project: "nowhere", amount: 1 }, 404, /no project "nowhere".*default, team, paid/],
    [{ kind: "adjustment", key: "nobody", amount: 1 }, 404, /no key "nobody"/],
    [{ kind: "adjustment", project: "team", amount: 0 }, 400, /amount: .*other than 0.*found 0/],
    [{ kind: "adjustment", project: "team", amount: "1e3" }, 400, /amount: .*found 1e3/],
    [{ kind: "adjustment", project: "team", amount: 1_000_000_001 }, 400, /at most 1000000000/],
    [{ kind: "top-up", project: "team", amount: -1 }, 400, /amount: .*above 0.*found -1/],
    [{ kind: "top-up", organisation: "acme", amount: 1 }, 400, /kind: a top-up is for a project/],
    [{ kind: "interrupted", project: "team", amount: 1 }, 400, /kind/],
  ];
  for (const [json, status, message] of wrong)
    expect(await refusal("/entries", json)).toEqual([status, expect.stringMatching(message) as never]);
  expect(await refusal("/balance")).toEqual([400, expect.stringContaining("found none") as never]);
});

test("terms of a key change field by field, and null takes one away", async () => {
  const { id } = await sahab.createKey({ name: "svc", project: "team", budget: { amount: 1, period: "day" } });
  const edit = (json: object) =>
    sahab.adminJson<{ terms: object }>(`/keys/${id}`, { method: "PATCH", json }).then(({ terms }) => terms);
  const budget = [
    { amount: 2, period: "day" },
    { amount: "30", period: "month", soft: true },
  ];
  expect(await edit({ budget, limits: { rpm: 5 } })).toEqual({ budget, limits: { rpm: 5 } });
  expect(await edit({ session_budget: 3, limits: null })).toEqual({ budget, session_budget: 3 });
  expect(await edit({ name: "other" })).toEqual({ budget, session_budget: 3 });
  expect(await edit({ budget: null, session_budget: null })).toEqual({});
  const wrong: [object, RegExp][] = [
    [{ budget: [budget[0], budget[0]] }, /budget\[1\]\.period: expected one hard budget/],
    [{ budget: { amount: 1, period: "year" } }, /budget\.period/],
    [{ budget: [{ amount: 1, period: "day", soft: "yes" }] }, /budget\.0\.soft/],
    [{ limits: { models: { "a*": { rpm: 0 } } } }, /limits\.models\.a\*\.rpm/],
    [{ session_budget: -1 }, /session_budget/],
  ];
  for (const [json, message] of wrong) {
    const response = await sahab.admin(`/keys/${id}`, { method: "PATCH", json });
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(message) as never]);
  }
});

test("the OpenAPI document describes accounts, entries and terms", async () => {
  const text = await (await sahab.admin("/openapi.json")).text();
  const { components, paths } = JSON.parse(text) as {
    components: { schemas: Record<string, { properties: Record<string, { anyOf?: object[] }> }> };
    paths: Record<string, object>;
  };
  expect(Object.keys(paths)).toContain("/admin/v1/entries");
  expect(components.schemas["NewKey"]?.properties["budget"]?.anyOf).toHaveLength(2);
  expect(components.schemas["Balance"]?.properties).toHaveProperty("windows");
});
