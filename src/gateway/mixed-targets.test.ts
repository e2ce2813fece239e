import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { nanoFile } from "../testing/engine.ts";
import { eventually } from "../testing/eventually.ts";
import { messages as messagesAnswer } from "../testing/fake-anthropic.ts";
import { chat, errorAnswer, startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Models whose targets differ in kind: this machine beside vendors, and providers that offer several wire formats.

const words = ["from ", "a ", "vendor"];
const price = { currency: "USD", input: 1, output: 2 };

/** Answers in the format that it is asked in. */
const bothFormats: Script = (call) => (call.path.endsWith("/messages") ? messagesAnswer(words) : chat(words))(call);

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let config: { providers: object[]; models: object[]; projects: object[] };

beforeAll(async () => {
  vendor = startFakeVendor({
    good: bothFormats,
    failing: () => errorAnswer(500, { message: "no" }),
    light: bothFormats,
    heavy: bothFormats,
    never: bothFormats,
  });
  sahab = await runSahab();
  // A sound file, of an architecture that no engine knows.
  const unheardOf = readFileSync(nanoFile, "latin1").replaceAll("deepseek2", "deepseek0");
  writeFileSync(join(sahab.dataDir, "models", "unheard-of.gguf"), unheardOf, "latin1");

  const base = `http://127.0.0.1:${vendor.port}`;
  const provider = (name: string, apis: string[]) => ({ name, vendor: "compatible", base_url: base, apis });
  const model = (name: string, ...targets: object[]) => ({ name, targets, price });
  const local = { file: "nano.gguf" };
  config = {
    providers: [
      provider("both", ["chat", "messages"]),
      provider("chat-only", ["chat"]),
      { name: "ant", vendor: "anthropic", base_url: base },
    ],
    models: [
      {
        name: "local-first",
        local: { ...local, priority: 1 },
        targets: [{ provider: "both", model: "good", priority: 2 }],
        price,
      },
      {
        name: "local-last",
        local: { ...local, priority: 2 },
        targets: [{ provider: "both", model: "failing", priority: 1 }],
        price,
      },
      {
        name: "local-broken",
        local: { file: "unheard-of.gguf", priority: 1 },
        targets: [{ provider: "both", model: "good", priority: 2 }],
        price,
      },
      model("any", { provider: "both", model: "good" }),
      model("as-messages", { provider: "both", model: "good", api: "messages" }),
      model("as-chat", { provider: "both", model: "good", api: "chat" }),
      model("ant-then-chat", { provider: "ant", model: "good" }, { provider: "chat-only", model: "good", priority: 2 }),
      model(
        "shared",
        { provider: "both", model: "light", weight: 1 },
        { provider: "chat-only", model: "heavy", weight: 3 },
        { provider: "ant", model: "never", weight: 0 },
      ),
    ],
    projects: [{ name: "default" }],
  };
  await sahab.apply(config);
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

type Client = "chat" | "messages";
const clients: Client[] = ["chat", "messages"];

async function ask(client: Client, model: string, stream = false, more: object = {}) {
  const body = { model, max_tokens: 8, stream, messages: [{ role: "user", content: "Hi" }], ...more };
  const path = client === "chat" ? "/v1/chat/completions" : "/v1/messages";
  const response = await sahab.call(path, body, { key });
  const text = await response.text();
  return { status: response.status, text, provider: response.headers.get("x-sahab-provider"), response };
}

/** The model's turn as its text, in either form. */
function textOf(client: Client, stream: boolean, body: string): string {
  const payloads = stream ? [...body.matchAll(/^data: (\{.*)$/gm)].map((found) => found[1] ?? "") : [body];
  return payloads
    .map((payload) => {
      const json = JSON.parse(payload) as {
        choices?: { message?: { content: string }; delta?: { content?: string } }[];
        content?: { text: string }[];
        delta?: { text?: string };
      };
      const [choice] = json.choices ?? [];
      return client === "chat"
        ? (choice?.message?.content ?? choice?.delta?.content ?? "")
        : (json.content?.[0]?.text ?? json.delta?.text ?? "");
    })
    .join("");
}

describe("a model on this machine beside a vendor's", () => {
  test("is tried first where it has the first priority", async () => {
    const before = vendor.calls.length;
    for (const client of clients) {
      for (const stream of [false, true]) {
        const answer = await ask(client, "local-first", stream);
        expect(answer).toMatchObject({ status: 200, provider: "local" });
        expect(textOf(client, stream, answer.text)).not.toBe("");
      }
    }
    expect(vendor.calls).toHaveLength(before);
    // It costs what the model costs, wherever it runs.
    const [record] = await sahab.records();
    expect(Number(record?.cost)).toBeGreaterThan(0);
  });

  test("answers in the place of a vendor that fails, unseen", async () => {
    for (const client of clients) {
      for (const stream of [false, true]) {
        const answer = await ask(client, "local-last", stream);
        expect(answer).toMatchObject({ status: 200, provider: "local" });
        expect(answer.text).not.toContain("error");
      }
    }
    expect(vendor.callsFor("failing").length).toBeGreaterThan(0);
    const record = (await sahab.records()).findLast(({ model }) => model === "local-last");
    expect(record).toMatchObject({
      outcome: "ok",
      attempts: 3,
      attempt_list: [
        { provider: "both", model: "failing", outcome: "upstream_error", cost: "0" },
        { provider: "both", model: "failing", outcome: "upstream_error", cost: "0" },
        { provider: "local", model: "local-last", outcome: "ok" },
      ],
    });
  });

  test("is passed over where its engine cannot load it, unseen", async () => {
    await eventually("the engine's failure", async () => {
      const { engines } = await sahab.adminJson<{ engines: { name: string; state: string }[] }>("/ps");
      const engine = engines.find(({ name }) => name === "local-broken");
      return engine !== undefined && !["loading", "starting", "ready"].includes(engine.state);
    });
    const answer = await ask("chat", "local-broken");
    expect(answer).toMatchObject({ status: 200, provider: "both" });
    expect(textOf("chat", false, answer.text)).toBe(words.join(""));
    expect(await sahab.record(answer.response.headers.get("x-request-id"))).toMatchObject({
      outcome: "ok",
      attempt_list: [
        { provider: "local", outcome: "engine_unavailable", cost: "0" },
        { provider: "both", model: "good", outcome: "ok" },
      ],
    });
  });
});

describe("a provider with several formats", () => {
  const pathOf = (client: Client) => (client === "chat" ? "/v1/chat/completions" : "/v1/messages");
  const lastCall = () => {
    const call = vendor.callsFor("good").at(-1);
    if (!call) throw new Error("the vendor was not called");
    return call;
  };
  const odd = { x_unknown: [1e21, { k: -0.1 }] };

  for (const client of clients) {
    test(`a client of ${client} is passed on in its own`, async () => {
      const answer = await ask(client, "any", false, odd);
      expect(answer.status).toBe(200);
      expect(lastCall().path).toBe(pathOf(client));
      expect(lastCall().body).toMatchObject({ model: "good", ...odd });
      // The vendor's own bytes: no encoder of ours writes these fields.
      expect(answer.text).toContain(client === "chat" ? '"id":"chatcmpl-fake"' : '"service_tier":"standard"');
      const streamed = await ask(client, "any", true, odd);
      expect(lastCall().body).toMatchObject({ model: "good", ...odd });
      expect(textOf(client, true, streamed.text)).toBe(words.join(""));
    });

    for (const pinned of clients) {
      test(`a client of ${client} is served in ${pinned} where the target says so`, async () => {
        for (const stream of [false, true]) {
          const answer = await ask(client, `as-${pinned}`, stream);
          expect(answer.status).toBe(200);
          expect(lastCall().path).toBe(pathOf(pinned));
          expect(textOf(client, stream, answer.text)).toBe(words.join(""));
        }
      });
    }
  }

  test("an operation that one target's format lacks goes to the next target", async () => {
    vendor.scripts["good"] = (call) =>
      call.path.endsWith("/embeddings")
        ? Response.json({
            object: "list",
            data: [{ object: "embedding", index: 0, embedding: [0.5] }],
            model: "good",
            usage: { prompt_tokens: 1, total_tokens: 1 },
          })
        : bothFormats(call);
    const response = await sahab.call("/v1/embeddings", { model: "ant-then-chat", input: "a" }, { key });
    await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get("x-sahab-provider")).toBe("chat-only");
  });

  test("a format that the provider does not offer is refused at apply, by its place", async () => {
    const wrong = (target: object) =>
      sahab.admin("/apply?prune=1", {
        json: { ...config, models: [...config.models, { name: "wrong", targets: [target], price }] },
      });
    const response = await wrong({ provider: "chat-only", model: "good", api: "messages" });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain("models[8].targets[0].api");
    expect(text).toContain("provider chat-only offers chat, not messages");
    expect((await wrong({ provider: "ant", model: "good", api: "chat" })).status).toBe(400);
    const models = await sahab.adminJson<{ models: { name: string }[] }>("/config");
    expect(models.models.map(({ name }) => name)).not.toContain("wrong");
  });
});

test("targets of one priority share the load by weight", async () => {
  const count = 240;
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => ask(clients[index % 2] ?? "chat", "shared")),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  // 60 are expected, with a standard deviation of 6.7: six of them to either side, so that chance fails this once in 10^9 runs.
  const light = vendor.callsFor("light").length;
  expect(light).toBeGreaterThan(20);
  expect(light).toBeLessThan(100);
  expect(vendor.callsFor("heavy")).toHaveLength(count - light);
  expect(vendor.callsFor("never")).toHaveLength(0);
});
