import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { eventually } from "../testing/eventually.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ slow: chat(["a ", "b ", "c"], { paceMs: 300 }) });
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
      models: [{ name: "slow", targets: [{ provider: "fake", model: "slow" }], price: "free" }],
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

test("Sahab stops after the requests under way, and stopping again is no failure", async () => {
  const { key } = await sahab.createKey();
  const pidFile = join(sahab.dataDir, "pid");
  const noted = readFileSync(pidFile, "utf8");
  expect(noted).toStartWith(`${sahab.pid} `);

  // A number that another process has by now is not believed.
  const child = Bun.spawn(["sleep", "60"]);
  writeFileSync(pidFile, noted.replace(/^\d+/, String(child.pid)));
  expect(await sahab.command(["stop"])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("is not known here"),
  });
  expect(child.exitCode).toBeNull();
  child.kill();
  writeFileSync(pidFile, noted);

  const answer = sahab.call(
    "/v1/chat/completions",
    { model: "slow", stream: true, messages: [{ role: "user", content: "Hi" }] },
    { key },
  );
  await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("slow").at(-1)));
  const stopped = await sahab.command(["stop"]);
  expect(stopped).toMatchObject({ status: 0, stdout: "Sahab has stopped.\n", stderr: "" });
  expect(await (await answer).text()).toContain("[DONE]");
  expect(existsSync(pidFile)).toBe(false);
  const again = await sahab.command(["stop"]);
  expect(again).toMatchObject({ status: 0, stdout: `No Sahab runs on the data folder ${sahab.dataDir}.\n` });
});
