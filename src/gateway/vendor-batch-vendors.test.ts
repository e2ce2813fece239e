import { expect, test } from "bun:test";
import { must } from "../base/assert.ts";
import { chatBody, linesOf, openBatchBench } from "../testing/batches/batch-bench.ts";
import { startFakeOpenaiBatches } from "../testing/batches/fake-openai-batches.ts";
import { vendors } from "../vendor/index.ts";
import { batchBoundsOf } from "./vendor-batch.ts";

// Each vendor with batches in OpenAI's form, by what its documentation says of addresses, key and fields.

interface Documented {
  vendor: keyof typeof vendors;
  /** The path below which its API is. */
  base: string;
  /** What a provider's address ends in, where that is not all of it. */
  given?: string;
  model: string;
  /** What lines and the batch name. */
  endpoint: string;
  key?: string;
  markerField?: string;
  window?: string;
  fields?: object;
}

const documented: readonly Documented[] = [
  { vendor: "openai", base: "/v1", model: "gpt-5-mini", endpoint: "/v1/chat/completions" },
  {
    vendor: "azure-openai",
    base: "/openai/v1",
    given: "",
    model: "mine",
    endpoint: "/v1/chat/completions",
    key: "api-key",
  },
  {
    vendor: "alibaba",
    base: "/compatible-mode/v1",
    given: "",
    model: "qwq-plus",
    endpoint: "/v1/chat/completions",
    markerField: "ds_name",
    window: "336h",
  },
  {
    vendor: "zhipu",
    base: "/api/paas/v4",
    model: "glm-4-plus",
    endpoint: "/v4/chat/completions",
    fields: { auto_delete_input_file: true },
  },
  { vendor: "groq", base: "/openai/v1", model: "llama-3.1-8b-instant", endpoint: "/v1/chat/completions", window: "7d" },
  { vendor: "siliconflow", base: "/v1", model: "deepseek-ai/DeepSeek-V3", endpoint: "/v1/chat/completions" },
  {
    vendor: "novita",
    base: "/openai",
    model: "deepseek/deepseek-v3",
    endpoint: "/v1/chat/completions",
  },
  { vendor: "moonshot", base: "/v1", model: "kimi-k2.5", endpoint: "/v1/chat/completions" },
];

test("every vendor of the form is here", () => {
  const known = Object.entries(vendors).flatMap(([name, { batch }]) => (batch?.form === "openai" ? [name] : []));
  expect(documented.map(({ vendor }) => vendor).toSorted()).toEqual(
    known.toSorted() as (typeof documented)[number]["vendor"][],
  );
});

test.each(documented)("$vendor", async (vendor) => {
  const {
    base,
    given = base,
    model,
    endpoint,
    key = "authorization",
    markerField = "sahab_batch",
    window = "24h",
  } = vendor;
  const fake = startFakeOpenaiBatches({ base, windows: [window] });
  const bench = openBatchBench({
    providers: [{ name: "p", vendor: vendor.vendor, base_url: fake.origin + given, api_key: "sk-test" }],
    models: [
      { name: "m", targets: [{ provider: "p", model }], price: { currency: "USD", input: 1, output: 2, batch: 0.5 } },
    ],
    projects: [{ name: "default" }],
  });
  try {
    const part = bench.partOf("m");
    const lines = linesOf(chatBody("one"), chatBody("two"));
    const { job } = await bench.submit(part, lines, { window });
    const { vendorId } = must(job, "submitted");
    expect(fake.shown(vendorId)).toMatchObject({
      endpoint,
      completion_window: window,
      metadata: { [markerField]: part.marker },
    });
    expect(fake.lines(vendorId).map(({ body }) => [body["model"], body["stream"]])).toEqual([
      [model, undefined],
      [model, undefined],
    ]);
    const paths = fake.calls.map(({ method, path }) => `${method} ${path}`);
    expect(paths).toEqual([`POST ${base}/files`, `POST ${base}/batches`]);
    expect(fake.calls[0]?.headers.get(key)).toBe(key === "authorization" ? "Bearer sk-test" : "sk-test");
    fake.end(vendorId);
    const results = await bench.readAll(part, must(job, "submitted"), lines);
    expect(results.map(({ line, record }) => [line, record.cost])).toEqual([
      [1, 700_000n],
      [2, 700_000n],
    ]);
    expect(batchBoundsOf(part.target, { operation: "chat", dialect: "openai-chat" })?.windows).toContain(window);
    expect(fake.faults).toEqual([]);
  } finally {
    bench.close();
    await fake.stop();
  }
});
