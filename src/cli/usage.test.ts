import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ApiUsageSum } from "../ledger/index.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { formatUsageCsv } from "./usage-csv.ts";

// `sahab usage`: filters by key, messages for unknown names, and long names in tables.

let vendor: FakeVendor;
let sahab: TestSahab;
let ids: string[];
const installation = (end: string) => "0123456789abcdef".repeat(3) + "fedcba98765" + end;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hi"]) });
  sahab = await runSahab({
    config: {
      providers: [{ name: "v", vendor: "compatible", base_url: `http://127.0.0.1:${vendor.port}/v1` }],
      models: [{ name: "m", targets: [{ provider: "v", model: "m" }], price: "free" }],
      projects: [{ name: "default" }, { name: "search-team" }],
    },
  });
  const keys = [];
  for (const name of ["agents", "agents", "other"]) keys.push(await sahab.createKey({ name }));
  ids = keys.map(({ id }) => id);
  const body = { model: "m", messages: [{ role: "user", content: "Hi" }] };
  for (const [at, { key }] of keys.entries()) {
    const response = await sahab.call("/v1/chat/completions", { ...body, user: installation(`0000${at}`) }, { key });
    expect(response.status).toBe(200);
  }
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

async function usage(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await sahab.command(["usage", ...args]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

async function refused(args: string[], told: RegExp): Promise<void> {
  const { status, stdout, stderr } = await sahab.command(["usage", ...args]);
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: expect.stringMatching(told) as never });
}

test("a key is named by its id, or by its name with all others of that name", async () => {
  expect(await usage("--key", ids[0] ?? "")).toMatch(/\nm +1 /);
  expect(await usage("--key", "agents")).toMatch(/\nm +2 /);
  expect(await usage("--key", "agents", "--by", "key")).not.toContain(ids[2] ?? "");
  expect(await usage("--key", "other")).toMatch(/\nm +1 /);
});

test("keys are told by their names, by their ids as well where a name repeats, and each by the day", async () => {
  const table = await usage("--by", "key,day");
  const days = new Set((await sahab.records()).map(({ time }) => time.slice(0, 10)));
  expect(table).toMatch(new RegExp(`^KEY +DAY +REQUESTS`));
  for (const row of [`agents \\(${ids[0]}\\)`, `agents \\(${ids[1]}\\)`, "other"])
    expect(table).toMatch(new RegExp(`\n${row} +(?:${[...days].join("|")}) +1 `));
  expect(table).toMatch(/\nTOTAL +3 /);
});

test("a provider's own attempts are summed alone, and CSV has all that is summed", async () => {
  expect(await usage("--provider", "v")).toMatch(/\nm +3 /);
  await refused(["--provider", "w"], /^There is no provider "w"; there are: v, local/);
  const [head, ...rows] = (await usage("--by", "key,user", "--csv", "--since", "1h")).trim().split("\r\n");
  expect(head).toStartWith("key,key_name,user,requests,input_tokens,cached_input_tokens,");
  const starts = ids.map(
    (id, at) => `${id},${at === 2 ? "other" : "agents"},${installation(`0000${at}`)},1,100,40,0,20,5,`,
  );
  expect(rows.map((row, at) => row.slice(0, starts[at]?.length)).sort()).toEqual(starts.sort());
  for (const row of rows) expect(row).toEndWith(",0,0,,,USD");
});

test("a key that has the name of another's id is not meant by it", async () => {
  await sahab.createKey({ name: ids[2] ?? "" });
  const { rows } = await sahab.adminJson<{ rows: object[] }>(`/usage?group_by=key&key=${ids[2]}`);
  expect(rows).toMatchObject([{ groups: [ids[2]], requests: 1 }]);
});

test("what is not there is told from what was not used", async () => {
  const unused = await sahab.createKey({ name: "attr" });
  expect(await usage("--key", "attr")).toBe("No usage of key attr in this time.\n");
  expect(await usage("--key", unused.id)).toBe(`No usage of key ${unused.id} in this time.\n`);
  await refused(["--key", "agent"], /^There is no key "agent"; there are: .*agents.*other.*; did you mean agents\?\n$/);
  await refused(
    ["--project", "search-taem", "--key", "nobody"],
    /^There is no key "nobody"; there are: .*\nThere is no project "search-taem"; there are: default, search-team; did you mean search-team\?\n$/,
  );
  expect(await usage("--project", "search-team", "--user", "")).toBe(
    "No usage of project search-team, no user in this time.\n",
  );
  expect(await usage("--model", "n")).toBe("No usage of model n in this time.\n");
  expect(await usage("--user", installation("0000"))).toContain(`; did you mean ${installation("00000")}?`);
  expect(await usage("--tag", "team=search")).toBe("No usage of tag team=search in this time.\n");
  for (const form of ["--json", "--csv"])
    await refused([form, "--key", "nobody"], /^There is no key "nobody"; there are: /);
});

test("what is wrong with --by is told under that name", async () => {
  for (const [by, told] of [
    ["key,key", "--by: expected each once"],
    ["tag:UPPER", "--by: expected tag:NAME with a name of"],
    ["model,key,project,day,user", "--by: expected at most 4"],
  ] as const) {
    const { status, stderr } = await sahab.command(["usage", "--by", by]);
    expect(status).toBe(1);
    expect(stderr).toContain(told);
    expect(stderr).not.toContain("group_by");
  }
});

test("rows of long ids fit a line, and --json has them whole", async () => {
  const table = await usage("--by", "user");
  expect(table).toMatch(/\n0123456789ab…a987650000\d /);
  expect(table).toContain("Long names are cut in the middle; --json has them whole.\n");
  expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  const rows = JSON.parse(await usage("--by", "user", "--json")) as { group: string }[];
  expect(rows.map(({ group }) => group).sort()).toEqual(["00000", "00001", "00002"].map(installation));
  expect(await usage("--by", "model")).not.toContain("cut in the middle");
});

test("what a spreadsheet would run or take apart is quoted", () => {
  const sums = { cost: "1.5", provider_cost: "1", vendor_cost: null, vendor_difference: "-0.5", currency: "USD" };
  const row = { groups: ['=cmd|"x",1'], requests: 2, ...sums } as unknown as ApiUsageSum;
  const [, line] = formatUsageCsv(["user"], [row]).split("\r\n");
  expect(line).toBe(`"'=cmd|""x"",1",2,,,,,,,,,,1.5,1,,-0.5,USD`);
});

test("a key that may not is told with the place that it is from", async () => {
  const { key } = await sahab.createKey({ role: "metrics" });
  const { status, stderr } = await sahab.command(["usage"], { env: { SAHAB_ADMIN_KEY: key } });
  expect(status).toBe(1);
  expect(stderr).toMatch(/\(forbidden; what was sent is SAHAB_ADMIN_KEY\)\n$/);
});
