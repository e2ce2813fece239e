import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({
    config: {
      organisations: [{ name: "firm", currency: "CNY", time_zone: "Asia/Shanghai" }],
      projects: [{ name: "default" }, { name: "filed", organisation: "firm", budget: { amount: 5, period: "day" } }],
    },
  });
  await sahab.adminJson("/projects", { json: { name: "search/team", organisation: "firm", models: ["chat-*"] } });
});
afterAll(() => sahab?.close());

const path = "/projects/search%2Fteam";
type Shown = Record<string, unknown>;
const change = (json: object) => sahab.adminJson<Shown>(path, { method: "PATCH", json });
async function faultOf(url: string, init: RequestInit & { json?: unknown }): Promise<string> {
  const response = await sahab.admin(url, init);
  const { error } = (await response.json()) as { error?: { code: string; message: string } };
  return `${response.status} ${error?.code}: ${error?.message}`;
}

test("a project is made, changed field by field, and taken away", async () => {
  const made = await sahab.adminJson<Shown>("/projects", {
    json: { name: "new", budget: { amount: "12.5", period: "month" }, limits: { rpm: 5 }, models: ["chat-*"] },
  });
  expect(made).toMatchObject({
    name: "new",
    currency: "USD",
    models: ["chat-*"],
    terms: { budget: { amount: "12.5", period: "month" }, limits: { rpm: 5 } },
    managed_by: "console",
    keys: 0,
    accounts: [
      { account: "project:new", windows: [{ amount: "12.5", left: "12.5", period: "month" }], limits: [{ amount: 5 }] },
    ],
  });
  const { id } = await sahab.createKey({ project: "new" });
  const changed = await sahab.adminJson<Shown>("/projects/new", {
    method: "PATCH",
    json: { models: null, budget: [{ amount: 3, period: "day", soft: true }] },
  });
  expect(changed).toMatchObject({ models: null, keys: 1, terms: { limits: { rpm: 5 } } });
  expect(changed["accounts"]).toMatchObject([{ windows: [{ amount: "3", period: "day", soft: true }] }]);
  const gone = () => faultOf("/projects/new", { method: "DELETE" });
  expect(await gone()).toContain(`409 conflict: project "new" still has a key that is not revoked (${id})`);
  await sahab.adminJson(`/keys/${id}`, { method: "DELETE" });
  expect(await gone()).toStartWith("200 ");
  expect(await gone()).toStartWith('404 not_found: There is no project "new"; there are: default, filed, search/team');
  expect(await faultOf("/projects/default", { method: "DELETE" })).toStartWith("409 conflict: ");
});

test("a change keeps what it does not name, and is in the export", async () => {
  const before = await sahab.adminJson<Shown>(path);
  expect(before).toMatchObject({ managed_by: "console", currency: "CNY", time_zone: "Asia/Shanghai", terms: {} });
  expect(await change({ session_budget: "0.5" })).toEqual({
    ...before,
    terms: { session_budget: "0.5" },
    accounts: expect.any(Array) as unknown[],
  });
  const exported = JSON.stringify(await sahab.adminJson("/config"));
  expect(exported).toContain('"chat-*"');
  expect(exported).toContain('"session_budget":"0.5"');
  const { projects } = await sahab.adminJson<{ projects: Shown[] }>("/projects");
  expect(projects.map(({ name }) => name)).toEqual(["default", "filed", "search/team"]);
});

test("what a cloud.yaml manages is neither changed nor deleted here", async () => {
  const before = await sahab.adminJson<Shown>("/projects/filed");
  expect(before).toMatchObject({ managed_by: "file", terms: { budget: expect.anything() as unknown } });
  const refusal = "409 conflict: Cannot change project filed here: a cloud.yaml manages it";
  for (const init of [{ method: "PATCH", json: { budget: null } }, { method: "DELETE" }])
    expect(await faultOf("/projects/filed", init)).toStartWith(refusal);
  expect(await sahab.adminJson<Shown>("/projects/filed")).toEqual(before);
});

test("what cannot work is refused by name, and nothing changes", async () => {
  const before = await sahab.adminJson<Shown>(path);
  const patch = (json: object) => faultOf(path, { method: "PATCH", json });
  expect(await patch({ budget: { amount: "-1", period: "month" } })).toContain("budget");
  expect(await patch({ organisation: "nobody" })).toMatch(/^400 invalid_request: .*\borganisation: /s);
  expect(await patch({ time_zone: "Mars/Base" })).toMatch(/^400 invalid_request: .*\btime_zone: /s);
  expect(await patch({ limits: { rpm: 0 } })).toContain("limits");
  expect(await patch({ name: "other" })).toStartWith("400 invalid_request");
  expect(await patch({})).toStartWith("400 invalid_request: Nothing to change");
  expect(await faultOf("/projects", { json: { name: "default" } })).toStartWith("409 conflict");
  expect(await faultOf("/projects", { json: { name: "with space" } })).toContain("letters a to z, digits");
  expect(await faultOf("/projects/none", { method: "PATCH", json: { models: [] } })).toStartWith("404 not_found");
  expect(await sahab.adminJson<Shown>(path)).toEqual(before);
});
