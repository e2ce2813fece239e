import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { must } from "../base/assert.ts";
import { buildSnapshot, parseCloudConfig, type Snapshot } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { batchClient, chatLine } from "../testing/batches/batch-client.ts";
import { startFakeOpenaiBatches } from "../testing/batches/fake-openai-batches.ts";
import { eventually } from "../testing/eventually.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";

// What changes while a vendor runs a batch, or comes late from it, costs no line and no bill.

const openai = startFakeOpenaiBatches();
const price = { currency: "USD", input: 1, output: 2, batch: 0.5 };
const provider = { name: "openai", vendor: "openai", base_url: openai.url };
const gpt = { name: "gpt", targets: [{ provider: "openai", model: "gpt-5-mini" }], price };
const declared = changed({});
let offsetMs = 0;
let snapshot: Snapshot | undefined;
let gateway: GatewayInProcess;
let client: ReturnType<typeof batchClient>;

/** Takes the place of the configuration that is in force. */
function apply(config: object): void {
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  snapshot = buildSnapshot({ dialects, localUpstream }, parseCloudConfig(config), snapshot);
}

function changed(model: object, keys: object = { api_key: "sk-test" }) {
  return {
    providers: [{ ...provider, ...keys }],
    models: [{ ...gpt, ...model }],
    projects: [{ name: "default" }],
  };
}

beforeAll(async () => {
  apply(declared);
  gateway = await startGateway(dialects, () => must(snapshot, "a configuration is in force"), {
    clock: { now: () => Date.now() + offsetMs, monotonic: () => performance.now() },
    batchPauses: { first: 50, most: 100 },
  });
  client = batchClient(gateway.address, await gateway.createKey("default"));
});

afterEach(() => {
  offsetMs = 0;
  apply(declared);
});

afterAll(async () => {
  await gateway?.close();
  await openai.stop();
});

/** A batch of two lines, and its id at the vendor. */
async function begin() {
  const before = openai.ids().length;
  const created = await client.create(["r0", "r1"].map((name) => chatLine(name, "gpt")));
  return { created, vendorId: await eventually("a batch at the vendor", () => openai.ids()[before]) };
}

async function recordsOf(batch: { id: string }) {
  const id = batch.id.slice(batch.id.indexOf("_"));
  return (await gateway.records()).filter((record) => record.id.startsWith(`req${id}`));
}

/** Resolves once the vendor's batch has been asked for so often again. */
function looksAt(vendorId: string, more: number): Promise<unknown> {
  const count = () => openai.calls.filter(({ path }) => path === `/v1/batches/${vendorId}`).length;
  const before = count();
  return eventually("further looks", () => count() >= before + more);
}

test("results that are named a moment after the batch's end are waited for", async () => {
  const { created, vendorId } = await begin();
  openai.end(vendorId);
  const shown = openai.shown(vendorId) ?? {};
  const file = shown["output_file_id"];
  shown["output_file_id"] = null;
  await looksAt(vendorId, 3);
  expect(openai.files()).toContain(String(shown["input_file_id"]));
  expect((await client.openai.batches.retrieve(created.id)).status).toBe("in_progress");
  shown["output_file_id"] = file;
  const batch = await client.ended(created);
  expect(batch.request_counts).toEqual({ total: 2, completed: 2, failed: 0 });
  expect((await recordsOf(batch)).map(({ cost }) => cost)).toEqual([700_000n, 700_000n]);
});

test("lines whose results do not come fail after a while, and the vendor's files stay", async () => {
  const { created, vendorId } = await begin();
  openai.end(vendorId, { change: (lines) => lines.slice(1) });
  await looksAt(vendorId, 3);
  offsetMs = 660_000;
  const batch = await client.ended(created);
  expect(batch.request_counts).toEqual({ total: 2, completed: 1, failed: 1 });
  expect((await client.results(batch.error_file_id)).get("r0")?.error?.code).toBe("result_missing");
  await Bun.sleep(300);
  expect(openai.files()).toContain(String(openai.shown(vendorId)?.["input_file_id"]));
});

test.each([
  ["a price", changed({ price: { ...price, input: 100, output: 200 } })],
  ["a charge", changed({ charge: { factor: 3 } })],
  ["the target's model", changed({ targets: [{ provider: "openai", model: "gpt-6" }] })],
  ["the model's name", changed({ name: "renamed" })],
  ["the key's place", changed({}, { api_keys: ["sk-another-key-0123", "sk-test"] })],
] as const)("a change of %s while the vendor runs a batch changes nothing of it", async (_what, config) => {
  const { created, vendorId } = await begin();
  apply(config);
  await looksAt(vendorId, 1);
  openai.end(vendorId);
  const batch = await client.ended(created);
  expect(batch).toMatchObject({ status: "completed", request_counts: { total: 2, completed: 2, failed: 0 } });
  const records = await recordsOf(batch);
  expect(records.map(({ cost, model: of }) => [cost, of])).toEqual([
    [700_000n, "gpt"],
    [700_000n, "gpt"],
  ]);
});

test("lines of a batch whose key is gone fail, and say so", async () => {
  const { created } = await begin();
  apply(changed({}, { api_keys: ["sk-another-key-0123", "sk-another-key-4567"] }));
  const batch = await client.ended(created);
  expect(batch.request_counts).toEqual({ total: 2, completed: 0, failed: 2 });
  const error = (await client.results(batch.error_file_id)).get("r0")?.error;
  expect(error).toMatchObject({ code: "batch_lost" });
  expect(error?.message).toContain("provider openai is not in the configuration any more with the key");
});
