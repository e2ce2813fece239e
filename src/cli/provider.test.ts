import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { startProxy, type TestProxy } from "../testing/http-proxy.ts";
import { startFailingVendors } from "../testing/failing-vendors.ts";
import type { ListingVendor } from "../testing/listing-vendor.ts";
import { eventually } from "../testing/eventually.ts";
import { findFreePort } from "../testing/free-port.ts";
import { openBlackHole } from "../testing/black-hole.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeAuthority } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// The real program, with providers that fail each in their own way, and the command line as a child process.

interface Step {
  step: string;
  status: string;
  detail: string;
  ms: number | null;
}
interface KeyReport {
  key: number | null;
  status: string;
  steps: Step[];
  models: { listed: number; missing: string[]; missing_offered: string[] } | null;
  token: { request: string; model: string; cost: string; currency: string; tokens: object } | null;
}
interface Report {
  name: string;
  status: string;
  keys: KeyReport[];
}

const key = "sk-the-good-key-of-these-tests-1";
const wrongKey = "sk-a-wrong-key-of-these-tests-22";
const folder = makeTemporaryFolder();
const fakes = startFailingVendors(key, wrongKey);
const {
  good,
  open,
  unlisted,
  deep,
  files,
  shop,
  poor,
  limited,
  modelless,
  thinking,
  paging,
  gemini,
  native,
  responses,
  asia,
  inside,
  page,
  huge,
  endless,
  odd,
  leading,
  broken,
  priced,
} = fakes;
let secure: ListingVendor;
let expired: ListingVendor;
let hanging: ListingVendor;
let proxy: TestProxy;
let closedProxy: TestProxy;
let plainServer: Server;
let hole: Awaited<ReturnType<typeof openBlackHole>>;
let sahab: TestSahab;

const free = { price: "free" };
const target = (
  provider: string,
  model = "m-1",
  more: object = { price: { currency: "USD", input: 1, output: 2 } },
) => ({
  name: `${provider}-model`,
  targets: [{ provider, model }],
  ...more,
});

