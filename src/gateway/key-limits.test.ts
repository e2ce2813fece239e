import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

let vendor: FakeVendor;
let sahab: TestSahab;

const names = ["chat", "chat-large", "secret", "nano-1", "nano-2", "other"];
const config = (models = names) => ({
  providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
  models: models.map((name) => ({
    name,
    targets: [{ provider: "fake", model: "m" }],
    price: { currency: "USD", input: 1, output: 2 },
  })),
  projects: [{ name: "default" }, { name: "team", models: models.filter((name) => name !== "secret") }],
});

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["ok"]) });
  sahab = await runSahab({
    config: config(),
    env: { SAHAB_TRUSTED_PROXIES: "127.0.0.1,::1", SAHAB_ADMIN_ADDRESSES: "127.0.0.0/8, 10.9.0.0/16" },
  });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const from = (address: string) => ({ "x-forwarded-for": address });
const messages = [{ role: "user", content: "Hi" }];

/** Status and code of a call in OpenAI's form. */
async function call(key: string, model: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await sahab.call("/v1/chat/completions", { model, messages }, { key, headers });
  const { error } = (await response.json()) as { error?: { code: string } };
  return error ? `${response.status} ${error.code}` : String(response.status);
}

async function list(key: string): Promise<string[]> {
  const response = await fetch(`${sahab.address}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

describe("a key limited to models", () => {
  test("calls and sees these alone, of those of its project", async () => {
    const { key } = await sahab.createKey({ project: "team", models: ["chat", "nano-*", "secret", "not-yet"] });
    const calls = await Promise.all(names.map(async (name) => [name, await call(key, name)]));
    const no = "403 model_not_allowed";
    expect(calls).toEqual([
      ["chat", "200"],
      ["chat-large", no],
      ["secret", no],
      ["nano-1", "200"],
      ["nano-2", "200"],
      ["other", no],
    ]);
    expect(await list(key)).toEqual(["chat", "nano-1", "nano-2"]);
    expect(await call(key, "not-yet")).toBe("404 model_not_found");
    // A model that comes later needs no change of the key.
    await sahab.apply(config([...names, "not-yet", "nano-3"]));
    expect(await list(key)).toEqual(["chat", "nano-1", "nano-2", "not-yet", "nano-3"]);
    expect(await call(key, "not-yet")).toBe("200");
    await sahab.apply(config());
  });

  test("is told what was found and what is allowed, in each client's own form", async () => {
    const { key } = await sahab.createKey({ models: ["chat", "nano-*"] });
    const ask = async (path: string, headers: Record<string, string>, body?: object) => {
      const init = body ? { method: "POST", body: JSON.stringify(body) } : {};
      const response = await fetch(sahab.address + path, { ...init, headers });
      return [response.status, await response.json()] as const;
    };
    const bearer = { authorization: `Bearer ${key}` };
    const message = expect.stringMatching(/"other".*chat, nano-\*/) as string;
    const openai = [403, { error: expect.objectContaining({ message, param: "model", code: "model_not_allowed" }) }];
    expect(await ask("/v1/chat/completions", bearer, { model: "other", messages })).toEqual(openai as never);
    expect(await ask("/v1/embeddings", bearer, { model: "other", input: "a" })).toEqual(openai as never);
    expect(await ask("/v1/completions", bearer, { model: "other", prompt: "a" })).toEqual(openai as never);
    expect(await ask("/v1/models/other", bearer)).toEqual(openai as never);
    const anthropic = [403, { type: "error", error: expect.objectContaining({ type: "permission_error", message }) }];
    for (const path of ["/v1/messages", "/v1/messages/count_tokens"])
      expect(await ask(path, { "x-api-key": key }, { model: "other", max_tokens: 5, messages })).toMatchObject(
        anthropic,
      );
    // What is offered in place of a model that there is not is only what the key may call.
    const [status, body] = await ask("/v1/chat/completions", bearer, { model: "no-such", messages });
    expect([status, JSON.stringify(body)]).toEqual([404, expect.stringContaining("available: chat, nano-1, nano-2")]);
    expect(JSON.stringify(body)).not.toContain("secret");
    // What a misspelt name probably means is said, too, unless the key may not call it.
    const answerTo = async (model: string) =>
      JSON.stringify((await ask("/v1/chat/completions", bearer, { model, messages }))[1]);
    expect(await answerTo("caht")).toContain("nano-2; did you mean chat?");
    expect(await answerTo("secert")).not.toContain("did you mean");
  });

  test("of role admin keeps to its limit, too", async () => {
    const { key } = await sahab.createKey({ role: "admin", models: ["secret"] });
    expect([await call(key, "secret"), await call(key, "chat")]).toEqual(["200", "403 model_not_allowed"]);
    expect(await list(key)).toEqual(["secret"]);
  });

  test("has the limit that it is given as soon as the change is answered", async () => {
    const { id, key } = await sahab.createKey();
    const edit = (json: object) => sahab.adminJson<object>(`/keys/${id}`, { method: "PATCH", json });
    expect(await call(key, "other")).toBe("200");
    await edit({ models: ["chat"] });
    expect(await call(key, "other")).toBe("403 model_not_allowed");
    // The record of what is refused names the model all the same.
    const { requests } = await sahab.adminJson<{ requests: object[] }>("/requests?limit=1");
    expect(requests).toMatchObject([{ model: "other", provider: "", outcome: "model_not_allowed" }]);
    await edit({ addresses: ["10.0.0.0/8"] });
    expect(await call(key, "chat")).toBe("403 address_not_allowed");
    await edit({ models: null, addresses: null });
    expect(await call(key, "other")).toBe("200");
  });
});

describe("a key limited to addresses", () => {
  test("goes by the client behind a trusted proxy, of both versions of IP", async () => {
    const { key } = await sahab.createKey({ addresses: ["203.0.113.0/24", "2001:db8::/32"] });
    const no = "403 address_not_allowed";
    for (const [address, expected] of [
      ["203.0.113.7", "200"],
      ["::ffff:203.0.113.7", "200"],
      ["2001:db8:1::7", "200"],
      ["203.0.114.7", no],
      ["2001:db9::7", no],
      ["203.0.113.7, 198.51.100.1", no],
      ["unknown", no],
    ] as const)
      expect([address, await call(key, "chat", from(address))]).toEqual([address, expected]);
    expect(await call(key, "chat")).toBe(no);
  });

  test("is told what was found and allowed in the client's own form; a wrong key is told neither", async () => {
    const { key } = await sahab.createKey({ addresses: ["203.0.113.0/24"] });
    const ask = async (sent: string) => {
      const response = await fetch(`${sahab.address}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": sent, "anthropic-version": "2023-06-01", ...from("198.51.100.9") },
        body: JSON.stringify({ model: "chat", max_tokens: 5, messages }),
      });
      return [response.status, await response.text()] as const;
    };
    const [status, text] = await ask(key);
    expect([status, JSON.parse(text)]).toMatchObject([403, { type: "error", error: { type: "permission_error" } }]);
    expect(text).toMatch(/198\.51\.100\.9.*203\.0\.113\.0\/24/);
    expect(text).not.toContain(key);
    const [wrongStatus, wrong] = await ask(`${key}0`);
    expect([wrongStatus, wrong.includes("203.0.113"), wrong.includes("198.51.100")]).toEqual([401, false, false]);
    const metrics = await (await fetch(`${sahab.address}/metrics`)).text();
    expect(Number(/sahab_refusals_total\{reason="key_address"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(0);
    await sahab.logged(/"reason":"key_address"/);
  });
});

test("keys of role admin are good from SAHAB_ADMIN_ADDRESSES alone, for models as for the admin API", async () => {
  const named = await sahab.createKey({ role: "admin" });
  const user = await sahab.createKey();
  const admin = async (key: string, address: string) => {
    const response = await fetch(`${sahab.address}/admin/v1/keys`, {
      headers: { authorization: `Bearer ${key}`, ...from(address) },
    });
    const { error } = (await response.json()) as { error?: { code: string; message: string } };
    if (error?.code === "address_not_allowed") expect(error.message).toContain("SAHAB_ADMIN_ADDRESSES");
    return error?.code ?? "good";
  };
  for (const key of [sahab.adminKey, named.key]) {
    expect([await admin(key, "10.9.1.1"), await admin(key, "10.8.1.1")]).toEqual(["good", "address_not_allowed"]);
    expect(await call(key, "chat", from("10.8.1.1"))).toBe("403 address_not_allowed");
    expect(await call(key, "chat", from("10.9.1.1"))).toBe("200");
  }
  expect(await admin("sk-sahab-wrong-key", "10.8.1.1")).toBe("invalid_api_key");
  expect(await call(user.key, "chat", from("10.8.1.1"))).toBe("200");
});
