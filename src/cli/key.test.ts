import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { runInTerminal } from "../testing/run-in-terminal.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { checkKeys } from "../server/health/check-keys.ts";
import type { Key } from "./shown-key.ts";

let sahab: TestSahab;
const elsewhere = makeTemporaryFolder();
beforeAll(async () => {
  sahab = await runSahab({ config: { projects: [{ name: "default" }, { name: "team" }] } });
});
afterAll(async () => {
  await sahab?.close();
  removeTemporaryFolder(elsewhere);
});

const asOwner = { env: { SAHAB_ADMIN_KEY: undefined } };
async function run(args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sahab.command(args, asOwner);
  expect([args, status, stderr]).toEqual([args, 0, expect.anything() as never]);
  return stdout;
}
async function fail(args: string[], status: number): Promise<string> {
  const result = await sahab.command(args, asOwner);
  expect([args, result.status]).toEqual([args, status]);
  return result.stderr;
}
const show = async (id: string) => JSON.parse(await run(["key", "show", id, "--json"])) as Key;

test("a key is created with bounds, shown, changed, and its bounds are taken away", async () => {
  const made = JSON.parse(
    await run(["key", "create", "svc", "--models", "chat, nano-*", "-a", "10.0.0.7,fd00::/8", "-e", "30d", "--json"]),
  ) as { id: string; key: string };
  expect(await show(made.id)).toMatchObject({ models: ["chat", "nano-*"], addresses: ["10.0.0.7", "fd00::/8"] });
  const text = await run(["key", "show", made.id]);
  for (const part of ["svc", "chat, nano-*", "10.0.0.7, fd00::/8", "active", "not yet"]) expect(text).toContain(part);
  expect(text).not.toContain(made.key);
  expect(await run(["key", "edit", made.id, "--name", "renamed", "--models", "none", "-e", "none"])).toMatch(
    /renamed[^]*never[^]*all of its project/,
  );
  expect(await show(made.id)).toMatchObject({
    name: "renamed",
    models: null,
    expires_at: null,
    addresses: ["10.0.0.7", "fd00::/8"],
  });
});

test("rotate prints the new key alone, and says what becomes of the old one", async () => {
  const { id, key } = await sahab.createKey({ name: "svc" });
  const rotated = await sahab.command(["key", "rotate", id, "--overlap", "2h"], asOwner);
  expect(rotated.stdout).toMatch(/^sk-sahab-[0-9a-z]{32}\n$/);
  expect(rotated.stdout.trim()).not.toBe(key);
  expect(rotated.stderr).toContain(`takes the place of ${id}, which is good until 20`);
  expect(Date.parse((await show(id)).expires_at ?? "") - Date.now()).toBeWithin(7_100_000, 7_200_001);
  const [, next = ""] = /Key (key_\w+)/.exec(rotated.stderr) ?? [];
  const last = await sahab.command(["key", "rotate", next, "--overlap", "0", "--expires", "1d"], asOwner);
  expect(last.stderr).toContain("which is not good any more");
  expect((await show(next)).status).toBe("expired");
  expect(await fail(["key", "rotate", next], 1)).toContain("expired");
});

