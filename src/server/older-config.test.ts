import { Database } from "bun:sqlite";
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let vendor: FakeVendor | undefined;
let sahab: TestSahab | undefined;

afterEach(async () => {
  await sahab?.close();
  await vendor?.stop();
});

test("a provider whose name was free in an earlier version is served after the update, and told of until it is renamed", async () => {
  vendor = startFakeVendor({ m: chat(["ok"]) });
  const configOf = (provider: string) => ({
    providers: [{ name: provider, vendor: "compatible", base_url: vendor?.url }],
    models: [{ name: "chat", targets: [{ provider, model: "m" }], price: { currency: "USD", input: 1, output: 2 } }],
    projects: [{ name: "default" }],
  });
  sahab = await runSahab({ config: configOf("loca1") });
  await sahab.kill();
  const database = new Database(join(sahab.dataDir, "sahab.db"));
  database.run("UPDATE resources SET name = replace(name, 'loca1', 'local'), spec = replace(spec, 'loca1', 'local')");
  database.close();
  await sahab.start();

  const response = await sahab.call("/v1/chat/completions", {
    model: "chat",
    messages: [{ role: "user", content: "x" }],
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("x-sahab-provider")).toBe("local");
  await response.text();
  await sahab.logged("provider local: its name is reserved");
  const doctor = await sahab.command(["doctor"]);
  expect(doctor).toMatchObject({ status: 0, stdout: expect.stringContaining("provider local: its name is reserved") });
  const refused = await sahab.apply(configOf("local")).catch(String);
  expect(refused).toContain('providers[0].name: \\"local\\" is reserved');
  expect((await sahab.apply(configOf("mine"))).changes).toMatchObject([
    { action: "create", name: "mine" },
    { action: "delete", name: "local" },
    { action: "update", name: "chat" },
  ]);
});
