import { afterEach, expect, test } from "bun:test";
import { limits } from "../base/limits.ts";
import { freePrices } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { chat, chatChunk, startFakeVendor, wholeChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway } from "../testing/gateway-in-process.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";
import { dialects } from "../dialect/registry.ts";

type InProcess = Awaited<ReturnType<typeof startGateway>>;

let vendor: FakeVendor;
let gateway: InProcess;

afterEach(async () => {
  await gateway.close();
  await vendor.stop();
});

async function start(scripts: Parameters<typeof startFakeVendor>[0]): Promise<void> {
  vendor = startFakeVendor(scripts);
  const provider = new Provider({ name: "p", vendor: "compatible", base_url: vendor.url }, dialects);
  const models = Object.keys(scripts).map((name) => {
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
  gateway = await startGateway(dialects, {
    models: new Map(models.map((model) => [model.name, model])),
    projects: new Map(),
  });
}

const ask = (model: string, stream = false) =>
  fetch(`${gateway.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hi" }] }),
  });

test("an answer beyond the share of its project ends with overloaded, before and after its start; others are served", async () => {
  await start({
    good: chat(["all ", "well"]),
    large: wholeChat("x".repeat(1024 * 1024)),
    // A first text, then an event that does not end.
    growing: () => {
      let isFirst = true;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(Buffer.from(isFirst ? chatChunk({ content: "a" }) : `data: ${"x".repeat(64 * 1024)}`));
          isFirst = false;
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const { answers } = gateway.inFlight;
  const others = { project: "greedy", keyId: "greedy" };
  // What another project holds leaves less than a megabyte to this one.
  let left = limits.answerBytesHeldMax;
  for (let index = 0; left > 512 * 1024; index++) {
    const part = Math.min(left - 512 * 1024, limits.answerBytesHeldMax / 64);
    if (answers.take({ ...others, project: `p${index}` }, part) === undefined) left -= part;
  }
  const refused = await ask("large");
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: "overloaded" } }]);
  expect(refused.headers.get("retry-after")).toBe("1");
  const cut = await (await ask("growing", true)).text();
  expect(cut).toContain('"code":"overloaded"');
  expect(cut).not.toContain("[DONE]");
  expect(await (await ask("good", true)).text()).toEndWith("[DONE]\n\n");
  expect((await ask("good")).status).toBe(200);
  await eventually("all to be given back", () => answers.held === limits.answerBytesHeldMax - left);
});

test("what is held is given back, also where answers fail or clients leave", async () => {
  await start({
    large: wholeChat("x".repeat(4 * 1024 * 1024)),
    broken: () =>
      new Response(`{"choices": ${" ".repeat(2 * 1024 * 1024)}`, { headers: { "content-type": "application/json" } }),
  });
  const { answers } = gateway.inFlight;
  for (const model of ["large", "broken"]) await (await ask(model)).text();
  const leaving = await Promise.all(Array.from({ length: 5 }, () => ask("large")));
  await Promise.all(leaving.map(async (response) => await response.body?.cancel()));
  await eventually("all to be given back", () => answers.held === 0);
});
