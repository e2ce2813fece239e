import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chat,
  chatEvents,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  type FakeVendor,
} from "../testing/fake-vendor.ts";
import { startRudeVendor } from "../testing/rude-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// What a change of the configuration leaves as it is: what is known of the targets, and what is under way.

const price = { currency: "USD", input: 1, output: 2 };
let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

const provider = (name: string, more: object = {}) => ({ name, vendor: "compatible", base_url: vendor.url, ...more });
/** Tries `first`, then a target that never fails. */
const model = (name: string, first: object) => ({
  name,
  targets: [
    { ...first, priority: 1 },
    { provider: "beta", model: "good", priority: 2 },
  ],
  price,
});
const configOf = (models: object[], providers: object[] = [provider("alpha"), provider("beta")]) => ({
  providers,
  models,
  projects: [{ name: "default" }],
});

beforeAll(async () => {
  vendor = startFakeVendor({
    good: chat(["good"]),
    other: chat(["other"]),
    slow: streamOf([...chatEvents(["one ", "two ", "three ", "four"]), doneEvent], { paceMs: 150 }),
  });
  sahab = await runSahab({ config: configOf([]) });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const ask = (name: string, stream = false) =>
  sahab.call("/v1/chat/completions", { model: name, stream, messages: [{ role: "user", content: "Hi" }] }, { key });

/** Which provider and model answered, and after how many attempts. */
async function served(name: string): Promise<string> {
  const response = await ask(name);
  await response.text();
  const of = (header: string) => response.headers.get(header);
  return `${response.status} ${of("x-sahab-provider")}/${of("x-sahab-model")} after ${of("x-sahab-attempts")}`;
}

/** The model at the vendor fails so often, each time asks for a rest, and is well from then on. */
function failsFor(name: string, attempts: number, restS: number): void {
  let left = attempts;
  vendor.scripts[name] = () => {
    if (--left === 0) vendor.scripts[name] = chat([name]);
    return errorAnswer(429, { message: "slow down" }, { "retry-after": String(restS) });
  };
}

test("a target that rests goes on resting, for every model that has it", async () => {
  failsFor("flaky", 1, 60);
  const first = model("first", { provider: "alpha", model: "flaky" });
  await sahab.apply(configOf([first]));
  expect(await served("first")).toBe("200 beta/good after 2");
  expect(await served("first")).toBe("200 beta/good after 1");

  // An unrelated change, and a second model with the same target.
  const second = model("second", { provider: "alpha", model: "flaky" });
  const applied = await sahab.apply(configOf([first, second]));
  expect(applied.changes).toEqual([{ action: "create", kind: "model", name: "second" }]);
  expect(await served("first")).toBe("200 beta/good after 1");
  expect(await served("second")).toBe("200 beta/good after 1");

  // A change of the provider itself: the replica is the same one.
  const changed = [provider("alpha", { timeouts: { connect_ms: 900 } }), provider("beta")];
  await sahab.apply(configOf([first, second], changed));
  expect(await served("first")).toBe("200 beta/good after 1");
  expect(vendor.callsFor("flaky")).toHaveLength(1);

  // Neither another model of the provider nor the same model elsewhere rests.
  const others = [
    model("third", { provider: "alpha", model: "other" }),
    model("fourth", { provider: "gamma", model: "flaky" }),
  ];
  await sahab.apply(configOf([first, second, ...others], [...changed, provider("gamma")]));
  expect(await served("third")).toBe("200 alpha/other after 1");
  expect(await served("fourth")).toBe("200 gamma/flaky after 1");
  expect(await served("first")).toBe("200 beta/good after 1");
});

test("a rest that is over stays over", async () => {
  failsFor("tired", 2, 3); // after so short a time it is asked once more
  const tired = model("tired", { provider: "alpha", model: "tired" });
  await sahab.apply(configOf([tired]));
  expect(await served("tired")).toBe("200 beta/good after 3");
  await sahab.apply(configOf([tired, model("more", { provider: "beta", model: "other" })]));
  expect(await served("tired")).toBe("200 beta/good after 1");
  await Bun.sleep(3_100);
  expect(await served("tired")).toBe("200 alpha/tired after 1");
});

test("connections to a provider that stays as it is survive a change", async () => {
  const rude = await startRudeVendor({
    kept: ({ socket }) => {
      const body = '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}';
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    },
  });
  try {
    const providers = (more: object) => [
      { name: "kept", vendor: "compatible", base_url: rude.url, ...more },
      provider("alpha"),
      provider("beta"),
    ];
    const models = [model("kept", { provider: "kept", model: "kept" })];
    const usesSocketOf = async (call: number) => {
      expect(await served("kept")).toBe("200 kept/kept after 1");
      return rude.calls.at(-1)?.socket === rude.calls[call]?.socket;
    };
    await sahab.apply(configOf(models, providers({})));
    await usesSocketOf(0);
    expect(await usesSocketOf(0)).toBeTrue();
    await sahab.apply(configOf([...models, model("another", { provider: "beta", model: "other" })], providers({})));
    expect(await usesSocketOf(0)).toBeTrue();
    // With another key, nothing of the old provider stays.
    await sahab.apply(configOf(models, providers({ api_key: "another-vendor-key" })));
    expect(await usesSocketOf(0)).toBeFalse();
  } finally {
    rude.stop();
  }
});

test("a stream under way goes on when its model and its provider are taken away", async () => {
  await sahab.apply(configOf([model("slow", { provider: "alpha", model: "slow" })]));
  const response = await ask("slow", true);
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = decoder.decode((await reader?.read())?.value, { stream: true });
  await sahab.apply(configOf([], []));
  expect((await ask("slow")).status).toBe(404);
  expect(text).not.toContain("four");
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read())
    text += decoder.decode(read.value, { stream: true });
  expect(text).toContain("four");
  expect(text).toEndWith(doneEvent);
  expect(await sahab.record(response.headers.get("x-request-id"))).toMatchObject({
    outcome: "ok",
    provider: "alpha",
    model: "slow",
    estimated: true,
  });
});