beforeAll(async () => {
  const authority = await makeAuthority(folder, "authority");
  secure = fakes.vendor({ ...fakes.usual, tls: await authority.issue("leaf", "DNS:localhost,IP:127.0.0.1") });
  expired = fakes.vendor({ ...fakes.usual, tls: await authority.issue("other", "DNS:other.example") });
  hanging = fakes.vendor({ models: () => new Promise<Response>(() => undefined) });
  proxy = await startProxy();
  closedProxy = await startProxy({ authorization: "Basic dXNlcjpwYXNzd29yZC1vZi1wcm94eQ==" });
  hole = await openBlackHole();
  const sockets = new Set<Socket>();
  plainServer = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  await new Promise<void>((resolve) => plainServer.listen(0, "127.0.0.1", resolve));
  const plainPort = (plainServer.address() as AddressInfo).port;
  const freePort = await findFreePort();
  const compatible = (name: string, base_url: string, more: object = {}) => ({
    name,
    vendor: "compatible",
    base_url,
    api_key: key,
    ...more,
  });
  const behindTls = { base_url: secure.origin + "/v1", tls: { ca: authority.cert } };
  sahab = await runSahab({
    env: {
      OPENAI_API_KEY: `${key},${wrongKey}`,
      OPENAI_BASE_URL: `${priced.origin}/v1`,
      SAHAB_LOG: "debug",
    },
    config: {
      providers: [
        compatible("good", `${good.origin}/v1`),
        compatible("wrong", `${good.origin}/v1`, { api_key: wrongKey }),
        compatible("keyless", `${good.origin}/v1`, { api_key: null }),
        { ...compatible("several", `${good.origin}/v1`), api_key: undefined, api_keys: [key, wrongKey] },
        compatible("nameless", "http://no-such-host.invalid/v1"),
        compatible("closed", `http://127.0.0.1:${freePort}/v1`),
        compatible("silent", hole.url, { timeouts: { connect_ms: 300 } }),
        compatible("untrusted", `${secure.origin}/v1`),
        compatible("misnamed", `${expired.origin}/v1`, { tls: { ca: authority.cert } }),
        compatible("trusted", behindTls.base_url, { tls: behindTls.tls }),
        compatible("plain", `https://127.0.0.1:${plainPort}/v1`),
        compatible("proxied", `${good.origin.replace("127.0.0.1", "vendor.invalid")}/v1`, { proxy: proxy.address }),
        compatible("tunnelled", `https://localhost:${secure.port}/v1`, { proxy: proxy.address, tls: behindTls.tls }),
        compatible("proxy-closed", `${good.origin}/v1`, { proxy: `http://127.0.0.1:${freePort}` }),
        compatible("proxy-password", `${good.origin}/v1`, { proxy: closedProxy.address }),
        compatible("tunnel-password", `${secure.origin}/v1`, { proxy: closedProxy.address }),
        compatible("deep", `${deep.origin}/api`),
        compatible("files", `${files.origin}/v1`),
        compatible("shop", `${shop.origin}/v1`),
        compatible("undeclared", `${good.origin}/v1`),
        compatible("page", `${page.origin}/v1`),
        compatible("open", `${open.origin}/v1`),
        compatible("open-wrong", `${open.origin}/v1`, { api_key: wrongKey }),
        compatible("unlisted", `${unlisted.origin}/v1`),
        compatible("poor", `${poor.origin}/v1`),
        compatible("limited", `${limited.origin}/v1`),
        compatible("modelless", `${modelless.origin}/v1`),
        compatible("thinking", `${thinking.origin}/v1`),
        compatible("huge", `${huge.origin}/v1`),
        compatible("endless", `${endless.origin}/v1`),
        compatible("odd", `${odd.origin}/v1`),
        compatible("leading", `${leading.origin}/v1`),
        compatible("broken", `${broken.origin}/v1`),
        compatible("hanging", `${hanging.origin}/v1`, { timeouts: { whole_ms: 5_000 } }),
        { name: "pages", vendor: "anthropic", base_url: paging.origin, api_key: key },
        { name: "gemini", vendor: "google", base_url: gemini.origin, api_key: key, catalog: true },
        { name: "native", vendor: "alibaba", base_url: native.origin, api_key: key, apis: ["dashscope"] },
        { name: "asia", vendor: "alibaba", base_url: asia.origin, api_key: wrongKey },
        { name: "responses", vendor: "compatible", base_url: responses.origin, api_key: key, apis: ["responses"] },
        { name: "inside", vendor: "minimax", base_url: `${inside.origin}/v1`, api_key: wrongKey },
        { name: "cloud", vendor: "bedrock", base_url: good.origin, api_key: key },
      ],
      models: [
        {
          ...target("good"),
          targets: [
            { provider: "good", model: "m-1" },
            { provider: "good", model: "m-3", priority: 2 },
          ],
        },
        ...["several", "proxied", "tunnelled", "trusted", "open", "open-wrong", "unlisted", "poor", "limited"].map(
          (name) => target(name),
        ),
        ...["modelless", "thinking", "broken", "proxy-password"].map((name) => target(name)),
        target("shop", "pictures-9", { price: { currency: "USD", input: 5, output: 0, fees: { image: 0.04 } } }),
        { ...target("shop", "big", { price: { currency: "USD", input: 3, output: 9 } }), name: "big" },
        {
          ...target("closed", "big"),
          name: "failover",
          targets: [
            { provider: "closed", model: "big" },
            { provider: "shop", model: "big", priority: 2 },
          ],
        },
        target("keyless", "m-1", free),
        target("pages", "claude-2"),
        target("native", "qwen-plus"),
        target("responses", "o3-pro"),
        target("several", "text-embedding-9"),
      ].filter((model, at, all) => all.findIndex(({ name }) => name === model.name) === at),
      projects: [{ name: "default" }],
    },
  });
});

afterAll(async () => {
  await sahab?.close();
  await fakes.stop();
  for (const one of [proxy, closedProxy, plainServer, hole]) one?.close();
  removeTemporaryFolder(folder);
});

const run = (name: string, wish: object = {}) => sahab.adminJson<Report>(`/providers/${name}/test`, { json: wish });
async function only(name: string, wish: object = {}): Promise<KeyReport> {
  const { keys } = await run(name, wish);
  expect(keys).toHaveLength(1);
  return keys[0] as KeyReport;
}
const statuses = ({ steps }: KeyReport) => steps.map(({ step, status }) => `${step} ${status}`).join(", ");
const detail = ({ steps }: KeyReport, name: string) => steps.find(({ step }) => step === name)?.detail ?? "";

