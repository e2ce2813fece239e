import { afterEach, beforeEach, expect, test } from "bun:test";
import { dialects } from "../dialect/registry.ts";
import { freePrices } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeVendor, streamedChat, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";
import { Provider, ProviderTarget } from "../vendor/index.ts";

// What one project has under way leaves room for another.

const requestsMax = 40;
let vendor: FakeVendor;
let gateway: GatewayInProcess;
let release = Promise.withResolvers<void>();

beforeEach(async () => {
  release = Promise.withResolvers();
  vendor = startFakeVendor({
    held: async (call) => {
      await release.promise;
      return streamedChat(["at last"])(call);
    },
    quick: streamedChat(["at once"]),
  });
  const provider = new Provider({ name: "p", vendor: "compatible", base_url: vendor.url }, dialects);
  const models = ["held", "quick"].map((name) => {
    const upstream = new ProviderTarget(provider, name);
    return { name, targets: [{ provider: "p", model: name, priority: 1, weight: 1, prices: freePrices, upstream }] };
  });
  gateway = await startGateway(
    dialects,
    {
      models: new Map(models.map((model) => [model.name, model])),
      projects: new Map(["noisy", "quiet", "third"].map((project) => [project, null])),
    },
    { requestsMax },
  );
});
afterEach(async () => {
  release.resolve();
  await gateway.close();
  await vendor.stop();
});

async function ask(key: string, model: string, path = "/v1/chat/completions") {
  const response = await fetch(gateway.address + path, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, max_tokens: 9, stream: true, messages: [{ role: "user", content: "Hi" }] }),
  });
  const retryAfter = response.headers.get("retry-after");
  return { status: response.status, retryAfter, text: await response.text() };
}

/** Asks until it is refused; resolves with the refusal. */
async function fill(key: string) {
  for (;;) {
    const before = gateway.inFlight.size;
    const answer = ask(key, "held");
    const added = eventually("the request", () => gateway.inFlight.size > before).then(() => undefined);
    const refused = await Promise.race([answer, added]);
    if (refused) return refused;
  }
}

test("a project that has all that it may, with any number of keys, keeps no other out; its own share comes back", async () => {
  const noisy = await Promise.all(Array.from({ length: 4 }, () => gateway.createKey("noisy")));
  const [first = ""] = noisy;
  const ofKey = await fill(first);
  expect(ofKey).toMatchObject({ status: 429, retryAfter: "1" });
  expect(ofKey.text).toMatch(/"code":"rate_limit_exceeded"/);
  expect(ofKey.text).toMatch(/Key key_\w+ of project noisy has 2\d requests under way, which is its share/);
  let ofProject = ofKey;
  for (const key of noisy.slice(1)) ofProject = await fill(key);
  expect(gateway.inFlight.size).toBeLessThanOrEqual(31);
  expect(ofProject.text).toContain("Project noisy has");
  expect(ofProject.text).not.toContain(first);
  const quiet = await gateway.createKey("quiet");
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(quiet, "quick")));
  for (const { status, text } of answers) expect([status, text.includes("at once")]).toEqual([200, true]);
  // In the words of another dialect.
  const messages = await ask(noisy[3] ?? "", "held", "/v1/messages");
  expect([messages.status, messages.text.includes('"rate_limit_error"')]).toEqual([429, true]);
  expect(gateway.refusals.count("requests_key")).toBeGreaterThan(0);
  expect(gateway.refusals.count("requests_project")).toBeGreaterThan(0);
  release.resolve();
  await eventually("the end of all", () => gateway.inFlight.size === 0);
  expect((await ask(first, "quick")).status).toBe(200);
});
