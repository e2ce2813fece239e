import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A cloud.yaml with everything that one may have: it is taken, printed back, and the same again changes nothing.

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hi"]) });
  sahab = await runSahab({ config: { projects: [{ name: "default" }] } });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const document = () => `
providers:
  - name: deepseek
    vendor: deepseek
    base_url: http://127.0.0.1:${vendor.port}
    api_key: k
    region: cn
    apis: [chat, messages]
    timeouts: { connect_ms: 5000, first_text_ms: 30000, idle_ms: 60000, whole_ms: 600000 }
  - { name: alibaba, vendor: alibaba, base_url: "https://vendor.example/compatible-mode/v1", proxy: "http://proxy:3128", tls: { insecure: true } }
models:
  - name: chat-cheap
    targets:
      - { provider: deepseek, model: m, priority: 1 }
      - { provider: alibaba, model: qwen-plus, priority: 2, api: dashscope }
    price: { currency: USD, input: 0.55, cached_input: 0.14, output: 2.19 }
  - { name: given, targets: [{ provider: deepseek, model: m }], price: free }
  - name: nano
    local: { file: nano.gguf, context: 4096, slots: 4 }
projects:
  - name: default
  - name: search-team
    currency: CNY
    budget: { amount: 5000, period: month }
    limits: { rpm: 600, tpm: 2000000, concurrency: 50 }
    models: [chat-cheap, nano]
`;

test("all of it is taken, and nothing changes the second time", async () => {
  const apply = (body: string, query = "") =>
    fetch(`${sahab.address}/admin/v1/apply${query}`, {
      method: "POST",
      headers: { authorization: `Bearer ${sahab.adminKey}`, "content-type": "application/yaml" },
      body,
    });
  const first = await apply(document());
  expect([first.status, await first.json()]).toEqual([200, expect.objectContaining({ dry_run: false })]);
  expect(await (await apply(document())).json()).toMatchObject({ changes: [] });
  const shown = await fetch(`${sahab.address}/admin/v1/config`, {
    headers: { authorization: `Bearer ${sahab.adminKey}` },
  });
  const { models } = (await shown.json()) as { models: { name: string; price?: unknown }[] };
  expect(models.find(({ name }) => name === "given")?.price).toBe("free");
});

test("a model whose price is free costs nothing", async () => {
  const { key } = await sahab.createKey();
  const body = { model: "given", messages: [{ role: "user", content: "Hi" }] };
  const answer = await sahab.call("/v1/chat/completions", body, { key });
  const { usage } = (await answer.json()) as { usage: { cost: string; cost_currency: string } };
  expect(usage).toMatchObject({ cost: "0", cost_currency: "USD" });
});