test("a provider that works: reached, key, models with what is missing, and one token with its cost and record", async () => {
  const before = good.calls.length;
  const report = await only("good");
  expect(statuses(report)).toBe("name ok, connection ok, key ok, models warning, token ok");
  expect(report.models).toMatchObject({ listed: 2, missing: ["m-3"], missing_offered: [] });
  expect(detail(report, "models")).toContain("m-3");
  // 8 tokens at 1 USD and 1 at 2 USD per million.
  expect(report.token).toMatchObject({
    model: "m-1",
    cost: "0.00001",
    currency: "USD",
    tokens: { input: 8, output: 1 },
  });
  const calls = good.calls.slice(before);
  expect(calls.map(({ method, authorization }) => [method, authorization === `Bearer ${key}`])).toEqual([
    ["GET", true],
    ["GET", false],
    ["POST", true],
  ]);
  expect(calls.at(-1)?.body).toMatchObject({ model: "m-1", max_tokens: 1 });
  const record = await sahab.record(report.token?.request ?? null);
  expect(record).toMatchObject({
    operation: "provider-test",
    key: "provider-test",
    project: "default",
    model: "good/m-1",
    provider: "good",
    cost: "0.00001",
    status: 200,
  });
  const { rows } = await sahab.adminJson<{ rows: { group: string }[] }>("/usage?group_by=key");
  expect(rows.map(({ group }) => group)).toContain("provider-test");
});

test("without a token no model is asked", async () => {
  const before = good.calls.length;
  const report = await only("good", { token: false });
  expect(statuses(report)).toBe("name ok, connection ok, key ok, models warning, token skipped");
  expect(good.calls.slice(before).map(({ method }) => method)).toEqual(["GET", "GET"]);
});

test.each([
  [
    "nameless",
    "name failed, token skipped",
    "name",
    /no-such-host\.invalid cannot be resolved.*base_url of provider nameless.*HTTP_PROXY/,
  ],
  [
    "closed",
    "name ok, connection failed, token skipped",
    "connection",
    /cannot be reached \(ECONNREFUSED\).*host and port of base_url/,
  ],
  ["silent", "name ok, connection failed, token skipped", "connection", /within 300 ms.*what is to listen there/],
  ["untrusted", "name ok, connection ok, tls failed, token skipped", "tls", /not from a known authority.*tls\.ca/],
  ["misnamed", "name ok, connection ok, tls failed, token skipped", "tls", /not for 127\.0\.0\.1/],
  ["plain", "name ok, connection ok, tls failed, token skipped", "tls", /TLS/],
  [
    "proxy-closed",
    "proxy failed, token skipped",
    "proxy",
    /the proxy 127\.0\.0\.1:\d+: it cannot be reached.*proxy of provider/,
  ],
  [
    "proxy-password",
    "proxy failed, token skipped",
    "proxy",
    /407.*http:\/\/USER:PASSWORD@HOST:PORT in proxy of provider/,
  ],
  ["tunnel-password", "proxy failed, token skipped", "proxy", /407.*USER:PASSWORD/],
])("reachability is told apart: %s", async (name, expected, step, words) => {
  const report = await only(name);
  expect(statuses(report)).toBe(expected);
  expect(detail(report, step)).toMatch(words);
  expect(report.status).toBe("failed");
});

test.each([
  ["trusted", "name ok, connection ok, tls ok, key ok, models ok, token ok"],
  ["proxied", "proxy ok, key ok, models ok, token ok"],
  ["tunnelled", "proxy ok, tls ok, key ok, models ok, token ok"],
  ["open", "name ok, connection ok, key ok, models ok, token ok"],
  ["unlisted", "name ok, connection ok, key ok, models skipped, token ok"],
  ["limited", "name ok, connection ok, key ok, models skipped, token ok"],
  ["thinking", "name ok, connection ok, key ok, models ok, token ok"],
  ["broken", "name ok, connection ok, key ok, models warning, token ok"],
])("what works is said to work: %s", async (name, expected) => {
  const report = await only(name);
  expect([statuses(report), report.status]).toEqual([expected, expected.includes("warning") ? "warning" : "ok"]);
});

