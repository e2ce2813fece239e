import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { isSigned, startWebhook } from "../testing/webhook.ts";

// From cloud.yaml to the webhook, with the real program.

const secret = "sealed-and-never-printed";
let vendor: FakeVendor;
let hook: ReturnType<typeof startWebhook>;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ m: wholeChat("Hello") });
  hook = startWebhook();
  sahab = await runSahab({
    env: { HOOK_SECRET: secret },
    config: {
      providers: [{ name: "v", vendor: "compatible", base_url: vendor.url }],
      // 100 tokens and 20 cost half of the budget.
      models: [
        {
          name: "m",
          targets: [{ provider: "v", model: "m" }],
          price: { currency: "USD", input: 1_000, output: 20_000 },
        },
      ],
      projects: [{ name: "team", budget: { amount: 1, period: "day" } }],
      alerts: [{ url: hook.url, secret, allow_private: true, at: [50, 100] }],
    },
  });
});
afterAll(async () => {
  await sahab.close();
  await hook.stop();
  await vendor.stop();
});

test("a budget that is half used, and then all, is told of once each", async () => {
  const { key } = await sahab.createKey({ name: "k", project: "team" });
  const ask = async () => {
    const response = await fetch(`${sahab.address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "m", max_tokens: 20, messages: [{ role: "user", content: "Hi" }] }),
    });
    return response.status;
  };
  expect(await ask()).toBe(200);
  await eventually("the first alert", () => hook.calls.length === 1);
  expect(hook.calls[0]?.body).toMatchObject({
    type: "budget",
    account: "project:team",
    window: "day",
    percent: 50,
    spent: "0.5",
    limit: "1",
    currency: "USD",
  });
  expect(await ask()).toBe(200);
  await eventually("the second alert", () => hook.calls.length === 2);
  expect(hook.calls[1]?.body).toMatchObject({ percent: 100, spent: "1" });
  expect(await ask()).toBe(402);
  expect(hook.calls.every((call) => isSigned(call, secret))).toBe(true);
});

test("the secret is sealed, is not exported, and stays where the file does not repeat it", async () => {
  const exported = await sahab.command(["export"]);
  expect(exported.stdout).toContain(hook.url);
  const file = join(sahab.dataDir, "again.yaml");
  writeFileSync(file, exported.stdout);
  const again = await sahab.command(["apply", "-f", file]);
  expect(`${again.stdout}${again.stderr}`).toContain("Nothing to change");
  writeFileSync(file, exported.stdout.replace(hook.url, "https://hooks.example.com/other"));
  const other = await sahab.command(["apply", "-f", file, "--dry-run"]);
  expect([other.status, other.stderr]).toEqual([1, expect.stringContaining("alerts[0].secret: none is given")]);
  const before = hook.calls.length;
  const doctor = await sahab.command(["doctor", "--alerts"]);
  expect(doctor.stdout).toMatch(/ok +alerts to 127\.0\.0\.1:\d+: it took a test/);
  expect(hook.calls[before]?.body["type"]).toBe("test");
  const bytes = readdirSync(sahab.dataDir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => readFileSync(join(sahab.dataDir, name)).toString("latin1"));
  expect(bytes.some((text) => text.includes("127.0.0.1"))).toBe(true);
  for (const text of [...bytes, sahab.logs(), sahab.stdout(), exported.stdout, doctor.stdout])
    expect(text).not.toContain(secret);
  await sahab.logged("a budget has reached a percentage that alerts are for");
});
