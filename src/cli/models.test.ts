import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What is shown as a price is the one that is billed, in whatever order a configuration lists those that follow each other.

let vendor: FakeVendor;
let sahab: TestSahab;

const from = (day: string, input: number) => ({ currency: "USD", input, output: input, valid_from: day });
const now = from("2025-06-01", 3);
const [first, next] = [from("2024-01-01", 1), from("2999-01-01", 7)];
const orders = { falling: [next, now, first], mixed: [now, next, first], rising: [first, now, next], later: [next] };

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["ok"]) });
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
      models: [
        ...Object.entries(orders).map(([name, price]) => ({
          name,
          targets: [{ provider: "fake", model: "m" }],
          price,
          charge: price,
        })),
        {
          name: "gratis",
          targets: [{ provider: "fake", model: "m" }],
          price: { currency: "USD", input: 0, output: 0 },
        },
      ],
      aliases: { "gpt-*": "mixed", quick: "gratis" },
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

test("the price that holds now is shown, and billed", async () => {
  const { stdout } = await sahab.command(["models"]);
  const { key } = await sahab.createKey();
  for (const name of Object.keys(orders)) {
    const price = name === "later" ? 7 : 3;
    const line = stdout.split("\n").find((one) => one.startsWith(name)) ?? "";
    expect(line).toMatch(new RegExp(`(?: ${price} in, ${price} out USD *){2}$`));
    const answer = await sahab.call(
      "/v1/chat/completions",
      { model: name, messages: [{ role: "user", content: "Hi" }] },
      { key },
    );
    await answer.text();
    const { tokens, cost } = await sahab.record(answer.headers.get("x-request-id"));
    expect(Number(cost)).toBeCloseTo(((tokens.input + tokens.output) * price) / 1e6, 9);
  }
});

test("the admin API lists prices by date", async () => {
  const { models } = await sahab.adminJson<{ models: Record<string, unknown>[] }>("/models");
  for (const name of ["falling", "mixed", "rising"])
    expect(models.find((model) => model["name"] === name)).toMatchObject({
      prices: [first, now, next],
      charge: [first, now, next],
      targets: [{ prices: [first, now, next] }],
    });
});

test("aliases are listed once each, with what they lead to", async () => {
  const { stdout } = await sahab.command(["models"]);
  expect(stdout).toMatch(/^gpt-\* +alias +mixed$/m);
  expect(stdout.match(/^quick .*$/gm)).toEqual([expect.stringMatching(/^quick +alias +gratis$/)]);
});

test("a budget that nothing counts against is told of", async () => {
  const create = async (models: string) =>
    (await sahab.command(["key", "create", `of-${models}`, "--budget", "1/day", "--models", models])).stderr;
  expect(await create("gratis")).toContain("all models that it may call are free");
  expect(await create("gratis,mixed")).not.toContain("free");
});

test("whoever may call all models is told that a provider is there while its model has no price", async () => {
  const ask = async (models: string[] | undefined) => {
    const { key } = await sahab.createKey(models === undefined ? {} : { models });
    const body = { model: "fake/other", messages: [{ role: "user", content: "Hi" }] };
    return (await sahab.call("/v1/chat/completions", body, { key })).text();
  };
  expect(await ask(undefined)).toContain("provider fake is, and the price of this model at it is not");
  expect(await ask(["fake/*"])).not.toContain("provider fake");
});