test("without a call nobody can say that a key is good which the list does not ask for", async () => {
  for (const name of ["open", "unlisted", "open-wrong"]) {
    const report = await only(name, { token: false });
    expect([name, statuses(report)]).toEqual([name, expect.stringContaining("key skipped")]);
    expect(detail(report, "key")).toContain("only a call can tell");
  }
  const found = await only("open-wrong");
  expect(statuses(found)).toBe("name ok, connection ok, key failed, models ok, token failed");
  expect(detail(found, "key")).toContain("api_key of provider open-wrong");
  expect(statuses(await only("limited", { token: false }))).toContain("key warning");
});

test("a key that is refused is named by its field or variable, and never shown", async () => {
  const wrong = await only("wrong");
  expect(statuses(wrong)).toBe("name ok, connection ok, key failed, models skipped, token skipped");
  expect(detail(wrong, "key")).toMatch(/status 401.*Look at api_key of provider wrong$/);
  const keyless = await only("keyless");
  expect(detail(keyless, "key")).toMatch(/there is none.*api_key of provider keyless/);
  const { keys, status } = await run("several");
  expect(status).toBe("failed");
  expect(keys.map(({ key: place, status: found }) => [place, found])).toEqual([
    [1, "ok"],
    [2, "failed"],
  ]);
  expect(detail(keys[1] as KeyReport, "key")).toContain("api_keys[1] of provider several");
  const within = await only("inside");
  expect(statuses(within)).toContain("key failed");
  const everything = JSON.stringify([wrong, keyless, keys, within]);
  for (const secret of [key, wrongKey]) expect(everything).not.toContain(secret);
});

test("an account without money is no wrong key", async () => {
  const report = await only("poor");
  expect(statuses(report)).toBe("name ok, connection ok, key ok, models ok, token failed");
  expect(detail(report, "token")).toMatch(/no money or no quota left: top it up/);
});

test("keys of another region: the regions are told", async () => {
  const report = await only("asia");
  expect(detail(report, "key")).toMatch(
    /keys of other regions are refused.*set region: cn, intl, us, hk of provider asia/,
  );
});

test("an address without its version is found, and a site's page is no list", async () => {
  const report = await only("deep");
  expect(statuses(report)).toBe("name ok, connection ok, address failed, key skipped, token skipped");
  expect(detail(report, "address")).toContain(`${deep.origin}/api/v1: set base_url of provider deep to that`);
  const site = await only("page");
  expect(statuses(site)).toContain("models failed");
  expect(detail(site, "models")).toMatch(/a web page.*base_url of provider page may lack the path/);
});

test("each format has its list, page by page, and its one token", async () => {
  const anthropic = await only("pages");
  expect([statuses(anthropic), anthropic.models?.listed]).toEqual([
    "name ok, connection ok, key ok, models ok, token ok",
    3,
  ]);
  expect(paging.calls.find(({ method }) => method === "GET")?.headers.get("anthropic-version")).toBe("2023-06-01");
  const google = await only("gemini");
  expect([google.models?.listed, google.token?.model]).toEqual([2, "gemini-2.5-flash"]);
  const dashscope = await only("native");
  expect([dashscope.models?.listed, dashscope.token?.model]).toEqual([1, "qwen-plus"]);
  expect((await only("responses")).token?.model).toBe("o3-pro");
  expect(responses.calls.at(-1)?.body).toMatchObject({ max_output_tokens: 16 });
  const cloud = await only("cloud", { token: false });
  expect(detail(cloud, "models")).toContain("has no list of models");
});

test("what a vendor sends is bounded and never breaks the test", async () => {
  expect(detail(await only("huge", { token: false }), "models")).toMatch(/more than \d+ bytes/);
  expect((await only("endless", { token: false })).models?.listed).toBe(20 * 50);
  expect(detail(await only("odd", { token: false }), "models")).toContain("something else than a list");
  expect(detail(await only("leading", { token: false }), "models")).toContain("status 302, which leads elsewhere");
});

