import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({ config: { projects: [{ name: "default" }, { name: "team" }] } });
});
afterAll(() => sahab?.close());

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const show = (id: string) => sahab.adminJson<Record<string, unknown>>(`/keys/${id}`);
async function codeOf(path: string, init: RequestInit & { json?: unknown }): Promise<[number, string]> {
  const response = await sahab.admin(path, init);
  const { error } = (await response.json()) as { error: { message: string } };
  return [response.status, error.message];
}

test("a key is shown whole, but for its text, and changed field by field", async () => {
  const { id, key } = await sahab.createKey({
    name: "ci",
    project: "team",
    models: ["chat-*", "云"],
    addresses: ["10.0.0.7", "fd00::/8", "::ffff:10.1.0.0/112"],
    budget: { amount: "1.5", period: "day" },
    expires_at: inDays(3),
  });
  const shown = await show(id);
  expect(shown).toMatchObject({
    id,
    name: "ci",
    project: "team",
    role: "user",
    status: "active",
    models: ["chat-*", "云"],
    addresses: ["10.0.0.7", "fd00::/8", "::ffff:10.1.0.0/112"],
    terms: { budget: { amount: "1.5", period: "day" } },
    last_used_at: null,
  });
  expect(JSON.stringify(shown)).not.toContain(key);
  const edit = (json: object) => sahab.adminJson<object>(`/keys/${id}`, { method: "PATCH", json });
  const { accounts: _, last_refusal: _refusal, ...plain } = shown;
  expect(await edit({ name: "other" })).toEqual({ ...plain, name: "other" });
  expect(await edit({ models: ["nano"], expires_at: null })).toEqual({
    ...plain,
    name: "other",
    models: ["nano"],
    expires_at: null,
  });
  const cleared = await edit({ models: null, addresses: null });
  expect(await show(id)).toMatchObject(cleared);
  expect(await show(id)).toMatchObject({ models: null, addresses: null, expires_at: null });
});

test("a key for models that are not there is created, and that is told", async () => {
  const { stdout, stderr } = await sahab.command(["key", "create", "ci", "--models", "bgi,chat-*"]);
  expect(stdout).toStartWith("sk-sahab-");
  expect(stderr).toContain('warning: models: "bgi" is not among the models');
  expect(stderr).not.toContain("chat-*");
});

test("a rotated key is like the one before, which never lives longer than it would have", async () => {
  const limits = { models: ["a*"], addresses: ["10.0.0.0/8"], budget: { amount: "2", period: "month" } };
  const { id } = await sahab.createKey({
    name: "svc",
    project: "team",
    role: "admin",
    expires_at: inDays(1),
    ...limits,
  });
  const before = await show(id);
  const rotate = (of: string, json: object) =>
    sahab.adminJson<{ id: string; expires_at: string | null; old: { id: string; expires_at: string } }>(
      `/keys/${of}/rotate`,
      { json },
    );
  const next = await rotate(id, { overlap_seconds: 7 * 86_400 });
  expect(next.old).toEqual({ id, expires_at: String(before["expires_at"]) });
  const { id: _, prefix: _prefix, created_at: _created, accounts: _accounts, ...same } = await show(next.id);
  expect(before).toMatchObject(same);
  const another = await rotate(next.id, { overlap_seconds: 60, expires_at: null });
  expect(another.expires_at).toBeNull();
  expect(Date.parse(another.old.expires_at) - Date.now()).toBeWithin(50_000, 60_001);
  // Without a body a day is left.
  const last = await sahab.adminJson<typeof another>(`/keys/${another.id}/rotate`, { method: "POST" });
  expect(Date.parse(last.old.expires_at) - Date.now()).toBeWithin(86_000_000, 86_400_001);
});

