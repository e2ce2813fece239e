import { connect } from "node:net";
import { expect, test } from "bun:test";
import { eventBatch, type Attempt, type OutgoingCall, type Upstream } from "../call/index.ts";
import { dialects } from "../dialect/registry.ts";
import { freePrice } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { startGateway } from "../testing/gateway-in-process.ts";

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
  const target = { provider: "p", model: "m", priority: 1, weight: 1, upstream: talker };
  const gateway = await startGateway(
    dialects,
    {
      models: new Map([["m", { name: "m", price: freePrice, targets: [target] }]]),
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
}, 20_000);
