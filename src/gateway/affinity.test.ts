import { afterAll, beforeAll, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { messagesWhole } from "../testing/fake-anthropic.ts";
import { errorAnswer, startFakeVendor, type FakeVendor, type Script } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Which of several equal targets serves the requests of one session.

let vendor: FakeVendor;
let sahab: TestSahab;
let isLeftDown = false;
const left: Script = (call) => (isLeftDown ? errorAnswer(500, { message: "down" }) : messagesWhole("left")(call));

beforeAll(async () => {
  vendor = startFakeVendor({ left, right: messagesWhole("right"), small: messagesWhole("small") });
  const provider = (name: string) => ({
    name,
    vendor: "anthropic",
    base_url: `http://127.0.0.1:${vendor.port}`,
    api_key: "vendor-key",
  });
  const price = { currency: "USD", input: 1, output: 2 };
  sahab = await runSahab({
    config: {
      providers: [provider("one"), provider("two")],
      models: [
        {
          name: "shared",
          targets: [
            { provider: "one", model: "left" },
            { provider: "two", model: "right" },
          ],
          price,
        },
        {
          name: "weighed",
          targets: [
            { provider: "one", model: "right", weight: 9 },
            { provider: "two", model: "small", weight: 1 },
          ],
          price,
        },
      ],
      projects: [{ name: "default" }],
    },
  });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

/** What answers `count` requests. */
async function ask(headers: Record<string, string>, { count = 1, model = "shared" } = {}): Promise<string[]> {
  const client = new Anthropic({
    baseURL: sahab.address,
    apiKey: sahab.adminKey,
    maxRetries: 0,
    defaultHeaders: headers,
  });
  const texts: string[] = [];
  for (let turn = 0; turn < count; turn++) {
    const content = `turn ${turn}`;
    const { content: parts } = await client.messages.create({
      model,
      max_tokens: 5,
      messages: [{ role: "user", content }],
    });
    texts.push(parts.map((part) => (part.type === "text" ? part.text : "")).join(""));
  }
  return texts;
}

const claudeCode = (session: string) => ({
  "user-agent": "claude-cli/2.1.207 (external, cli)",
  "x-claude-code-session-id": session,
});

test("a session of an agent stays at one of two equal targets, and sessions share them", async () => {
  const first = new Set<string>();
  for (let session = 0; session < 24; session++) {
    const texts = new Set(await ask(claudeCode(`session-${session}`), { count: 4 }));
    expect(texts.size).toBe(1);
    for (const text of texts) first.add(text);
  }
  // The chance that 24 sessions all fall on one side is 2⁻²³.
  expect(first).toEqual(new Set(["left", "right"]));
});

test("weights hold for sessions, on average", async () => {
  let small = 0;
  for (let session = 0; session < 60; session++)
    small += (await ask(claudeCode(`weighed-${session}`), { model: "weighed" }))[0] === "small" ? 1 : 0;
  // The same each time, since the names are.
  expect(small).toBeWithin(1, 15);
});

test("requests without a session, and those of a script with one, are shared as before", async () => {
  // The chance that 40 fair draws all fall on one side is 2⁻³⁹.
  for (const headers of [{}, { "x-sahab-session": "nightly", "user-agent": "eval/1" }])
    expect(new Set(await ask(headers, { count: 40 }))).toEqual(new Set(["left", "right"]));
});

test("a session goes elsewhere while its target is not well", async () => {
  let session = 0;
  while ((await ask(claudeCode(`moves-${session}`)))[0] !== "left") session++;
  isLeftDown = true;
  expect(await ask(claudeCode(`moves-${session}`), { count: 3 })).toEqual(["right", "right", "right"]);
  isLeftDown = false;
});