test("what is wrong is told, and changes nothing", async () => {
  const { id } = await sahab.createKey({ name: "steady" });
  const before = await show(id);
  const pasted = `sk-ant-api03-${"Ab1".repeat(12)}`;
  const wrong: [object, RegExp][] = [
    [{ models: [] }, /models.*at least one/],
    [{ models: ["a*b"] }, /models\.0.*\* at the end/],
    [{ models: ["a**"] }, /models\.0.*\* at the end/],
    [{ models: [""] }, /models\.0/],
    [{ models: Array.from({ length: 501 }, (_, at) => `m${at}`) }, /models.*500/],
    [{ models: ["x".repeat(257)] }, /models\.0.*256/],
    [{ models: "m".repeat(501) }, /^models: expected a list; found a text$/],
    [{ addresses: [] }, /addresses.*at least one/],
    [{ addresses: ["10.0.0.0/33"] }, /addresses\.0.*10\.0\.0\.0\/8/],
    [{ addresses: ["localhost"] }, /addresses\.0/],
    [{ addresses: ["fe80::1%eth0"] }, /addresses\.0/],
    [{ addresses: Array.from({ length: 101 }, () => "10.0.0.7") }, /addresses.*100/],
    [{ expires_at: "2001-01-01T00:00:00Z" }, /in the past/],
    [{ name: "" }, /^name: expected at least 1 character$/],
    [{ name: " " }, /^name: expected a name without spaces before or behind it$/],
    [{ name: "ann " }, /^name: expected a name without spaces/],
    [{ name: "a\u202Eb" }, /name/],
    [{ name: pasted }, /^name: expected a name for people[^\d]*$/],
  ];
  for (const [json, message] of wrong) {
    expect(await codeOf(`/keys/${id}`, { method: "PATCH", json })).toEqual([
      400,
      expect.stringMatching(message) as never,
    ]);
    expect(await codeOf("/keys", { json: { name: "x", ...json } })).toEqual([
      400,
      expect.stringMatching(message) as never,
    ]);
  }
  for (const json of [{}, { role: "admin" }, { project: "team" }, { revoked_at: null }])
    expect((await codeOf(`/keys/${id}`, { method: "PATCH", json }))[0]).toBe(400);
  for (const json of [{ overlap_seconds: -1 }, { overlap_seconds: 1.5 }, { overlap_seconds: 1e9 }, { overlap: "1h" }]) {
    expect((await codeOf(`/keys/${id}/rotate`, { json }))[0]).toBe(400);
    expect((await codeOf("/rotate/admin", { json }))[0]).toBe(400);
  }
  expect((await codeOf("/keys", { json: { name: "x", role: "owner" } }))[1]).toMatch(/role.*user.*metrics.*admin/);
  expect(await show(id)).toEqual(before);
  expect(sahab.logs()).not.toContain(pasted);
});

test("a key that is not there, or not good any more, is neither changed nor rotated", async () => {
  for (const [path, init] of [
    ["/keys/key_none", {}],
    ["/keys/key_none", { method: "PATCH", json: { name: "x" } }],
    ["/keys/key_none/rotate", { json: {} }],
    ["/keys/admin", {}],
    ["/keys/admin/rotate", { json: {} }],
  ] as const)
    expect(await codeOf(path, init)).toEqual([404, expect.stringContaining("sahab key list") as never]);
  const { id } = await sahab.createKey();
  await sahab.adminJson(`/keys/${id}`, { method: "DELETE" });
  expect(await codeOf(`/keys/${id}/rotate`, { json: {} })).toEqual([409, expect.stringContaining("revoked") as never]);
  // A key that is revoked stays so, whatever becomes of its other fields.
  await sahab.adminJson(`/keys/${id}`, { method: "PATCH", json: { expires_at: null, name: "again" } });
  expect(await show(id)).toMatchObject({ status: "revoked", name: "again" });
});

test("when a key was last used is there at once, and after a restart", async () => {
  const { id, key } = await sahab.createKey();
  await fetch(`${sahab.address}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  const used = String((await show(id))["last_used_at"]);
  expect(Date.now() - Date.parse(used)).toBeWithin(0, 60_000);
  await sahab.restart();
  expect((await show(id))["last_used_at"]).toBe(used);
});

test("a project with keys is not removed, and each key that is in the way is named", async () => {
  const projects = [{ name: "default" }, { name: "team" }];
  await sahab.apply({ projects: [...projects, { name: "leaving" }, { name: "going" }] });
  const refusal = async (left: object[]) => (await codeOf("/apply", { json: { projects: [...projects, ...left] } }))[1];
  const first = await sahab.createKey({ name: "first", project: "leaving" });
  const one = `project "leaving" still has a key that is not revoked (${first.id}); revoke it, or`;
  expect(await refusal([])).toStartWith(one);
  const second = await sahab.createKey({ name: "second", project: "going" });
  const third = await sahab.createKey({ name: "third", project: "going" });
  // Of several projects one is named, with its own keys alone.
  const told = await refusal([]);
  const two = /^project "going" still has 2 keys that are not revoked \(key_\w+, key_\w+\); revoke them, or/;
  expect(told.startsWith(one) || two.test(told)).toBe(true);
  const ofGoing = await refusal([{ name: "leaving" }]);
  expect(ofGoing).toMatch(two);
  for (const { id } of [second, third]) expect(ofGoing).toContain(id);
});

test("a name that is taken is told when another key gets it", async () => {
  const create = () => sahab.adminJson<{ id: string; warnings: string[] }>("/keys", { json: { name: "twin" } });
  const first = await create();
  expect(first.warnings).toEqual([]);
  const second = await create();
  expect(second.warnings.join()).toContain(`"twin" is also the name of ${first.id}`);
  for (const { id } of [first, second]) await sahab.adminJson(`/keys/${id}`, { method: "DELETE" });
  const third = await create();
  expect(third.warnings).toEqual([]);
});
