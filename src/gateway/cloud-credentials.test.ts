import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  chatChunk,
  doneEvent,
  errorAnswer,
  startFakeVendor,
  streamOf,
  wholeChat,
  type FakeVendor,
  type Script,
  type VendorCall,
} from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// Providers that have no key: the machine's own credentials, from Google's metadata server and from AWS's variables. They are the
// owner's, so they go to the vendor and to nobody whom a configuration names.

let metadata: Bun.Server<undefined>;
let vendor: FakeVendor;
let sahab: TestSahab;
let key: string;
let tokens = 0;
let isRefusing = false;
const secretKey = "machine-secret-kQpLm20vBn7RtYw4Ua9e";
const sessionToken = `IQoJb3JpZ2luX2VjEHoaCXVzLWVhc3QtMSJ${"Zx81kQpLm20vBn7RtYw4".repeat(20)}==`;
const tokenOf = (place: number) => `ya29.c.c0ASRK0Ga-${place}-QmZ8xLw72KpTn04vYsB`;
/** What a call was authorised with, as a server in trouble quotes it. */
const quoted = ({ headers }: VendorCall) =>
  headers.get("x-amz-security-token") ?? headers.get("authorization")?.replace("Bearer ", "") ?? "none";
/** AWS tells the canonical string of a request whose signature does not fit, in which the token is. */
const canonical = (call: VendorCall) => ({
  message: `The request signature does not fit. The canonical string should have been 'POST\nx-amz-security-token:${quoted(call)}\n'`,
});
const quoting: Record<string, Script> = {
  "meta/quotes-400": (call) => errorAnswer(400, canonical(call)),
  "meta/quotes-403": (call) => errorAnswer(403, canonical(call)),
  "meta/quotes-500": (call) => errorAnswer(500, canonical(call)),
  "meta/quotes-200": (call) => wholeChat(`I was sent ${quoted(call).slice(6)}.`)(call),
  "meta/quotes-stream": (call) =>
    streamOf(
      quoted(call)
        .split("")
        .map((content) => chatChunk({ content }))
        .concat(chatChunk({}, {}, "stop"), doneEvent),
    )(call),
};
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
        return Response.json({ access_token: tokenOf(++tokens), expires_in: 3_600, token_type: "Bearer" }, { headers });
      return new Response("ok", { headers });
    },
  });
  const chat = wholeChat("Peace");
  vendor = startFakeVendor({
    "meta/llama-maas": (call) =>
      isRefusing && call.headers.get("authorization") === `Bearer ${tokenOf(1)}`
        ? Response.json([{ error: { code: 401, message: "token", status: "UNAUTHENTICATED" } }], { status: 401 })
        : chat(call),
    "openai.gpt-oss": chat,
    ...quoting,
  });
  const { origin } = new URL(vendor.url);
  sahab = await runSahab({
    env: {
      GCE_METADATA_HOST: `127.0.0.1:${metadata.port}`,
      METADATA_SERVER_DETECTION: "assume-present",
      GOOGLE_APPLICATION_CREDENTIALS: undefined,
      HOME: "/nonexistent",
      AWS_ACCESS_KEY_ID: "AKIAMACHINE",
      AWS_SECRET_ACCESS_KEY: secretKey,
      AWS_SESSION_TOKEN: sessionToken,
      SAHAB_LOG: "trace",
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
        ...["vertex", "bedrock"].flatMap((provider) =>
          Object.keys(quoting).map((model) => ({
            name: `${provider}-${model}`,
            targets: [{ provider, model }],
            price,
          })),
        ),
      ],
      projects: [{ name: "default" }],
    },
  });
  key = (await sahab.createKey()).key;
});

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
  expect(authorized()).toEqual([`Bearer ${tokenOf(1)}`, `Bearer ${tokenOf(1)}`]);
  isRefusing = true;
  expect(await ask("maas")).toBe(200);
  expect(authorized().slice(2)).toEqual([`Bearer ${tokenOf(1)}`, `Bearer ${tokenOf(2)}`]);
});

test("AWS's variables sign, for the region that the environment names", async () => {
  expect(await ask("oss")).toBe(200);
  const [call] = vendor.callsFor("openai.gpt-oss");
  expect(call?.path).toBe("/openai/v1/chat/completions");
  expect(call?.headers.get("authorization")).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAMACHINE\/\d{8}\/eu-central-1\/bedrock\/aws4_request, /,
  );
});

test.each(
  ["vertex", "bedrock"].flatMap((provider) =>
    Object.keys(quoting).flatMap((model) =>
      ["/v1/chat/completions", "/v1/messages"].map((path) => [provider, model, path] as const),
    ),
  ),
)("what %s was authorised with is in no answer, error, log or record: %s at %s", async (provider, model, path) => {
  const name = `${provider}-${model}`;
  const stream = model.endsWith("stream");
  const asked = { model: name, max_tokens: 9, stream, messages: [{ role: "user", content: "hi" }] };
  const response = await sahab.call(path, asked, { key });
  const text = await response.text();
  const said = [...text.matchAll(/"(?:content|text)":"([^"]*)"/g)].map(([, part]) => part).join("");
  const sent = quoted(vendor.callsFor(model).at(-1) as VendorCall);
  expect(sent).toBe(provider === "bedrock" ? sessionToken : tokenOf(tokens));
  const places = [
    text,
    said,
    JSON.stringify([...response.headers]),
    sahab.logs(),
    JSON.stringify(await sahab.records()),
  ];
  for (const place of places)
    for (const secret of [sent, secretKey])
      for (let at = 15; at + 15 <= secret.length; at++)
        expect(place.includes(secret.slice(at, at + 15)) && secret.slice(at, at + 15)).toBe(false);
  if (/200|stream/.test(model)) expect(text).toContain("its answer repeats credentials of the provider");
  else expect(response.status).toBeGreaterThanOrEqual(400);
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
