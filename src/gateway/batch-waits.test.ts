import { afterAll, beforeAll, expect, test } from "bun:test";
import OpenAI, { toFile } from "openai";
import pino from "pino";
import { buildSnapshot, parseCloudConfig } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { eventually } from "../testing/eventually.ts";
import { errorAnswer, startFakeVendor, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";

// Batches whose targets fail, with the official SDK over the whole request path.

let vendor: FakeVendor;
let gateway: GatewayInProcess;
let openai: OpenAI;
const logged: string[] = [];

beforeAll(async () => {
  vendor = startFakeVendor({
    quick: wholeChat("Peace"),
    typo: () => errorAnswer(404, { message: "no such model", code: "model_not_found" }),
    locked: () => errorAnswer(401, { message: "bad key" }),
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const models = ["quick", "typo", "locked", "gone"];
  const config = parseCloudConfig({
    providers: [
      { name: "v", vendor: "compatible", base_url: vendor.url },
      { name: "closed", vendor: "compatible", base_url: "http://127.0.0.1:9/v1" },
    ],
    models: models.map((name) => ({
      name,
      targets: [{ provider: name === "gone" ? "closed" : "v", model: name }],
      price,
    })),
    projects: [{ name: "default" }],
  });
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  const log = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
  gateway = await startGateway(dialects, buildSnapshot({ dialects, localUpstream }, config), {}, log);
  const apiKey = await gateway.createKey("default");
  openai = new OpenAI({ apiKey, baseURL: `${gateway.address}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await gateway?.close();
  await vendor?.stop();
});

const endpoint = "/v1/chat/completions";

async function create(models: readonly string[]): Promise<OpenAI.Batch> {
  const lines = models.map((model, index) =>
    JSON.stringify({
      custom_id: `${model}-${index}`,
      method: "POST",
      url: endpoint,
      body: { model, messages: [{ role: "user", content: "Hello" }] },
    }),
  );
  const file = await toFile(Buffer.from(lines.join("\n")), "in.jsonl");
  const { id } = await openai.files.create({ file, purpose: "batch" });
  return openai.batches.create({ input_file_id: id, endpoint, completion_window: "24h" });
}

function reached({ id }: OpenAI.Batch, is: (batch: OpenAI.Batch) => boolean): Promise<OpenAI.Batch> {
  const look = async () => {
    const batch = await openai.batches.retrieve(id);
    return is(batch) ? batch : undefined;
  };
  return eventually(`the state of ${id}`, look);
}

const times = (count: number, model: string) => Array.from({ length: count }, () => model);

test("a vendor's lasting refusal is the result of each line, though the model has failed before", async () => {
  const single = openai.chat.completions.create({ model: "typo", messages: [{ role: "user", content: "Hello" }] });
  expect(await single.catch((error: unknown) => error)).toMatchObject({ status: 502 });
  const made = await create([...times(20, "typo"), ...times(20, "locked"), ...times(3, "quick")]);
  const batch = await reached(made, ({ status }) => status === "completed");
  expect(batch.request_counts).toEqual({ total: 43, completed: 3, failed: 40 });
  const text = await (await openai.files.content(batch.error_file_id ?? "")).text();
  const codes = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { custom_id: string; response: { body: { error: { code: string } } } })
    .map(({ custom_id: id, response }) => `${id.split("-")[0]} ${response.body.error.code}`);
  expect(new Set(codes)).toEqual(new Set(["typo upstream_model_not_found", "locked upstream_authentication"]));
  // Five in a row, each with those that were under way beside it, and one for each rest that is over.
  expect(vendor.callsFor("typo").length).toBeLessThan(20);
});

test("lines of other models pass those that wait, and a wait is no failed request", async () => {
  logged.splice(0);
  const before = (await gateway.records()).length;
  const made = await create([...times(20, "gone"), ...times(20, "quick")]);
  await reached(made, ({ request_counts: counts }) => counts?.completed === 20);
  // Several looks at the target while it rests.
  await Bun.sleep(4_000);
  await openai.batches.cancel(made.id);
  await reached(made, ({ status }) => status === "cancelled");
  expect(logged.filter((line) => line.includes("a request failed"))).toEqual([]);
  const failed = logged.filter((line) => line.includes("an attempt failed"));
  expect(failed.length).toBeGreaterThan(0);
  const records = (await gateway.records()).slice(before);
  expect(records.filter(({ outcome }) => outcome !== "ok")).toHaveLength(failed.length);
});