test("a key is named by its name, of several the one that is good; others are told apart by their ids", async () => {
  const { id } = await sahab.createKey({ name: "bot", budget: { amount: 2, period: "day" } });
  expect(await run(["key", "show", "bot"])).toMatch(new RegExp(`^id: +${id}\n[^]*\nkey +day +2 USD +0 `));
  expect(await run(["key", "edit", "bot", "--rpm", "60"])).toContain("key: at most 60 requests a minute");
  await run(["key", "rotate", "bot", "--overlap", "0"]);
  // The old one has the name as well, and has expired.
  expect(await run(["key", "show", "bot"])).not.toContain(id);
  const [, next = ""] = /^id: +(key_\w+)/.exec(await run(["key", "show", "bot"])) ?? [];
  // While both are good the new one has the name, also after several rotations.
  for (const verb of ["rotate", "rotate"]) await run(["key", verb, "bot"]);
  const newest = JSON.parse(await run(["key", "show", "bot", "--json"])) as Key;
  expect(newest).toMatchObject({ status: "active", replaced_by: null, expires_at: null });
  const replaced = await show(next);
  expect(await run(["key", "show", next])).toContain(`active, replaced by ${replaced.replaced_by}\n`);
  expect(await run(["key", "list"])).toMatch(new RegExp(`${next} .* replaced `));
  expect(await fail(["key", "list", "--project", "nobody"], 1)).toContain('No keys of project "nobody"; keys are of: ');
  // Of those that are good one may be meant that was replaced, since it leaked.
  const twins = await fail(["key", "revoke", "bot", "--yes"], 1);
  expect(twins).toContain('Nothing was revoked: 3 keys with the name "bot" are good');
  expect(twins).toMatch(
    new RegExp(`${next} \\(project default, good until .*, replaced by ${replaced.replaced_by}\\)`),
  );
  for (const old of [next, replaced.replaced_by ?? ""]) await run(["key", "revoke", old, "--yes"]);
  const { id: twin } = await sahab.createKey({ name: "bot", project: "team" });
  for (const verb of ["show", "rotate", "revoke"])
    expect(await fail(["key", verb, "bot"], 1)).toMatch(
      new RegExp(
        `5 keys have the name "bot".*${id} \\(expired, project default\\).*${twin} \\(active, project team\\)`,
      ),
    );
  expect(await fail(["key", "show", "bott"], 1)).toContain("did you mean bot?");
});

test("revoke asks, does nothing without an answer, and takes --yes", async () => {
  const { id } = await sahab.createKey({ name: "leaver" });
  expect(await fail(["key", "revoke", "leaver"], 1)).toContain(
    `Nothing was revoked: nobody can be asked here. To revoke ${id} (leaver) without a question: sahab key revoke ${id} --yes`,
  );
  const { SAHAB_ADMIN_KEY: _, ...env } = sahab.commandEnvironment();
  const question = `Revoke ${id} (leaver) of project default`;
  const no = await runInTerminal(["key", "revoke", "leaver"], [[question, "n\r"]], { env });
  expect([no.status, (await show(id)).status]).toEqual([1, "active"]);
  const yes = await runInTerminal(["key", "revoke", "leaver"], [[question, "y\r"]], { env });
  expect([yes.status, (await show(id)).status]).toEqual([0, "revoked"]);
  expect(await run(["key", "revoke", "leaver", "-y"])).toBe(`${id} (leaver) was revoked before.\n`);
});

test("a list of keys fits 80 columns, and says what has no room", async () => {
  await sahab.createKey({ name: "a name that is far too long for a table of keys", role: "admin" });
  const { stdout } = await sahab.command(["key", "list"], { env: { ...asOwner.env, COLUMNS: "80" } });
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/^ID +NAME +PROJECT +ROLE +STATUS\b/);
  expect(stdout).toMatch(/\nNo room for .*CREATED.*; --json has all\.\n$/);
});

test("a list of keys says what is spent of their budgets, in the currency of the project", async () => {
  const { id } = await sahab.createKey({ name: "bounded", budget: { amount: 2, period: "day" } });
  await sahab.createKey({
    name: "warned",
    budget: [
      { amount: "0.5", period: "week" },
      { amount: 20, period: "total", soft: true },
    ],
  });
  expect(await run(["key", "list"])).toMatch(
    new RegExp(`STATUS +BUDGET +CREATED[^]*\n${id} [^\n]* active +(0 of )?2 USD a day +20`),
  );
  expect(await run(["key", "list"])).toMatch(/ warned [^\n]*0\.5 USD a week, .*20 USD in total \(soft\) +20/);
});

test("wrong values are told before anything is asked", async () => {
  for (const args of [
    ["key", "edit"],
    ["key", "show"],
    ["key", "rotate", "x", "--overlap", "soon"],
    ["key", "rotate", "x", "--overlap", "-1h"],
    ["key", "create", "x", "--models", " , "],
    ["key", "create", "x", "--expires", "none"],
    ["rotate", "admin", "--overlap", "1"],
  ])
    expect(await fail(args, 2)).toMatch(/Allowed|missing required/);
  expect(await fail(["key", "edit", "key_x"], 2)).toContain("--name, --expires, --models, --addresses");
  expect(await fail(["key", "create", "x", "--addresses", "office"], 1)).toMatch(/addresses\.0.*10\.0\.0\.0\/8/);
  expect(await fail(["key", "show", "key_none"], 1)).toContain("sahab key list");
  const { key } = await sahab.createKey({ name: "pasted" });
  for (const text of [key, key.slice(0, 14)])
    for (const args of [
      ["key", "show", text],
      ["requests", "--key", text],
    ])
      expect(await fail(args, 1)).toStartWith("A key is named by its name or id here, not by its own text; ");
  expect(await fail(["key", "delete"], 2)).toContain("Usage: sahab key revoke [options] <key>\n");
  expect(await fail(["key", "show", "a", "b"], 2)).toContain("Usage: sahab key show [options] <key>\n");
});

