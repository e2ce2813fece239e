import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { Glob } from "bun";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import {
  chatEvents,
  doneEvent,
  startFakeVendor,
  streamOf,
  wholeChat,
  type FakeVendor,
} from "../testing/fake-vendor.ts";
import { cleanEnvironment } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(() => {
  vendor = startFakeVendor({
    stream: streamOf([...chatEvents(Array.from({ length: 80 }, (_, i) => `w${i} `)), doneEvent], { paceMs: 30 }),
    whole: async (call) => {
      await Bun.sleep(1_500);
      return wholeChat("late but whole")(call);
    },
  });
});
afterEach(() => sahab?.close());
afterAll(() => vendor?.stop());

const config = () => ({
  providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
  models: ["stream", "whole"].map((name) => ({
    name,
    targets: [{ provider: "fake", model: name }],
    price: { currency: "USD", input: 1, output: 2 },
  })),
  projects: [{ name: "default" }],
});
const messages = [{ role: "user", content: "Hi" }];
const journalFiles = () => [...new Glob("**/*.journal").scanSync(`${sahab.dataDir}/journal`)];

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal}: requests under way finish, new ones are refused, the journal is empty, status 0`, async () => {
    sahab = await runSahab({ config: config() });
    const { key } = await sahab.createKey();
    const stream = await sahab.call("/v1/chat/completions", { model: "stream", stream: true, messages }, { key });
    const text = stream.text();
    const calledBefore = vendor.callsFor("whole").length;
    const whole = sahab.call("/v1/chat/completions", { model: "whole", messages }, { key });
    await eventually("the vendor's call", () => vendor.callsFor("whole").length > calledBefore);
    sahab.signal(signal);

    await eventually("new connections to be refused, or /readyz to answer 503", async () => {
      const ready = await fetch(`${sahab.address}/readyz`, { headers: { connection: "close" } }).catch(() => undefined);
      return ready === undefined || ready.status === 503;
    });
    const refused = await new Promise<boolean>((resolve) => {
      const { port, hostname } = new URL(sahab.address);
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on("error", () => resolve(true));
      socket.on("connect", () => {
        socket.destroy();
        resolve(false);
      });
    });
    expect(refused).toBeTrue();

    expect(await text).toEndWith(doneEvent);
    expect(await (await whole).text()).toContain("late but whole");
    expect(await sahab.ended()).toBe(0);
    expect(journalFiles()).toEqual([]);

    await sahab.start();
    const ids = (await sahab.records()).map((record) => record.id);
    expect(ids.filter((id) => id === stream.headers.get("x-request-id"))).toHaveLength(1);
    expect(ids).toHaveLength(2);
  });
}

test("a second signal ends at once", async () => {
  sahab = await runSahab({ config: config() });
  const { key } = await sahab.createKey();
  const stream = await sahab.call("/v1/chat/completions", { model: "stream", stream: true, messages }, { key });
  const text = stream.text().catch(() => "cut");
  sahab.signal("SIGTERM");
  await Bun.sleep(800); // earlier it would count as the same Ctrl-C
  sahab.signal("SIGTERM");
  // A stop that waits for the stream has status 0.
  expect(await sahab.ended()).toBe(1);
  expect(await text).not.toEndWith(doneEvent);
});

test("an idle Sahab ends promptly, with idle connections open", async () => {
  sahab = await runSahab({ config: config() });
  const { port, hostname } = new URL(sahab.address);
  const idle = connect({ host: hostname, port: Number(port) });
  idle.on("error", () => undefined);
  idle.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
  await new Promise((resolve) => idle.once("data", resolve));
  const startedMs = Date.now();
  expect(await sahab.kill("SIGTERM")).toBe(0);
  expect(Date.now() - startedMs).toBeLessThan(15_000);
  idle.destroy();
});

test("a stop waits for a slow reader of a large answer", async () => {
  const bytes = 30_000_000;
  vendor.scripts["large"] = wholeChat("x".repeat(bytes));
  const { models, ...rest } = config();
  const large = { ...models[0], name: "large", targets: [{ provider: "fake", model: "large" }] };
  sahab = await runSahab({ config: { ...rest, models: [large] } });
  const { key } = await sahab.createKey();
  const { port, hostname } = new URL(sahab.address);
  const body = JSON.stringify({ model: "large", messages });
  const socket = connect({ host: hostname, port: Number(port) });
  let received = 0;
  let start = "";
  const startedMs = Date.now();
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    if (received === 0) sahab.signal("SIGTERM");
    // The head may arrive in pieces.
    if (!start.includes("\r\n\r\n")) start += chunk.toString("latin1", 0, 4096);
    received += chunk.length;
    // 7.5 MB a second.
    const aheadMs = received / 7_500 - (Date.now() - startedMs);
    if (aheadMs < 5) return;
    socket.pause();
    setTimeout(() => socket.resume(), aheadMs);
  });
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
  await closed;
  const head = start.split("\r\n\r\n")[0] ?? "";
  expect(head).toStartWith("HTTP/1.1 200");
  expect(Date.now() - startedMs).toBeGreaterThan(3_000);
  expect(received).toBe(head.length + 4 + Number(/content-length: (\d+)/i.exec(head)?.[1]));
  expect(received).toBeGreaterThan(bytes);
  expect(await sahab.ended()).toBe(0);
});

test("a signal to npm start ends Sahab, too, after the requests under way have finished", async () => {
  const folder = makeTemporaryFolder();
  const adminKey = "sk-admin-key-for-tests";
  const configFile = join(folder, "cloud.yaml");
  writeFileSync(configFile, JSON.stringify(config()));
  const npm = Bun.spawn(["npm", "start"], {
    cwd: join(import.meta.dir, "..", ".."),
    env: cleanEnvironment({
      SAHAB_DATA: folder,
      HOME: folder,
      SAHAB_PORT: "0",
      SAHAB_LOG: "warn",
      SAHAB_CONFIG: configFile,
      SAHAB_ADMIN_KEY: adminKey,
    }),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    let printed = "";
    const reading = (async () => {
      for await (const chunk of npm.stdout) printed += Buffer.from(chunk).toString();
    })();
    const address = await eventually("the address", () => /listens on (http:\/\/\S+)/.exec(printed)?.[1], 60_000);
    const response = await fetch(`${address}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({ model: "stream", stream: true, messages }),
    });
    const text = response.text();
    npm.kill("SIGTERM");
    await npm.exited;
    expect(await text).toEndWith(doneEvent);
    await eventually("the end of the server", () =>
      fetch(`${address}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    await reading;
  } finally {
    removeTemporaryFolder(folder);
  }
});
