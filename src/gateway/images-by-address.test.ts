import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { randomBytes } from "node:crypto";
import OpenAI from "openai";
import { geminiText } from "../testing/fake-gemini.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A client names images by their addresses, and the vendor wants them in the request: through the running program.

const image = randomBytes(300_000);
let images: Bun.Server<undefined>;
let inside: Bun.Server<undefined>;
let asked: string[] = [];
let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let openai: OpenAI;

beforeAll(async () => {
  const serve = (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return new Response(image, { headers: { "content-type": "image/png" } });
  };
  images = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: serve });
  inside = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: serve });
  vendor = startFakeVendor({ google: geminiText(["A ", "cloud"]), plain: chat(["A ", "cloud"]) });
  const base_url = `http://127.0.0.1:${vendor.port}`;
  const price = { currency: "USD", input: 1, output: 10 };
  sahab = await runSahab({
    env: { SAHAB_MEDIA_HOSTS: `127.0.0.1:${images.port}` },
    config: {
      providers: [
        { name: "google", vendor: "google", base_url, api_key: "k", apis: ["gemini"] },
        { name: "openai", vendor: "compatible", base_url },
      ],
      models: [
        { name: "google", targets: [{ provider: "google", model: "google" }], price },
        { name: "plain", targets: [{ provider: "openai", model: "plain" }], price },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
  openai = new OpenAI({ apiKey: key, baseURL: `${sahab.address}/v1`, maxRetries: 0 });
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  await images?.stop(true);
  await inside?.stop(true);
});

const at = (path: string) => `http://127.0.0.1:${images.port}${path}`;
const part = (url: string) => ({ type: "image_url" as const, image_url: { url } });
const inlined = { inlineData: { mimeType: "image/png", data: image.toString("base64") } };
const partsSent = () => {
  const contents = vendor.callsFor("google").at(-1)?.body["contents"] as { parts: unknown[] }[];
  return contents.map(({ parts }) => parts);
};

/** So long that the thread for large bodies translates them. */
describe.each([0, 300_000, 1_200_000])("with %d bytes of text", (bytes) => {
  const text = `what ${"x".repeat(bytes)}`;

  test("OpenAI's SDK: the vendor gets the image, once fetched, at each place", async () => {
    asked = [];
    const answer = await openai.chat.completions.create({
      model: "google",
      messages: [
        { role: "user", content: [{ type: "text", text }, part(at("/a")), part(at("/b"))] },
        { role: "assistant", content: "a cloud" },
        { role: "user", content: [part(at("/a"))] },
      ],
    });
    expect(answer.choices[0]?.message.content).toBe("A cloud");
    expect(asked.toSorted()).toEqual(["/a", "/b"]);
    expect(partsSent()).toEqual([[{ text }, inlined, inlined], [{ text: "a cloud" }], [inlined]]);
  });

  test("Anthropic's SDK, and what leads into a private network", async () => {
    const anthropic = new Anthropic({ apiKey: key, baseURL: sahab.address, maxRetries: 0 });
    const ask = (url: string) =>
      anthropic.messages.create({
        model: "google",
        max_tokens: 10,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text },
              { type: "image", source: { type: "url", url } },
            ],
          },
        ],
      });
    await ask(at("/c"));
    expect(partsSent()).toEqual([[{ text }, inlined]]);
    asked = [];
    const before = vendor.calls.length;
    for (const url of [`http://127.0.0.1:${inside.port}/`, "http://169.254.169.254/latest", "https://[::1]/"]) {
      const failure: unknown = await ask(url).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Anthropic.BadRequestError);
      expect((failure as Error).message).toContain("messages[].content[]: the image cannot be fetched");
    }
    expect([asked, vendor.calls.length]).toEqual([[], before]);
  });
});

test("a vendor that looks at addresses itself gets them", async () => {
  asked = [];
  const messages = [{ role: "user" as const, content: [part(at("/own"))] }];
  await openai.chat.completions.create({ model: "plain", messages });
  expect(vendor.callsFor("plain").at(-1)?.body["messages"]).toEqual(messages);
  expect(asked).toEqual([]);
});

test("a text that looks like a data URL is only a text", async () => {
  const text = `data:image/png;base64,${"0".repeat(36)}`;
  await openai.chat.completions.create({
    model: "google",
    messages: [{ role: "user", content: [{ type: "text", text }, part(at("/a"))] }],
  });
  expect(partsSent()).toEqual([[{ text }, inlined]]);
});
