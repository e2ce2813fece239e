import { afterAll, beforeAll, expect, test } from "bun:test";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let sahab: TestSahab;
beforeAll(async () => {
  sahab = await runSahab({
    config: { projects: [{ name: "default" }, { name: "paid", currency: "CNY", prepaid: true }] },
  });
});
afterAll(() => sahab?.close());

async function run(args: string[], status = 0): Promise<string> {
  const result = await sahab.command(args);
  expect([args, result.status, result.stderr]).toEqual([args, status, expect.anything() as never]);
  return status === 0 ? result.stdout : result.stderr;
}

test("a key's budgets and limits are given, shown with what is left, changed one by one, and taken away", async () => {
  await run(["key", "create", "svc", "--budget", "5/day", "-b", "100/month/soft", "--rpm", "60", "--tpm", "9000"]);
  await run(["adjust", "key", "svc", "1.25", "--note", "an invoice said more"]);
  await run(["adjust", "key", "svc", "-0.25", "--note", "given back"]);
  const shown = await run(["key", "show", "svc"]);
  expect(shown).toMatch(/^key +day +5 USD +1 +0 +4 +20\d\d-/m);
  expect(shown).toMatch(/^key +month \(soft\) +100 USD +1 +0 +99 /m);
  expect(shown).toMatch(/at most 60 requests a minute\n.*at most 9000 tokens a minute/);
  const edit = async (...args: string[]) => {
    const { terms } = JSON.parse(await run(["key", "edit", "svc", ...args, "--json"])) as { terms: object };
    return terms;
  };
  const budget = [
    { amount: "5", period: "day" },
    { amount: "100", period: "month", soft: true },
  ];
  expect(await edit("--rpm", "none", "--concurrency", "4", "--session-budget", "2")).toEqual({
    budget,
    limits: { tpm: 9000, concurrency: 4 },
    session_budget: "2",
  });
  expect(await edit("--budget", "none", "--tpm", "none", "--concurrency", "none")).toEqual({ session_budget: "2" });
  expect(await run(["adjust", "list", "--key", "svc"])).toMatch(
    /adjustment .*-0.25 USD +admin .*given back\n.*1.25 USD/,
  );
  expect(await run(["key", "create", "x", "--budget", "5/year"], 2)).toContain("Allowed: an amount and a period");
  expect(await run(["key", "create", "x", "--rpm", "0"], 2)).toContain("a whole number from 1 on");
});

test("a prepaid project is topped up, once for each id, and its balance is shown", async () => {
  expect(await run(["topup", "paid", "20", "--note", "invoice 1", "--id", "inv-1"])).toBe(
    "Booked top-up of 20 CNY for project paid as inv-1.\n",
  );
  expect(await run(["topup", "paid", "20", "--note", "invoice 1", "--id", "inv-1"])).toStartWith("Was booked before:");
  expect(await run(["balance", "paid"])).toMatch(/project:paid +balance +20 CNY +0 +0 +20 +never/);
  expect(await run(["balance"])).toMatch(
    /project:paid +balance +20 CNY +0 +0 +20 +never\n[^]*sahab balance --key NAME\n$/,
  );
  expect(JSON.parse(await run(["balance", "--json"]))).toContainEqual(
    expect.objectContaining({ account: "project:paid" }),
  );
  expect(await run(["balance", "paid", "--key", "x"], 2)).toContain("Name one of a project, --key and --organisation");
  expect(await run(["topup", "paid", "-1"], 1)).toContain("expected a decimal above 0");
});
