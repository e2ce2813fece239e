import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { systemClock } from "../base/clock.ts";
import { limits } from "../base/limits.ts";
import { openLog } from "../base/log.ts";
import { dialects } from "../dialect/registry.ts";
import { Journal, KeyRing, openStoreThread, type Store } from "../ledger/index.ts";
import { ReplicaStates } from "../router/index.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, streamedChat } from "../testing/fake-vendor.ts";
import { runSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { createGateway, createGatewayMetrics, InFlight } from "./index.ts";

// What bodies may take: room by what has come of them, and only so much time.

const adminKey = "sk-admin-key-for-tests";
const url = "http://sahab/v1/chat/completions";
const connection = { hold: () => undefined, release: () => undefined, signal: new AbortController().signal };

const log = openLog({ level: "fatal", pretty: false });
let folder: string;
let store: Store;
let journal: Journal;
let inFlight: InFlight;
let gateway: ReturnType<typeof createGateway>;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  store = await openStoreThread({ log }, { path: `${folder}/sahab.db`, masterKey: "a master key for tests" });
  journal = new Journal(`${folder}/journal`);
  inFlight = new InFlight();
  gateway = createGateway({
    dialects,
    states: new ReplicaStates(),
    keys: new KeyRing({ store, clock: systemClock }, { adminKey }),
    journal,
    inFlight,
    metrics: createGatewayMetrics({ requestsInFlight: () => inFlight.size }),
    log,
    snapshot: () => ({ models: new Map(), projects: new Map() }),
  });
});
afterEach(async () => {
  await journal.close();
  await store.close();
  removeTemporaryFolder(folder);
});

/** Sends a body piece by piece. */
function upload(headers: Record<string, string> = {}) {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(own) {
      controller = own;
    },
  });
  const request = new Request(url, {
    method: "POST",
    headers: { authorization: `Bearer ${adminKey}`, ...headers },
    body,
  });
  return {
    answer: gateway(request, "/v1/chat/completions", connection) ?? Promise.reject(new Error("not served")),
    send: (bytes: number) => controller?.enqueue(new Uint8Array(bytes).fill(0x20)),
  };
}
const code = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

test("a body counts for what has come of it, and for nothing after its request", async () => {
  const all = Array.from({ length: 3 }, () => upload({ "content-length": String(limits.requestBodyBytesMax) }));
  for (const one of all) one.send(1_000);
  await eventually("the first bytes", () => inFlight.bodyBytes === 3_000);
  for (const one of all) one.send(limits.requestBodyBytesMax);
  const codes = await Promise.all(all.map(async ({ answer }) => code(await answer)));
  expect(new Set(codes)).toEqual(new Set(["body_too_large"]));
  expect(inFlight.bodyBytes).toBe(0);
});

test("bodies that together are too much are refused", async () => {
  inFlight.holdBody(limits.bodyBytesInFlightMax - 500);
  const one = upload();
  one.send(501);
  const answer = await one.answer;
  expect([answer.status, answer.headers.get("retry-after"), await code(answer)]).toEqual([503, "1", "overloaded"]);
  expect(inFlight.bodyBytes).toBe(limits.bodyBytesInFlightMax - 500);
});

test("a body that does not come whole in time ends its request", async () => {
  for (const headers of [{}, { "content-length": "1000" }, { "content-length": "20000000" }] as Record<
    string,
    string
  >[]) {
    const one = upload(headers);
    one.send(100);
    await Bun.sleep(10);
    inFlight.sweep(Date.now() + limits.uploadMsMax - 1_000);
    expect(inFlight.size).toBe(1);
    inFlight.sweep(Date.now() + limits.uploadMsMax + 1_000);
    const answer = await one.answer;
    expect([answer.status, answer.headers.get("connection"), await code(answer)]).toEqual([
      408,
      "close",
      "request_timeout",
    ]);
    expect(inFlight.size).toBe(0);
    // What still comes is not counted any more.
    one.send(100);
    await Bun.sleep(10);
    expect(inFlight.bodyBytes).toBe(0);
  }
});

test("neither honest clients of unknown length nor announcements take the room of others", async () => {
  const vendor = startFakeVendor({ m: streamedChat(["a", "b"], { paceMs: 300 }) });
  const sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
      models: [
        { name: "m", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
      ],
    },
  });
  const port = Number(new URL(sahab.address).port);
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i < 60; i++) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${sahab.adminKey}\r\ncontent-length: ${limits.requestBodyBytesMax}\r\n\r\n{`,
      );
      sockets.push(socket);
    }
    await eventually("the announcements", async () =>
      /^sahab_requests_in_flight 60$/m.test(await (await fetch(`${sahab.address}/metrics`)).text()),
    );
    const text = JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "Hi" }] });
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const body = new ReadableStream<Uint8Array>({
          async pull(controller) {
            controller.enqueue(Buffer.from(text.slice(0, 9)));
            await Bun.sleep(20);
            controller.enqueue(Buffer.from(text.slice(9)));
            controller.close();
          },
        });
        const response = await fetch(`${sahab.address}/v1/chat/completions`, {
          method: "POST",
          headers: { authorization: `Bearer ${sahab.adminKey}` },
          body,
        });
        await response.text();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
  } finally {
    for (const socket of sockets) socket.destroy();
    await sahab.close();
    await vendor.stop();
  }
}, 30_000);
