import { afterEach, beforeEach, expect, test } from "bun:test";
import { limits } from "../base/limits.ts";
import { buildSnapshot, parseCloudConfig } from "../config/index.ts";
import { dialects } from "../dialect/registry.ts";
import { eventually } from "../testing/eventually.ts";
import { messageItem, responses } from "../testing/fake-responses.ts";
import { startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { startGateway, type GatewayInProcess } from "../testing/gateway-in-process.ts";

// Requests for kept answers hold places and bytes as all others do, shared between projects and keys.

const requestsMax = 40;
let vendor: FakeVendor;
let gateway: GatewayInProcess;
let release = Promise.withResolvers<void>();
let count = 0;
/** Four megabytes, which are kept with the answer. */
const large = { model: "quick", input: "x".repeat(4 * 1024 * 1024) };

beforeEach(async () => {
  release = Promise.withResolvers();
  const answer = (text: string) => responses([messageItem(text)], { id: `resp_${count++}` });
  vendor = startFakeVendor({
    held: async (call) => {
      await release.promise;
      return answer("at last")(call);
    },
    quick: (call) => answer("at once")(call),
  });
  const price = { currency: "USD", input: 1, output: 2 };
  const config = parseCloudConfig({
    providers: [{ name: "v", vendor: "compatible", base_url: vendor.url, apis: ["responses"] }],
    models: Object.keys(vendor.scripts).map((name) => ({
      name,
      targets: [{ provider: "v", model: name }],
      price,
    })),
    projects: [{ name: "default" }, { name: "noisy" }, { name: "quiet" }],
  });
  const localUpstream = () => {
    throw new Error("no model is local");
  };
  gateway = await startGateway(dialects, buildSnapshot({ dialects, localUpstream }, config), {
    requestsMax,
    bodyBytesMax: 24 * 1024 * 1024,
  });
});
afterEach(async () => {
  release.resolve();
  await gateway.close();
  await vendor.stop();
});

function call(method: string, path: string, key: string, body?: object): Promise<Response> {
  return fetch(`${gateway.address}/v1/responses${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
}

async function create(key: string, fields: object): Promise<string> {
  const response = await call("POST", "", key, { input: "Hi", ...fields });
  const body = (await response.json()) as { id: string };
  expect([response.status, typeof body.id]).toEqual([200, "string"]);
  return body.id;
}

test("who follows an answer holds a place until it has come or the client leaves; others find theirs", async () => {
  const noisy = await gateway.createKey("noisy");
  const id = await create(noisy, { model: "held", background: true });
  const queued = await call("POST", "", noisy, { model: "held", input: "Hi", background: true, stream: true });
  const follow = () => call("GET", `/${id}?stream=true`, noisy);
  const followers = [];
  let refused: Response | undefined;
  while (!refused && followers.length < requestsMax) {
    const response = await follow();
    if (response.status === 200) followers.push(response);
    else refused = response;
  }
  expect(refused?.status).toBe(429);
  expect(await refused?.text()).toContain("requests under way, which is its share");
  expect(followers.length).toBeGreaterThan(15);
  const quiet = await gateway.createKey("quiet");
  await create(quiet, { model: "quick" });
  // A client that leaves gives its place back.
  const before = gateway.inFlight.size;
  await followers.pop()?.body?.cancel();
  await eventually("a place to be given back", () => gateway.inFlight.size < before);
  release.resolve();
  for (const response of [...followers, queued]) expect(await response.text()).toContain("response.completed");
  await eventually("all to be given back", () => gateway.inFlight.size === 0);
  expect(gateway.inFlight.answers.held).toBe(0);
  expect(gateway.inFlight.bodyBytes).toBe(0);
});

test("an answer is read only where there is room for it", async () => {
  const key = await gateway.createKey("noisy");
  const id = await create(key, large);
  const small = await create(key, { model: "quick" });
  const { answers } = gateway.inFlight;
  await eventually("nothing to be held", () => answers.held === 0);
  // What others hold leaves two megabytes.
  let left = limits.answerBytesHeldMax;
  const others: [string, number][] = [];
  for (let index = 0; left > 2 * 1024 * 1024; index++) {
    const part = Math.min(left - 2 * 1024 * 1024, limits.answerBytesHeldMax / 64);
    if (answers.take({ project: `p${index}`, keyId: "k" }, part) !== undefined) continue;
    left -= part;
    others.push([`p${index}`, part]);
  }
  const acts = [
    ["GET", `/${id}`],
    ["GET", `/${id}?stream=true`],
    ["GET", `/${id}/input_items`],
    ["POST", `/${id}/cancel`],
    ["DELETE", `/${id}`],
  ] as const;
  for (const [method, path] of acts) {
    const response = await call(method, path, key);
    expect([method, path, response.status, await response.json()]).toMatchObject([
      method,
      path,
      503,
      { error: { code: "overloaded" } },
    ]);
    expect(response.headers.get("retry-after")).toBe("1");
  }
  expect((await call("GET", `/${small}`, key)).status).toBe(200);
  for (const [project, part] of others) answers.release({ project, keyId: "k" }, part);
  expect(await (await call("GET", `/${id}/input_items`, key)).text()).toContain("xxxx");
  await eventually("all to be given back", () => answers.held === 0);
});

test("what a request goes on from counts as its body before it is read; a promise of an answer needs none of it", async () => {
  const key = await gateway.createKey("noisy");
  let previous: string | undefined;
  for (let index = 0; index < 5; index++)
    previous = await create(key, { ...large, ...(previous && { previous_response_id: previous }) });
  const next = { ...large, previous_response_id: previous };
  const refused = await call("POST", "", key, next);
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining("bytes of request bodies")]);
  expect(vendor.callsFor("quick")).toHaveLength(5);
  const id = await create(key, { ...next, background: true });
  expect((await call("GET", `/${id}`, key)).status).toBe(200);
  await eventually("all to be given back", () => gateway.inFlight.bodyBytes === 0);
  // Its own turn is refused in the same way, since nobody waits for it.
  const failed = await eventually("its turn", async () => {
    const text = await (await call("GET", `/${id}`, key)).text();
    return text.includes('"status":"failed"') ? text : undefined;
  });
  expect(failed).toContain("bytes of request bodies");
});

test("a stop ends streams of answers that are still to come, which do not pass for whole", async () => {
  const key = await gateway.createKey("noisy");
  const id = await create(key, { model: "held", background: true });
  const response = await call("GET", `/${id}?stream=true`, key);
  const reading = response.text().then(
    (text) => text,
    () => "cut",
  );
  await gateway.inFlight.drain(50);
  expect(await reading).not.toContain("response.completed");
  expect(gateway.inFlight.size).toBe(0);
});
