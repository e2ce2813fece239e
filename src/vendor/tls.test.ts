import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { cleanEnvironment } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// A vendor behind TLS, as every hosted one is: its certificate is trusted through NODE_EXTRA_CA_CERTS, another's is not.
let folder = "";
let trusted: Bun.Server<undefined>;
let stranger: Bun.Server<undefined>;
let sahab: TestSahab;
let underWay = 0;
let mostUnderWay = 0;
let strangerAsked = 0;
let aborts = 0;
const crowd = 300;

function makeCertificate(name: string): { cert: string; key: string } {
  const cert = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = Bun.spawnSync(
    [
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      key,
      "-out",
      cert,
      ...subject,
    ],
    { stderr: "ignore" },
  );
  if (made.exitCode !== 0) throw new Error("openssl could not make a certificate");
  return { cert, key };
}

const answer = {
  id: "c",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi there" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
};

const event = (text: string) =>
  `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`;

/** What the trusted vendor does, by the model that is asked for. */
async function serve(request: Request): Promise<Response> {
  const { model } = (await request.json()) as { model: string };
  request.signal.addEventListener("abort", () => aborts++);
  if (model === "hang") await Bun.sleep(20_000);
  if (model === "crowd") {
    underWay++;
    mostUnderWay = Math.max(mostUnderWay, underWay);
    // Nobody is answered before all are here, or the time is up.
    for (let i = 0; i < 100 && mostUnderWay < crowd; i++) await Bun.sleep(50);
    underWay--;
  }
  if (model === "error") return new Response("no", { status: 500 });
  if (model !== "stream" && model !== "endless") return Response.json(answer);
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const say = (text: string) => controller.enqueue(new TextEncoder().encode(text));
      say(event("one"));
      for (let i = 0; model === "endless" && i < 200 && !request.signal.aborted; i++) {
        await Bun.sleep(50);
        if (!request.signal.aborted) say(event("more"));
      }
      if (request.signal.aborted) return;
      const end = { id: "c", choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: answer.usage };
      say(`data: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const known = makeCertificate("known");
  const unknown = makeCertificate("unknown");
  const tls = (files: { cert: string; key: string }) => ({ cert: Bun.file(files.cert), key: Bun.file(files.key) });
  trusted = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 60, tls: tls(known), fetch: serve });
  stranger = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: tls(unknown),
    fetch() {
      strangerAsked++;
      return Response.json(answer);
    },
  });
  const model = (name: string, provider = "trusted") => ({
    name,
    targets: [{ provider, model: name }],
    price: { currency: "USD", input: 1, output: 1 },
  });
  sahab = await runSahab({
    env: { NODE_EXTRA_CA_CERTS: known.cert },
    config: {
      providers: [
        {
          name: "trusted",
          vendor: "compatible",
          base_url: `https://127.0.0.1:${trusted.port}/v1`,
          timeouts: { first_byte_ms: 6_000 },
        },
        { name: "stranger", vendor: "compatible", base_url: `https://127.0.0.1:${stranger.port}/v1` },
      ],
      models: [
        ...["whole", "stream", "endless", "hang", "error", "crowd"].map((name) => model(name)),
        model("wrong", "stranger"),
      ],
      projects: [{ name: "default" }],
    },
  });
}, 60_000);

afterAll(async () => {
  await sahab.close();
  await trusted.stop(true);
  await stranger.stop(true);
  removeTemporaryFolder(folder);
});

const ask = (model: string, stream = false, signal?: AbortSignal) =>
  sahab.call(
    "/v1/chat/completions",
    { model, stream, messages: [{ role: "user", content: "Hi" }] },
    signal ? { signal } : {},
  );

test("a whole answer and a stream come over TLS, with their usage", async () => {
  const whole = await ask("whole");
  expect(whole.status).toBe(200);
  expect(await whole.json()).toMatchObject({ usage: { prompt_tokens: 3, cost_currency: "USD" } });
  const stream = await (await ask("stream", true)).text();
  expect(stream).toContain('"content":"one"');
  expect(stream).toEndWith("data: [DONE]\n\n");
});

test("a certificate that nobody vouches for is refused before anything is said", async () => {
  const response = await ask("wrong");
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ error: { code: "upstream_unreachable" } });
  expect(strangerAsked).toBe(0);
});

test("a vendor's failure and its silence are told", async () => {
  expect((await ask("error")).status).toBe(502);
  const silent = await ask("hang");
  expect(silent.status).toBe(504);
  expect(await silent.json()).toMatchObject({ error: { code: "upstream_timeout" } });
}, 20_000);

test("a client that leaves ends the call at the vendor", async () => {
  const before = aborts;
  const leaving = new AbortController();
  const response = await ask("endless", true, leaving.signal);
  await response.body?.getReader().read();
  leaving.abort();
  await eventually("the abort to reach the vendor", () => aborts > before, 5_000);
}, 15_000);

test(`${crowd} calls are under way at once: more than the runtime allows of itself`, async () => {
  // A process of its own, since the limit holds for the caller too.
  const program = `
    const call = async () => (await fetch(process.env.URL, {
      method: "POST", headers: { authorization: "Bearer " + process.env.KEY }, body: process.env.BODY,
    })).status;
    console.log([...new Set(await Promise.all(Array.from({ length: ${crowd} }, call)))].join());`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    env: cleanEnvironment({
      URL: `${sahab.address}/v1/chat/completions`,
      KEY: sahab.adminKey,
      BODY: JSON.stringify({ model: "crowd", messages: [{ role: "user", content: "Hi" }] }),
    }),
    stdout: "pipe",
    stderr: "inherit",
  });
  expect((await new Response(child.stdout).text()).trim()).toBe("200");
  expect(mostUnderWay).toBe(crowd);
}, 40_000);
