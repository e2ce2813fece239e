import { afterAll, beforeAll, expect, test } from "bun:test";
import { eventually } from "../testing/eventually.ts";
import {
  chat,
  chatEvents,
  doneEvent,
  errorAnswer,
  htmlPage,
  startFakeVendor,
  streamedChat,
  streamOf,
  type FakeVendor,
} from "../testing/fake-vendor.ts";
import { answerHead, startRudeVendor, type RudeVendor } from "../testing/rude-vendor.ts";
import { cleanEnvironment } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeCertificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// Vendors behind TLS, seen from a client of Sahab; what the transport itself promises is in http-pool.test.ts and dial.test.ts.

const crowd = 400;
const words = ["over ", "tls"];
let arrived = 0;
const allArrived = Promise.withResolvers<void>();
let folder: string;
let vendor: FakeVendor;
let stranger: FakeVendor;
let rude: RudeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const [known, unknown] = await Promise.all([makeCertificate(folder, "known"), makeCertificate(folder, "unknown")]);
  vendor = startFakeVendor(
    {
      good: chat(words),
      endless: streamedChat(
        Array.from({ length: 1_000 }, (_, index) => `w${index} `),
        { paceMs: 10 },
      ),
      "status-500": () => errorAnswer(500, { message: "inner" }),
      zipped: async (call) => {
        const answer = await chat(words)(call);
        const headers = { "content-type": answer.headers.get("content-type") ?? "", "content-encoding": "gzip" };
        return new Response(Bun.gzipSync(await answer.text()), { headers });
      },
      "html-200": htmlPage(200),
      "hang-in-stream": streamOf(chatEvents(words).slice(0, 2), { end: "hang" }),
      crowd: async (call) => {
        if (++arrived === crowd) allArrived.resolve();
        await Promise.race([allArrived.promise, Bun.sleep(8_000)]);
        return arrived < crowd ? errorAnswer(500, { message: "the others did not come" }) : chat(words)(call);
      },
    },
    { tls: known },
  );
  stranger = startFakeVendor({ untrusted: chat(words) }, { tls: unknown });
  rude = await startRudeVendor(
    {
      silent: () => undefined,
      "close-at-once": ({ socket }) => socket.destroy(),
      "short-body": ({ socket }) => {
        socket.write(answerHead("200 OK", { "content-type": "application/json", "content-length": "500" }));
        socket.write('{"id":', () => socket.destroy());
      },
    },
    { tls: known },
  );
  const timeouts = { connect_ms: 2_000, first_text_ms: 700, idle_ms: 500, whole_ms: 700 };
  const slow = { ...timeouts, first_text_ms: 10_000, whole_ms: 10_000 };
  const provider = (name: string, base_url: string, times = timeouts) => ({
    name,
    vendor: "compatible",
    base_url,
    timeouts: times,
  });
  const served: [string, string[]][] = [
    ["fake", ["good", "zipped", "endless", "status-500", "html-200", "hang-in-stream"]],
    ["patient", ["crowd"]],
    ["rude", ["silent", "close-at-once", "short-body"]],
    ["stranger", ["untrusted"]],
  ];
  sahab = await runSahab({
    launcher: true,
    env: { BUN_CONFIG_MAX_HTTP_REQUESTS: undefined, NODE_EXTRA_CA_CERTS: known.file },
    config: {
      providers: [
        provider("fake", vendor.url),
        provider("patient", vendor.url, slow),
        provider("rude", rude.url),
        provider("stranger", stranger.url),
      ],
      models: served.flatMap(([name, models]) =>
        models.map((model) => ({
          name: model,
          targets: [{ provider: name, model }],
          price: { currency: "USD", input: 1, output: 2 },
        })),
      ),
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  rude?.stop();
  await vendor?.stop();
  await stranger?.stop();
  removeTemporaryFolder(folder);
});

const ask = (model: string, stream = false, signal?: AbortSignal) =>
  sahab.call(
    "/v1/chat/completions",
    { model, stream, messages: [{ role: "user", content: "Hi" }] },
    { key, ...(signal ? { signal } : {}) },
  );

test.each(["good", "zipped"])("whole and streamed answers (%s)", async (model) => {
  const whole = await ask(model);
  expect({ status: whole.status, text: await whole.text() }).toMatchObject({
    status: 200,
    text: expect.stringContaining("over tls"),
  });
  expect(await (await ask(model, true)).text()).toBe([...chatEvents(words), doneEvent].join(""));
});

test("a client that leaves cancels the vendor's call", async () => {
  const gone = new AbortController();
  const response = await ask("endless", true, gone.signal);
  await response.body?.getReader().read();
  gone.abort();
  await eventually("the abort at the vendor", () => vendor.callsFor("endless")[0]?.abortedMs !== undefined, 4_000);
});

for (const [model, status, code] of [
  ["status-500", 502, "upstream_error"],
  ["html-200", 502, "upstream_invalid_response"],
  ["silent", 504, "upstream_timeout"],
  ["close-at-once", 502, "upstream_closed"],
  ["short-body", 502, "upstream_closed"],
] as const) {
  test(`failure: ${model}`, async () => {
    const response = await ask(model);
    const { error } = (await response.json()) as { error: { code: string } };
    expect({ status: response.status, code: error.code }).toEqual({ status, code });
  });
}

test("a stream that stalls is cut, with the reason as its last event", async () => {
  const text = await (await ask("hang-in-stream", true)).text();
  expect(text).toContain('"error"');
  expect(text).not.toContain("[DONE]");
});

test("an untrusted certificate is refused before the request is sent", async () => {
  const response = await ask("untrusted");
  expect(response.status).toBe(502);
  expect(stranger.calls).toHaveLength(0);
});

test("400 calls at once, more than the runtime's own client allows", async () => {
  const program = `
    const call = async () => {
      const response = await fetch(process.env.URL, {
        method: "POST", headers: { authorization: "Bearer " + process.env.KEY }, body: process.env.BODY,
      });
      await response.text();
      return response.status;
    };
    const all = await Promise.all(Array.from({ length: ${crowd} }, call));
    console.log(all.filter((status) => status === 200).length);`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    env: cleanEnvironment({
      URL: `${sahab.address}/v1/chat/completions`,
      KEY: key,
      BODY: JSON.stringify({ model: "crowd", messages: [{ role: "user", content: "Hi" }] }),
    }),
    stdout: "pipe",
    stderr: "inherit",
  });
  expect((await new Response(child.stdout).text()).trim()).toBe(String(crowd));
});
