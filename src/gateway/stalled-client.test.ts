import { connect } from "node:net";
import { expect, test } from "bun:test";
import { eventBatch, type Attempt, type OutgoingCall, type Upstream } from "../call/index.ts";
import { dialects } from "../dialect/registry.ts";
import { freePrices } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { chatChunk, endlessStream, startFakeVendor, wholeChat } from "../testing/fake-vendor.ts";
import { startGateway } from "../testing/gateway-in-process.ts";
import { HandClient } from "../testing/hand-client.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";

/** Talks without end, and counts how often it is asked to go on. */
function createTalker(): Upstream & { reads: number; isCancelled: boolean } {
  const talker = {
    reads: 0,
    isCancelled: false,
    open: (_call: OutgoingCall, attempt: Attempt) =>
      Promise.resolve({
        isRaw: false,
        async read() {
          await Bun.sleep(0);
          attempt.throwIfCancelled();
          const isFirst = talker.reads++ === 0;
          const text = { type: "text-delta", choice: 0, text: "x".repeat(64 * 1024) } as const;
          return eventBatch(isFirst ? [{ type: "start", id: "1", model: "m", createdS: 1 }, text] : [text], false);
        },
        cancel() {
          talker.isCancelled = true;
        },
      }),
  };
  return talker;
}

test("a client that reads nothing of its answer is given up after its time, and its upstream with it", async () => {
  const talker = createTalker();
  const target = { provider: "p", model: "m", priority: 1, weight: 1, prices: freePrices, upstream: talker };
  const gateway = await startGateway(
    dialects,
    {
      models: new Map([["m", { name: "m", targets: [target] }]]),
      projects: new Map(),
    },
    { stallMs: 2_000 },
  );
  const body = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "Hi" }] });
  const socket = connect(Number(new URL(gateway.address).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gateway.key}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  try {
    let seen = -1;
    await eventually("the answer to be held up by its reader", async () => {
      const before = seen;
      seen = talker.reads;
      await Bun.sleep(100);
      return seen > 1 && seen === before;
    });
    expect(await gateway.records()).toEqual([]);
    const [record] = await eventually("the record", async () => {
      const records = await gateway.records();
      return records.length > 0 && records;
    });
    expect(record).toMatchObject({ outcome: "request_timeout", estimated: true });
    expect(record?.outputTokens).toBeGreaterThan(10_000);
    expect(talker.isCancelled).toBeTrue();
  } finally {
    socket.destroy();
    await gateway.close();
  }
});

test("30 clients that stop reading hold their places and their vendors' connections no longer than their time", async () => {
  const event = new TextEncoder().encode(chatChunk({ content: "x".repeat(32 * 1024) }));
  let events = 0;
  const vendor = startFakeVendor({
    flood: endlessStream(() => {
      events++;
      return event;
    }),
    // More than the buffers of the system take.
    whole: wholeChat("x".repeat(24 * 1024 * 1024)),
  });
  const provider = new Provider({ name: "p", vendor: "compatible", base_url: vendor.url }, dialects);
  const models = ["flood", "whole"].map((name) => {
    const target = {
      provider: "p",
      model: name,
      priority: 1,
      weight: 1,
      prices: freePrices,
      upstream: new ProviderTarget(provider, name),
    };
    return { name, targets: [target] };
  });
  const stallMs = 3_000;
  const gateway = await startGateway(
    dialects,
    { models: new Map(models.map((model) => [model.name, model])), projects: new Map() },
    { stallMs },
  );
  const clients = await Promise.all(Array.from({ length: 30 }, () => HandClient.open(gateway.address)));
  try {
    for (const [index, client] of clients.entries()) {
      client.stopReading();
      const path = index % 2 === 0 ? "/v1/chat/completions" : "/v1/messages";
      const isStream = index % 10 !== 0;
      client.post(path, gateway.key, {
        model: isStream ? "flood" : "whole",
        stream: isStream,
        max_tokens: 9,
        messages: [{ role: "user", content: "Hi" }],
      });
    }
    await eventually("all calls", () => vendor.calls.length === clients.length);
    let seen = -1;
    await eventually(
      "the vendors to be held up",
      async () => {
        const before = seen;
        seen = events;
        await Bun.sleep(300);
        return events > 0 && events === before && gateway.inFlight.size <= 27;
      },
      20_000,
    );
    const heldMs = performance.now();
    await eventually("their places to be free", () => gateway.inFlight.size === 0);
    // The rest is for a busy machine.
    expect(performance.now() - heldMs).toBeLessThan(stallMs + 6_000);
    await eventually("the vendor's streams to be given up", () =>
      vendor.callsFor("flood").every((call) => call.abortedMs !== undefined),
    );
    await eventually("the connections to be closed", () => clients.every((client) => client.isClosed));
    // A request gives its place back a moment before its record is durable.
    const streamed = await eventually("all records", async () => {
      const found = (await gateway.records()).filter((record) => record.streamed);
      return found.length >= 27 && found;
    });
    expect(streamed.map((record) => record.outcome)).toEqual(Array.from({ length: 27 }, () => "request_timeout"));
    expect(await gateway.records()).toHaveLength(30);
    expect(clients.map((client) => client.receivedBytes)).toEqual(clients.map(() => 0));
  } finally {
    for (const client of clients) client.leave();
    await gateway.close();
    await vendor.stop();
  }
});
