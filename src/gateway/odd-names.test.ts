import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Names with characters that no database, terminal or report should meet as they are.

let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["ok"]) });
  sahab = await runSahab({
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
      models: [
        { name: "chat", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
      ],
      projects: [{ name: "default" }],
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}]/u;
/** Model names as JSON text, since half an emoji is no UTF-8. */
const odd: [json: string, shown: string][] = [
  [String.raw`"no\u0000pe"`, String.raw`no\u0000pe`],
  [String.raw`"no\npe\u202e"`, String.raw`no\u000ape\u202e`],
  [String.raw`"no\ud83dpe"`, String.raw`no\ud83dpe`],
  [String.raw`"\u001b]0;title\u0007"`, String.raw`\u001b]0;title\u0007`],
  ['"no\u200bpe"', String.raw`no\u200bpe`],
  // The cut of a long name does not leave half a character.
  [`"${"a".repeat(99)}😀"`, String.raw`a\ud83d`],
];
const paths = ["/v1/chat/completions", "/v1/messages"];

for (const [json, shown] of odd) {
  test(`a model's name from a stranger is shown without harm, and the request is recorded: ${json.slice(0, 24)}`, async () => {
    for (const path of paths) {
      const body = `{"model":${json},"max_tokens":9,"messages":[{"role":"user","content":"x"}]}`;
      const response = await sahab.call(path, body, { key });
      expect(response.status).toBe(404);
      const id = response.headers.get("x-request-id");
      const { error } = (await response.json()) as { error: { message: string } };
      expect(error.message).toContain(shown);
      expect(error.message).not.toMatch(unprintable);
      expect(await sahab.record(id)).toMatchObject({ status: 404, outcome: "model_not_found", model: "" });
    }
  });
}

test("the same in a path", async () => {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${sahab.address}/v1/models/no%00p%E2%80%AEe`, { headers });
  expect(response.status).toBe(404);
  const { error } = (await response.json()) as { error: { message: string } };
  expect(error.message).toContain(String.raw`no\u0000p\u202ee`);
});

test("a NUL in a prompt or a user's name is the vendor's to judge, and the request is recorded", async () => {
  const body = String.raw`{"model":"chat","user":"a\u0000b","messages":[{"role":"user","content":"x\u0000y"}]}`;
  const response = await sahab.call("/v1/chat/completions", body, { key });
  expect(response.status).toBe(200);
  const id = response.headers.get("x-request-id");
  await response.text();
  expect(await sahab.record(id)).toMatchObject({ status: 200, outcome: "ok" });
  expect(JSON.stringify(await sahab.records())).not.toMatch(/(?<!\\)\\u0000/);
});