test("rotate admin prints the key where it is not in this machine's data folder", async () => {
  const env = { SAHAB_DATA: elsewhere, SAHAB_URL: sahab.address, SAHAB_ADMIN_KEY: sahab.adminKey };
  const { stdout, stderr } = await sahab.command(["rotate", "admin", "--overlap", "1h"], { env });
  sahab.adminKey = readFileSync(join(sahab.dataDir, "admin.key"), "utf8").trim();
  expect(stdout).toBe(`${sahab.adminKey}\n`);
  expect(stderr).toMatch(/good until 20.*sahab login/);
});

test("doctor tells the age of keys, and how to mend it", async () => {
  const findings = async () => {
    const { stdout } = await sahab.command(["doctor", "--json"], asOwner);
    return (JSON.parse(stdout) as { check: string; status: string; detail: string; told: object }[]).filter(
      ({ check }) => check === "keys" || check === "admin key",
    );
  };
  expect((await findings()).map(({ status }) => status)).toEqual(["ok", "ok"]);
  const longAgo = Date.now() / 1000 - 200 * 86_400;
  utimesSync(join(sahab.dataDir, "admin.key"), longAgo, longAgo);
  expect(await findings()).toContainEqual({
    check: "admin key",
    status: "warning",
    detail: expect.stringMatching(/admin\.key is 200 days old.*sahab rotate admin --overlap 1h/) as string,
    told: { code: "adminKeyOld", values: { file: join(sahab.dataDir, "admin.key"), days: "200" } },
  });
  expect((await sahab.command(["rotate", "admin"], asOwner)).status).toBe(0);
  expect((await findings()).map(({ status }) => status)).toEqual(["ok", "ok"]);
});

test("old admin keys, and keys without an end that nobody uses, are told; others are not", () => {
  const nowMs = Date.parse("2027-06-01T00:00:00Z");
  const ago = (days: number) => new Date(nowMs - days * 86_400_000).toISOString();
  const key = (fields: Partial<Key>): Key => ({
    id: "key_1",
    name: "svc",
    project: "default",
    role: "user",
    prefix: "sk-sahab-abcde",
    created_at: ago(400),
    expires_at: null,
    last_used_at: ago(1),
    status: "active",
    models: null,
    addresses: null,
    terms: {},
    ...fields,
  });
  const warnings = (...keys: Key[]) =>
    checkKeys(keys, nowMs)
      .filter(({ status }) => status === "warning")
      .map(({ detail }) => detail);
  expect(warnings(key({}))).toEqual([]);
  expect(warnings(key({ last_used_at: ago(90) }), key({ last_used_at: null, created_at: ago(90) }))).toEqual([]);
  expect(warnings(key({ last_used_at: ago(91) }))).toEqual([
    expect.stringMatching(/key_1 \(svc\) never expires.*91 days.*sahab key revoke key_1.*sahab key edit key_1/),
  ]);
  expect(warnings(key({ last_used_at: null, created_at: ago(91) }))).toHaveLength(1);
  expect(warnings(key({ last_used_at: ago(91), expires_at: ago(-1) }))).toEqual([]);
  expect(warnings(key({ role: "admin", created_at: ago(180) }))).toEqual([]);
  expect(warnings(key({ role: "admin", created_at: ago(181) }))).toEqual([
    expect.stringMatching(/role admin is 181 days old.*sahab key rotate key_1/),
  ]);
  for (const status of ["expired", "revoked"])
    expect(warnings(key({ role: "admin", last_used_at: null, status }))).toEqual([]);
  const many = warnings(...Array.from({ length: 25 }, () => key({ last_used_at: null })));
  expect([many.length, many.at(-1)]).toEqual([11, "and 15 more like these: sahab key list"]);
});
