import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// The first minute: the launcher on an empty folder, then a chat whose answer goes through a pipe.

let vendor: FakeVendor;
let sahab: TestSahab;
let readyMs: number;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hello ", "from ", "afar"], { splitAt: 7 }) });
  const startedMs = performance.now();
  sahab = await runSahab({ launcher: true });
  readyMs = Math.round(performance.now() - startedMs);
}, 30_000);
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

test("an empty folder is ready within seconds", () => {
  expect(readyMs, `/readyz answered after ${readyMs} ms`).toBeLessThan(10_000);
});

test("the built-in model's answer comes through a pipe", async () => {
  const talk = await sahab.command(["chat", "nano", "What is Sahab?", "--temperature", "0"]);
  expect(talk).toMatchObject({ status: 0, stdout: expect.stringContaining("Sahab is an AI cloud that you own") });
}, 30_000);

test("the line to paste streams a whole answer", async () => {
  const body = / -d '(.*)'/.exec(sahab.stdout())?.[1] ?? "";
  const answer = await sahab.call("/v1/chat/completions", JSON.parse(body) as object, { key: sahab.adminKey });
  expect(await answer.text()).toContain('"finish_reason":"stop"');
}, 30_000);

test("a stream in many pieces is printed whole", async () => {
  await sahab.apply({
    providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
    models: [
      { name: "afar", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 1 } },
    ],
    projects: [{ name: "default" }],
  });
  const talk = await sahab.command(["chat", "afar", "Hi"]);
  expect(talk).toMatchObject({ status: 0, stdout: "Hello from afar\n" });
}, 30_000);
