import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({ config: { projects: [{ name: "default" }, { name: "team" }] } });
});
afterAll(() => sahab?.close());

interface Conversation {
  id: string;
  [field: string]: unknown;
}
const image = `data:image/png;base64,${"A".repeat(100_000)}`;
const call = <T>(path: string, method = "GET", json?: object) =>
  sahab.adminJson<T>(`/conversations${path}`, { method, ...(json && { json }) });
const begin = (fields: object = {}) => call<Conversation>("", "POST", { project: "team", title: "Weather", ...fields });
const message = (id: string, parent: string | null, text: string, more: object = {}) => ({
  id,
  parent,
  role: "user",
  status: "complete",
  content: [{ type: "text", text }],
  ...more,
});
async function refusalOf(path: string, method: string, json?: object): Promise<[number, string]> {
  const response = await sahab.admin(`/conversations${path}`, { method, ...(json && { json }) });
  const { error } = (await response.json()) as { error: { message: string } };
  return [response.status, error.message];
}

test("what the cloud sets for everybody bounds how long conversations are kept", async () => {
  const sets = (console: object) => sahab.adminJson<Settings>("/settings", { method: "PATCH", json: { console } });
  type Settings = { console: object };
  const daysOf = async (id: string) => {
    const { updated_at, expires_at } = await call<Record<"updated_at" | "expires_at", string | null>>(`/${id}`);
    return expires_at === null ? null : (Date.parse(expires_at) - Date.parse(updated_at ?? "")) / 86_400_000;
  };
  const [longest, old, strict] = await Promise.all([null, 30, 1].map((keep_days) => begin({ keep_days })));
  const ids = [longest?.id ?? "", old?.id ?? "", strict?.id ?? ""];
  expect(await Promise.all(ids.map(daysOf))).toEqual([null, 30, 1]);
  expect(await sets({ conversation_days: 7 })).toMatchObject({ console: { ai_label: false, conversation_days: 7 } });
  expect(await Promise.all(ids.map(daysOf))).toEqual([7, 7, 1]);
  expect(await sets({ ai_label: true })).toMatchObject({
    console: { ai_label: true, conversation_days: 7, managed_by: "console" },
  });
  expect(await sahab.adminJson("/session")).toMatchObject({ chat: { ai_label: true, conversation_days: 7 } });
  const database = new Database(join(sahab.dataDir, "sahab.db"));
  database.run("update conversations set updated_ms = ? where id = ?", [Date.now() - 7 * 86_400_000 - 1, ids[0] ?? ""]);
  database.close();
  expect((await refusalOf(`/${ids[0]}`, "GET"))[0]).toBe(404);
  expect((await refusalOf(`/${ids[0]}`, "PATCH", { pinned: true }))[0]).toBe(404);
  expect((await call<{ conversations: Conversation[] }>("")).conversations.map(({ id }) => id).sort()).toEqual(
    ids.slice(1).sort(),
  );
  const wrong = { method: "PATCH", json: { console: { conversation_days: 0 } } };
  expect((await sahab.admin("/settings", wrong)).status).toBe(400);
  expect(await sets({ ai_label: false, conversation_days: null })).toMatchObject({ console: { managed_by: null } });
  expect(await Promise.all(ids.map(daysOf))).toEqual([null, 30, 1]);
  await call("", "DELETE");
});

test("a conversation is begun, changed, filled with branches, found and deleted", async () => {
  const { id } = await begin({ models: ["nano"], parameters: { temperature: 0.5, json: true } });
  const answer = message("m2", "m1", "Sunny in Riyadh", {
    role: "assistant",
    status: "stopped",
    reasoning: "Where?",
    model: "nano",
    request_id: "req_1",
    usage: {
      input_tokens: 5,
      cached_input_tokens: 0,
      output_tokens: 3,
      reasoning_tokens: 1,
      cost: "0.000001",
      currency: "USD",
    },
    timings: { first_token_ms: 12.5, total_ms: 80 },
  });
  const question = message("m1", null, "How is it?");
  question.content.push({ type: "image", url: image } as never);
  const kept = await call<Conversation>(`/${id}/messages`, "POST", { messages: [question, answer] });
  expect(kept).toMatchObject({ id, messages: 2, title: "Weather", keep_days: 30, pinned: false });
  await call(`/${id}/messages`, "POST", { messages: [message("m1b", null, "Again?")] });
  const read = await call<{ messages: object[]; next: null }>(`/${id}/messages`);
  expect(read).toMatchObject({ messages: [question, { ...answer, error: null }, { id: "m1b" }], next: null });
  expect(await call(`/${id}`, "PATCH", { title: "Riyadh", pinned: true, keep_days: null })).toMatchObject({
    title: "Riyadh",
    pinned: true,
    keep_days: null,
    expires_at: null,
    models: ["nano"],
    parameters: { temperature: 0.5, json: true },
  });
  const found = await call(`?search=${encodeURIComponent("SUNNY")}`);
  expect(found).toMatchObject({
    conversations: [{ id, excerpt: { message: "m2", text: "Sunny in Riyadh" } }],
    searched: 1,
    next: null,
  });
  // A long prompt of the system is read with its own conversation alone.
  for (const path of ["", "?search=sunny"])
    expect((await call<{ conversations: object[] }>(path)).conversations[0]).not.toHaveProperty("system");
  expect(await call(`/${id}`)).toHaveProperty("system", "");
  expect(await call(`/${id}/messages/m1`, "DELETE")).toEqual({ deleted: 2 });
  expect(await call(`/${id}/messages`)).toMatchObject({ messages: [{ id: "m1b" }] });
  await call(`/${id}`, "DELETE");
  expect(await refusalOf(`/${id}`, "GET")).toEqual([404, expect.stringContaining("may have been deleted")]);
  expect((await refusalOf(`/${id}/messages`, "GET"))[0]).toBe(404);
});

