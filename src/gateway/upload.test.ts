import { connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { limits } from "../base/limits.ts";
import { dialects } from "../dialect/registry.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, streamedChat } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { runSahab } from "../testing/run-sahab.ts";

// What bodies may take: room by what has come of them, and only so much time.

let gateway: GatewayInProcess;

beforeEach(async () => {
  gateway = await startGateway(dialects, { models: new Map(), projects: new Map() });
});
afterEach(() => gateway.close());

/** Sends a body piece by piece, in chunks where no length is announced. */
function upload(announced?: number, key = gateway.key, headers = "") {
  const answer = Promise.withResolvers<{ status: number; head: string; code: string; message: string }>();
  const socket = connect(Number(new URL(gateway.address).port), "127.0.0.1");
  let text = "";
  socket.on("data", (bytes) => (text += bytes.toString()));
  socket.on("error", () => undefined);
  socket.on("close", () => {
    const [head = "", body = "{}"] = text.split("\r\n\r\n");
    const { error } = JSON.parse(body || "{}") as { error?: { code: string; message: string } };
    const { code = "", message = "" } = error ?? {};
    answer.resolve({ status: Number(head.slice(9, 12)), head: head.toLowerCase(), code, message });
  });
  const framing = announced === undefined ? "transfer-encoding: chunked" : `content-length: ${announced}`;
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${key}\r\n${headers}${framing}\r\n\r\n`,
  );
  return {
    answer: answer.promise,
    leave: () => socket.destroy(),
    send(bytes: number) {
      const data = " ".repeat(bytes);
      socket.write(announced === undefined ? `${bytes.toString(16)}\r\n${data}\r\n` : data);
    },
  };
}

test("a body counts for what has come of it, and for nothing after its request", async () => {
  const all = [upload(), upload(), upload(limits.requestBodyBytesMax)];
  for (const one of all) one.send(1_000);
  await eventually("the first bytes", () => gateway.inFlight.bodyBytes === 3_000);
  for (const one of all.slice(0, 2)) one.send(limits.requestBodyBytesMax);
  // This one is whole, and holds no JSON.
  all[2]?.send(limits.requestBodyBytesMax - 1_000);
  const codes = await Promise.all(all.map(async ({ answer }) => (await answer).code));
  expect(codes).toEqual(["body_too_large", "body_too_large", "invalid_json"]);
  expect(gateway.inFlight.bodyBytes).toBe(0);
});

test("a body that is announced too large is refused before it comes", async () => {
  const { status, code, head } = await upload(limits.requestBodyBytesMax + 1).answer;
  expect([status, code]).toEqual([413, "body_too_large"]);
  expect(head).toContain("connection: close");
});

test("bodies that together are too much are refused, and a project that holds its share leaves room for another", async () => {
  await gateway.close();
  gateway = await startGateway(dialects, { models: new Map(), projects: new Map() }, { bodyBytesMax: 10_000 });
  const other = await gateway.createKey("other");
  const large = await upload(10_001).answer;
  expect([large.status, large.code]).toEqual([503, "overloaded"]);
  expect(large.head).toContain("retry-after: 1");
  const slow = Array.from({ length: 7 }, () => upload());
  for (const one of slow) one.send(1_000);
  await eventually("their bytes", () => gateway.inFlight.bodyBytes === 7_000);
  const more = upload();
  more.send(1_000);
  const refused = await more.answer;
  expect([refused.status, refused.code]).toEqual([429, "rate_limit_exceeded"]);
  expect(refused.head).toContain("retry-after: 1");
  expect(refused.message).toMatch(/^Key admin of project default has 7000 bytes .* of the 10000 /);
  // 1,000 spaces are no JSON, which is all that is wrong with them.
  const others = upload(1_000, other);
  others.send(1_000);
  expect((await others.answer).code).toBe("invalid_json");
  expect(gateway.refusals.count("body_bytes_key")).toBe(1);
  expect(gateway.refusals.count("body_bytes_total")).toBe(1);
  for (const one of slow) one.leave();
  await eventually("the room that they left", () => gateway.inFlight.bodyBytes === 0);
});

test("what one address has on the way leaves room for another, whoever's keys it uses", async () => {
  await gateway.close();
  gateway = await startGateway(
    dialects,
    { models: new Map(), projects: new Map() },
    { uploadBytesTotalMax: 10_000, trustedProxies: "127.0.0.1" },
  );
  const from = (address: string) => upload(undefined, gateway.key, `x-forwarded-for: 1.2.3.4, ${address}\r\n`);
  const slow = ["::1", "::2", "::3", "::4", "::5", "::6", "::8"].map((host) => from(`2001:db8:1:2${host}`));
  for (const one of slow) one.send(1_000);
  await eventually("their bytes", () => gateway.inFlight.bodyBytes === 7_000);
  const more = from("2001:db8:1:2::7");
  more.send(1_000);
  const refused = await more.answer;
  expect([refused.status, refused.code]).toEqual([429, "rate_limit_exceeded"]);
  expect(gateway.refusals.count("upload_address")).toBe(1);
  const other = from("2001:db8:9::7");
  other.send(1_000);
  await eventually("its bytes", () => gateway.inFlight.bodyBytes === 8_000);
  for (const one of [...slow, other]) one.leave();
  await eventually("the room that they left", () => gateway.inFlight.bodyBytes === 0);
});

test("a coded body counts with what it becomes, however many come at once, and for nothing after its request", async () => {
  await gateway.close();
  const bodyBytesMax = 100 * 1024 * 1024;
  gateway = await startGateway(dialects, { models: new Map(), projects: new Map() }, { bodyBytesMax });
  const send = (body: Uint8Array) =>
    fetch(`${gateway.address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-encoding": "gzip" },
      body: body as Uint8Array<ArrayBuffer>,
    });
  const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;
  // What decodes to more than a body may have is refused, and there is room for two of those only.
  const bomb = gzipSync(Buffer.alloc(limits.requestBodyBytesMax + 1, " "));
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, gateway.inFlight.bodyBytes)), 1);
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(bomb)));
  clearInterval(timer);
  const statuses = answers.map(({ status }) => status);
  expect(statuses).toContain(429);
  expect(new Set(statuses).difference(new Set([413, 429]))).toEqual(new Set());
  expect(most).toBeLessThanOrEqual(bodyBytesMax);
  expect(gateway.inFlight.bodyBytes).toBe(0);
  expect(await codeOf(await send(bomb))).toBe("body_too_large");
  expect(await codeOf(await send(gzipSync("[]")))).toBe("invalid_json");
  expect(await codeOf(await send(Buffer.from("[]")))).toBe("invalid_request");
  expect(gateway.inFlight.bodyBytes).toBe(0);
});

test("a body that does not come whole in time ends its request", async () => {
  await gateway.close();
  gateway = await startGateway(dialects, { models: new Map(), projects: new Map() }, { bodyMs: 700 });
  for (const announced of [undefined, 1_000, 20_000_000]) {
    const one = upload(announced);
    one.send(100);
    await eventually("the request", () => gateway.inFlight.bodyBytes > 0);
    const { status, code, head } = await one.answer;
    expect([status, code]).toEqual([408, "request_timeout"]);
    expect(head).toContain("connection: close");
    expect([gateway.inFlight.size, gateway.inFlight.bodyBytes]).toEqual([0, 0]);
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
});