test("the model that is asked: named here or there, priced, and there", async () => {
  expect((await only("good", { model: "good-model" })).token?.model).toBe("m-1");
  expect((await only("good", { model: "m-3" })).token?.model).toBe("m-3");
  const unpriced = await only("good", { model: "m-2" });
  expect(detail(unpriced, "token")).toMatch(/m-2 has no known price at provider good; give it one/);
  const missing = await only("modelless");
  expect(detail(missing, "token")).toMatch(/no such model.*Name a model that it has/);
});

test("a model that the provider does not have is told, and what it has", async () => {
  for (const name of ["nano", "nope"]) {
    const report = await only("good", { model: name });
    expect([report.status, detail(report, "token")]).toEqual([
      "failed",
      `provider good has no model "${name}"; it has m-1, m-2`,
    ]);
  }
  expect(detail(await only("unlisted", { model: "nope" }), "token")).toBe(
    'provider unlisted has no model "nope"; it has m-1; where the vendor has it, give it a price in cloud.yaml',
  );
});

test("of models that lead to one target the preferred one is asked, at its price, and no model of pictures", async () => {
  // 8 tokens at 3 USD and 1 at 9 USD per million; the price of its place in the failover is 1 and 2.
  expect((await only("shop")).token).toMatchObject({ model: "big", cost: "0.000033" });
});

test("a server that knows no path is not said to work, and why no model was asked is told", async () => {
  for (const token of [true, false]) {
    const report = await only("files", { token });
    const last = token ? "warning" : "skipped";
    expect([report.status, statuses(report)]).toEqual([
      "warning",
      `name ok, connection ok, key skipped, models warning, token ${last}`,
    ]);
    expect(detail(report, "models")).toMatch(
      /no list of models at .*\(404\); look at the path of base_url of provider/,
    );
  }
  // Without a list of models and without an asked model, only that it is reached is known.
  expect((await only("cloud")).status).toBe("warning");
  const { stdout } = await sahab.command(["provider", "test", "files", "undeclared"]);
  expect(stdout).toMatch(/^files +warning .* not listed +-$/m);
  expect(stdout).toMatch(/^files: models: there is no list of models/m);
  expect(stdout).toMatch(/^files: token: no model was asked: no model of it is known here/m);
  expect(stdout).toMatch(
    /^undeclared: token: no model was asked: of the 2 models that it lists none is known here to write text at a price/m,
  );
  const unasked = await sahab.command(["provider", "test", "undeclared", "--no-token"]);
  expect(unasked.stdout).not.toContain("token:");
});

test("a provider of the environment: the cheapest model of its vendor that is listed, and its variable", async () => {
  const { keys } = await run("openai");
  const [report, refused] = keys as [KeyReport, KeyReport];
  expect(detail(refused, "key")).toMatch(/Look at OPENAI_API_KEY where the server was started, of its keys the 2nd$/);
  expect([statuses(report), report.token?.model]).toEqual([
    "name ok, connection ok, key ok, models ok, token ok",
    "gpt-5.4-nano",
  ]);
  expect(report.models?.missing_offered.length).toBeGreaterThan(10);
  expect(priced.calls.at(-1)?.body).toMatchObject({ max_completion_tokens: 1 });
  const { providers } = await sahab.adminJson<{ providers: Record<string, unknown>[] }>("/providers");
  expect(providers.find(({ name }) => name === "openai")).toMatchObject({
    vendor: "openai",
    managed_by: "environment",
    address: `${priced.origin}/v1`,
    keys: 2,
    models: 0,
  });
  expect(providers.find(({ name }) => name === "several")).toMatchObject({ managed_by: "file", keys: 2, models: 1 });
});

test("who leaves ends the test, and only so many run at a time", async () => {
  const left = new AbortController();
  const asked = Array.from({ length: 8 }, () =>
    sahab.admin("/providers/hanging/test", { method: "POST", signal: left.signal }).catch(() => undefined),
  );
  await eventually("eight questions", () => hanging.calls.length === 8);
  const ninth = await sahab.admin("/providers/hanging/test", { method: "POST" });
  expect([ninth.status, await ninth.text()]).toEqual([
    503,
    expect.stringContaining("8 tests of providers are under way"),
  ]);
  left.abort();
  await Promise.all(asked);
  await eventually("room again", async () => (await sahab.admin("/providers/good/test", { method: "POST" })).ok);
});