test("another admin sees none of it, and what was kept is in no file in the clear", async () => {
  const { id } = await begin({ title: "a-secret-title", system: "a-secret-system" });
  await call(`/${id}/messages`, "POST", { messages: [message("m1", null, "a-secret-text")] });
  const { key } = await sahab.createKey({ name: "other", role: "admin" });
  const asOther = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    return fetch(`${sahab.address}/admin/v1/conversations${path}`, { headers, ...init });
  };
  expect(await (await asOther("")).json()).toEqual({ conversations: [], next: null });
  expect(await (await asOther("?search=secret")).json()).toMatchObject({ conversations: [], searched: 0 });
  for (const [path, method] of [
    [`/${id}`, "GET"],
    [`/${id}`, "PATCH"],
    [`/${id}`, "DELETE"],
    [`/${id}/messages`, "GET"],
    [`/${id}/messages`, "POST"],
    [`/${id}/messages/m1`, "DELETE"],
  ]) {
    const json = path?.endsWith("messages") ? { messages: [message("x", null, "x")] } : {};
    const init = { method: method ?? "", ...(/P/.test(method ?? "") && { body: JSON.stringify(json) }) };
    expect([method, path, (await asOther(path ?? "", init)).status]).toEqual([method, path, 404]);
  }
  expect(await (await asOther("", { method: "DELETE" })).json()).toEqual({ deleted: 0 });
  // A copy by the database itself has everything, also what is still in its log.
  const database = new Database(join(sahab.dataDir, "sahab.db"), { readonly: true });
  const bytes = Buffer.from(database.serialize()).toString("latin1");
  database.close();
  expect(bytes).toContain(id);
  for (const secret of ["a-secret-title", "a-secret-system", "a-secret-text"]) expect(bytes).not.toContain(secret);
  expect(await call("", "DELETE")).toEqual({ deleted: 1 });
});

test("what cannot be kept is refused with what is allowed", async () => {
  const { id } = await begin();
  const keep = (...messages: object[]) => refusalOf(`/${id}/messages`, "POST", { messages });
  const withImage = (url: string) => ({ ...message("m", null, ""), content: [{ type: "image", url }] });
  expect(await refusalOf("", "POST", { project: "none" })).toEqual([
    400,
    expect.stringContaining('there is no project "none"; there are default, team'),
  ]);
  expect(await refusalOf("", "POST", { project: "team", keep_days: 2 })).toEqual([
    400,
    "keep_days: expected 1, 7, 30 or null",
  ]);
  expect((await refusalOf("", "POST", { project: "team", system: "x".repeat(100_001) }))[0]).toBe(400);
  expect((await refusalOf(`/${id}`, "PATCH", { title: "a\u202eb" }))[0]).toBe(400);
  expect(await refusalOf("?cursor=x", "GET")).toEqual([400, expect.stringContaining("cursor")]);
  expect(await keep(message("m", "none", ""))).toEqual([400, expect.stringContaining("parent")]);
  expect((await keep(message("../m", null, "")))[0]).toBe(400);
  expect(await keep(withImage("https://example.com/a.png"))).toEqual([400, expect.stringContaining("data URL")]);
  expect((await keep(withImage("data:image/svg+xml;base64,AAAA")))[0]).toBe(400);
  expect((await keep(withImage(`data:image/png;base64,${"A".repeat(8_000_000)}`)))[0]).toBe(400);
  expect((await keep(message("m", null, "x".repeat(1_000_001))))[0]).toBe(400);
  expect(await call(`/${id}`)).toMatchObject({ messages: 0 });
});
