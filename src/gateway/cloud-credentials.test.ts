import { afterAll, beforeAll, expect, test } from "bun:test";
import { wholeChat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Providers that have no key: the machine's own credentials, from Google's metadata server and from AWS's variables. They are the
// owner's, so they go to the vendor and to nobody whom a configuration names.

let metadata: Bun.Server<undefined>;
let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let tokens = 0;
let isRefusing = false;
const price = { currency: "USD", input: 1, output: 1 };

beforeAll(async () => {
  metadata = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      const headers = { "metadata-flavor": "Google" };
      if (request.headers.get("metadata-flavor") !== "Google") return new Response("no", { status: 403 });
      if (pathname.endsWith("/token"))
        return Response.json(
          { access_token: `ya29.machine-token-${++tokens}`, expires_in: 3_600, token_type: "Bearer" },
          { headers },
        );
      return new Response("ok", { headers });
    },
  });
  const chat = wholeChat("Peace");
  vendor = startFakeVendor({
    "meta/llama-maas": (call) =>
      isRefusing && call.headers.get("authorization") === "Bearer ya29.machine-token-1"
        ? Response.json([{ error: { code: 401, message: "token", status: "UNAUTHENTICATED" } }], { status: 401 })
        : chat(call),
    "openai.gpt-oss": chat,
  });
  const { origin } = new URL(vendor.url);
  sahab = await runSahab({
    env: {
      GCE_METADATA_HOST: `127.0.0.1:${metadata.port}`,
      METADATA_SERVER_DETECTION: "assume-present",
      GOOGLE_APPLICATION_CREDENTIALS: undefined,
      HOME: "/nonexistent",
      AWS_ACCESS_KEY_ID: "AKIAMACHINE",
      AWS_SECRET_ACCESS_KEY: "machine-secret-1234567890",
      AWS_REGION: "eu-central-1",
      SAHAB_SECRET_HOSTS: new URL(origin).host,
    },
    config: {
      providers: [
        { name: "vertex", vendor: "vertex", base_url: `${origin}/v1/projects/p/locations/global` },
        { name: "bedrock", vendor: "bedrock", base_url: origin },
      ],
      models: [
        { name: "maas", targets: [{ provider: "vertex", model: "meta/llama-maas" }], price },
        { name: "oss", targets: [{ provider: "bedrock", model: "openai.gpt-oss" }], price },
      ],
      projects: [{ name: "default" }],
    },
  });
  key = (await sahab.createKey()).key;
}, 30_000);

afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  await metadata?.stop(true);
});

async function ask(model: string): Promise<number> {
  const response = await fetch(`${sahab.address}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hi" }] }),
  });
  await response.text();
  return response.status;
}

test("a token of Google's metadata server is used for all calls until the vendor refuses it", async () => {
  expect(await ask("maas")).toBe(200);
  expect(await ask("maas")).toBe(200);
  const authorized = () => vendor.callsFor("meta/llama-maas").map(({ headers }) => headers.get("authorization"));
  expect(authorized()).toEqual(["Bearer ya29.machine-token-1", "Bearer ya29.machine-token-1"]);
  isRefusing = true;
  expect(await ask("maas")).toBe(200);
  expect(authorized().slice(2)).toEqual(["Bearer ya29.machine-token-1", "Bearer ya29.machine-token-2"]);
});

test("AWS's variables sign, for the region that the environment names", async () => {
  expect(await ask("oss")).toBe(200);
  const [call] = vendor.callsFor("openai.gpt-oss");
  expect(call?.path).toBe("/openai/v1/chat/completions");
  expect(call?.headers.get("authorization")).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAMACHINE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, /,
  );
});

test.each([
  ["vertex", "https://example.com/v1/projects/p/locations/global"],
  ["vertex", "https://aiplatform.googleapis.com.example.com/v1"],
  ["vertex", "http://us-central1-aiplatform.googleapis.com/v1"],
  ["bedrock", "https://abc.execute-api.us-east-1.amazonaws.com"],
])("what the machine is authorised for goes to nobody else: %s at %s", async (name, base_url) => {
  const response = await sahab.admin("/apply?dry_run=1", {
    method: "POST",
    json: { providers: [{ name: "other", vendor: name, base_url }] },
  });
  expect(await response.text()).toContain("the machine's own credentials are not sent to");
});
