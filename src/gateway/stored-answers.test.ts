import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { buildSnapshot, parseCloudConfig } from "../config/index.ts";
import { openaiChat } from "../dialect/openai-chat/index.ts";
import { eventually } from "../testing/eventually.ts";
import {
  chat,
  errorAnswer,
  startFakeVendor,
  streamOf,
  chatEvents,
  wholeChat,
  type FakeVendor,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { keptChat } from "../testing/kept-chat.ts";

interface Shown {
  id: string;
  status: string;
  model: string;
  answer: { choices: { message: { content: string } }[]; error?: { code: string } } | null;
}

const released = Promise.withResolvers<void>();
let vendor: FakeVendor;
let gateway: GatewayInProcess;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({
    quick: chat(["Peace ", "be upon you"]),
    counts: (call) => wholeChat(`answer ${(call.body["messages"] as unknown[]).length}`)(call),
    refuses: () => errorAnswer(400, { message: "too odd", code: "odd" }),
    breaks: streamOf(chatEvents(["half"]).slice(0, 2)),
    hangs: async (call) => {
      await Promise.race([released.promise, aborted(call)]);
      return wholeChat("late")(call);
    },
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const models = Object.keys(vendor.scripts);
  const config = parseCloudConfig({
    providers: [{ name: "v", vendor: "compatible", base_url: vendor.url }],
    models: models.map((name) => ({ name, targets: [{ provider: "v", model: name }], price })),
    projects: [
      { name: "default" },
      { name: "other" },
      { name: "off", stored_answers: false },
      { name: "small", stored_answers: { bytes: 12_000 } },
    ],
  });
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  const dialects = [keptChat, openaiChat];
  gateway = await startGateway(dialects, buildSnapshot({ dialects, localUpstream }, config));
  key = await gateway.createKey("default");
});

afterAll(async () => {
  released.resolve();
  await gateway?.close();
  await vendor?.stop();
});

async function aborted(call: VendorCall): Promise<void> {
  while (call.abortedMs === undefined) await Bun.sleep(10);
}

const question = { role: "user", content: "Hello" };

async function call(method: string, path: string, body?: object, as = key): Promise<Response> {
  return fetch(gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${as}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** Asks, and returns the id of the kept answer. */
async function ask(fields: object, as = key): Promise<string> {
  const response = await call("POST", "/kept", { model: "quick", messages: [question], store: true, ...fields }, as);
  await response.text();
  expect(response.status).toBe(200);
  return `kept_${response.headers.get("x-request-id")}`;
}

async function queue(model: string, fields: object = {}, as = key): Promise<Shown> {
  const response = await call("POST", "/kept", { model, messages: [question], background: true, ...fields }, as);
  expect(response.status).toBe(200);
  return (await response.json()) as Shown;
}

async function show(id: string, as = key): Promise<Shown> {
  return (await (await call("GET", `/kept/${id}`, undefined, as)).json()) as Shown;
}

/** The answer once it is final. */
function ended(id: string, as = key): Promise<Shown> {
  return eventually(`the end of ${id}`, async () => {
    const shown = await show(id, as);
    return shown.status === "queued" || shown.status === "in_progress" ? undefined : shown;
  });
}

async function statusOf(id: string, as = key): Promise<number> {
  return (await call("GET", `/kept/${id}`, undefined, as)).status;
}

const lastBody = (model: string) => vendor.callsFor(model).at(-1)?.body ?? {};

describe("a kept answer", () => {
  test.each([false, true])("is found again as the client got it, stream %p", async (stream) => {
    const id = await ask({ stream });
    expect(await show(id)).toMatchObject({
      id,
      status: "completed",
      model: "quick",
      answer: { choices: [{ message: { content: "Peace be upon you" } }] },
    });
    const input = await call("GET", `/kept/${id}/input?limit=1`);
    expect(await input.json()).toEqual({ messages: [question] });
    expect((await call("POST", `/kept/${id}/cancel`)).status).toBe(200);
    expect((await show(id)).status).toBe("completed");
  });

  test("is deleted by request, and another project never sees it", async () => {
    const id = await ask({});
    const other = await gateway.createKey("other");
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/cancel"],
      ["GET", "/input"],
    ] as const)
      expect((await call(method, `/kept/${id}${path}`, undefined, other)).status).toBe(404);
    expect(await (await call("DELETE", `/kept/${id}`)).json()).toEqual({ id, deleted: true });
    expect(await statusOf(id)).toBe(404);
    expect((await call("GET", `/kept/${id}`, undefined, "sk-wrong")).status).toBe(401);
  });

  test("is not kept where the client or its project wants none, or the answer broke", async () => {
    expect(await statusOf(await ask({ store: false }))).toBe(404);
    const off = await gateway.createKey("off");
    expect(await statusOf(await ask({}, off), off)).toBe(404);
    expect(await statusOf(await ask({ model: "breaks", stream: true }))).toBe(404);
  });

  test("goes when its project has kept as many bytes as it may, the oldest first", async () => {
    const small = await gateway.createKey("small");
    const first = await ask({}, small);
    let last = "";
    for (let i = 0; i < 24; i++) last = await ask({}, small);
    await eventually("the oldest is gone", async () => (await statusOf(first, small)) === 404);
    expect(await statusOf(last, small)).toBe(200);
  });
});

describe("a request that goes on from a kept answer", () => {
  test("has all earlier turns in front of its own", async () => {
    const one = await ask({ model: "counts", messages: [question] });
    const two = await ask({ model: "counts", messages: [{ role: "user", content: "And?" }], after: one });
    await ask({ model: "counts", messages: [{ role: "user", content: "So?" }], after: two });
    const { messages, after } = lastBody("counts") as { messages: { content: string }[]; after?: string };
    expect(messages.map(({ content }) => content)).toEqual(["Hello", "answer 1", "And?", "answer 3", "So?"]);
    expect(after).toBeUndefined();
    // Its own input is kept, not the whole conversation again.
    expect(await (await call("GET", `/kept/${two}/input`)).json()).toEqual({
      messages: [{ role: "user", content: "And?" }],
    });
    await call("DELETE", `/kept/${one}`);
    const response = await call("POST", "/kept", { model: "counts", messages: [question], after: two });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: "invalid_request", param: "after" } });
  });

  test("is refused where there is none of this id in the project", async () => {
    const id = await ask({});
    const other = await gateway.createKey("other");
    for (const [after, as] of [
      ["kept_none", key],
      [id, other],
    ] as const) {
      const response = await call("POST", "/kept", { model: "quick", messages: [question], after }, as);
      expect(response.status).toBe(400);
      expect(await response.text()).toContain(`no answer \\"${after}\\" is kept`);
    }
  });
});