test("the admin API says what is wrong with a question, and has the paths in its document", async () => {
  const unknown = await sahab.admin("/providers/nobody/test", { method: "POST" });
  expect([unknown.status, await unknown.text()]).toEqual([404, expect.stringContaining("there are: good")]);
  const extra = await sahab.admin("/providers/good/test", { json: { tokens: true } });
  expect([extra.status, await extra.text()]).toEqual([400, expect.stringContaining("tokens")]);
  const document = await sahab.adminJson<{ paths: Record<string, object> }>("/openapi.json");
  expect(Object.keys(document.paths)).toContain("/admin/v1/providers/{name}/test");
  expect(Object.keys(document.paths)).toContain("/admin/v1/providers");
});

test("the command: a table, what to do below it, status 1 where one failed, JSON", async () => {
  const { status, stdout, stderr } = await sahab.command(["provider", "test", "good", "wrong", "several"]);
  expect([status, stderr]).toEqual([1, ""]);
  expect(stdout).toMatch(/^PROVIDER +STATUS +REACHED +KEY +MODELS +ONE TOKEN$/m);
  expect(stdout).toMatch(/^good +warning +\d+ ms +accepted +2, 1 missing +m-1, \d+ ms, 0\.00001 USD$/m);
  expect(stdout).toMatch(/^wrong +failed +\d+ ms +refused +- +-$/m);
  expect(stdout).toMatch(/^several#2 +failed/m);
  expect(stdout).toMatch(/^wrong: key: .*Look at api_key of provider wrong$/m);
  const json = await sahab.command(["provider", "test", "open", "--no-token", "--json"]);
  expect(json.status).toBe(0);
  expect((JSON.parse(json.stdout) as Report[]).map(({ name, status: found }) => [name, found])).toEqual([
    ["open", "ok"],
  ]);
  const list = await sahab.command(["provider", "list"]);
  expect(list.stdout).toMatch(/^openai +openai +environment +http:.*chat, responses +2 +0 +\d\d+$/m);
  const nobody = await sahab.command(["provider", "test", "nobody"]);
  expect([nobody.status, nobody.stderr]).toEqual([1, expect.stringContaining('no provider "nobody"')]);
  for (const secret of [key, wrongKey]) expect(stdout + json.stdout + list.stdout).not.toContain(secret);
});

test("a terminal shows how far it is, and the table alone stays", async () => {
  let shown = "";
  const child = Bun.spawn([process.execPath, sahabProgram, "provider", "test", "good", "silent", "--no-token"], {
    env: cleanEnvironment(sahab.commandEnvironment()),
    terminal: { cols: 200, rows: 24, data: (_terminal, bytes) => void (shown += new TextDecoder().decode(bytes)) },
  });
  expect(await child.exited).toBe(1);
  await eventually("the table", () => shown.includes("silent: connection"));
  expect(shown).toContain("tested 0 of 2; now good, silent");
  expect(shown).toContain("tested 1 of 2; now ");
  expect(shown).toContain("\r\u001b[KPROVIDER");
});

test("doctor tries providers without a token", async () => {
  const before = good.calls.length;
  const { status, stdout } = await sahab.command(["doctor", "--json"]);
  const findings = JSON.parse(stdout) as { check: string; status: string; detail: string }[];
  const found = (name: string) => findings.find(({ check }) => check === `provider ${name}`);
  expect(status).toBe(1);
  expect(found("trusted")).toMatchObject({
    status: "ok",
    detail: expect.stringMatching(/^reached in \d+ ms; key: accepted; models: 2/),
  });
  expect(found("good")).toMatchObject({ status: "warning", detail: expect.stringContaining("m-3") });
  expect(found("files")).toMatchObject({ status: "warning", detail: expect.stringContaining("(404)") });
  expect(found("closed")).toMatchObject({ status: "problem", detail: expect.stringContaining("ECONNREFUSED") });
  expect(found("hanging")).toMatchObject({ status: "problem", detail: expect.stringContaining("within 5000 ms") });
  expect(found("several#2")).toMatchObject({ status: "problem" });
  expect(good.calls.slice(before).every(({ method }) => method === "GET")).toBeTrue();
});

test("the log has no secret", () => {
  expect(sahab.logs()).not.toContain("inside Sahab");
  for (const secret of [key, wrongKey, "password-of-proxy"]) expect(sahab.logs()).not.toContain(secret);
});