describe("a request in the background", () => {
  test("is answered at once, served as any other, and found by its id", async () => {
    const { id, status } = await queue("quick");
    expect(status).toBe("queued");
    expect(await ended(id)).toMatchObject({
      status: "completed",
      answer: { choices: [{ message: { content: "Peace be upon you" } }], usage: { cost: "0.00014" } },
    });
    // One record: what waited was none.
    const before = (await gateway.records()).length;
    const next = await queue("quick");
    await ended(next.id);
    const records = await gateway.records();
    expect(records).toHaveLength(before + 1);
    expect(records.at(-1)).toMatchObject({ model: "quick", project: "default", status: 200, attemptCount: 1 });
  });

  test("goes on from a kept answer, and others from it", async () => {
    const one = await ask({ model: "counts" });
    const two = await queue("counts", { after: one });
    await ended(two.id);
    await ask({ model: "counts", after: two.id });
    expect(lastBody("counts")["messages"]).toHaveLength(5);
    const missing = await call("POST", "/kept", {
      model: "counts",
      messages: [question],
      background: true,
      after: "x",
    });
    expect(missing.status).toBe(400);
  });

  test("fails with the error that its client would have got", async () => {
    const { id } = await queue("refuses");
    expect(await ended(id)).toMatchObject({ status: "failed", answer: { error: { vendor_code: "odd" } } });
    const after = await call("POST", "/kept", { model: "quick", messages: [question], after: id });
    expect(after.status).toBe(400);
  });

  test("is refused at once where it could never be served", async () => {
    const off = await gateway.createKey("off");
    const body = { messages: [question], background: true };
    expect((await call("POST", "/kept", { ...body, model: "quick" }, off)).status).toBe(400);
    expect((await call("POST", "/kept", { ...body, model: "none" })).status).toBe(404);
  });

  test("is cancelled by request, at the vendor too, or deleted", async () => {
    for (const [method, path] of [
      ["POST", "/cancel"],
      ["DELETE", ""],
    ] as const) {
      const { id } = await queue("hangs");
      const sent = await eventually("the vendor is asked", () => Promise.resolve(vendor.callsFor("hangs").at(-1)));
      await eventually("it is in progress", async () => (await show(id)).status === "in_progress");
      const response = await call(method, `/kept/${id}${path}`);
      expect(response.status).toBe(200);
      if (method === "POST") expect(await response.json()).toMatchObject({ id, status: "cancelled" });
      await eventually("the vendor's call is ended", () => Promise.resolve(sent.abortedMs));
      if (method === "POST") expect((await show(id)).status).toBe("cancelled");
      else expect(await statusOf(id)).toBe(404);
      vendor.calls.splice(0);
    }
    // A call is ended a moment before its record is durable.
    await eventually("the record", async () => {
      const last = (await gateway.records()).at(-1);
      return last?.model === "hangs" && last.outcome === "client_closed_request";
    });
  });
});
