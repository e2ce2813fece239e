import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { startProxy, type TestProxy } from "../testing/http-proxy.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeAuthority, makeCertificate, type Authority } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// How a provider is reached, from cloud.yaml and the environment to the vendor: authorities and proxies.

const folder = makeTemporaryFolder();
const environmentPassword = "pa55word-of-the-environment";
const ownPassword = "pa55word-of-the-provider";
let authority: Authority;
let vendor: FakeVendor;
let stranger: FakeVendor;
let environmentProxy: TestProxy;
let ownProxy: TestProxy;
let sahab: TestSahab;
let key: string;
let file: string;

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

/** A cloud.yaml, which may be JSON: providers by name, each with a model of that name. */
function cloudYaml(caFile = "certificates/ca.pem"): string {
  const tls = { ca: caFile };
  const known = (host: string) => `https://${host}:${vendor.port}/v1`;
  const unknown = `https://127.0.0.1:${stranger.port}/v1`;
  const providers: [string, { base_url: string; tls: object; proxy?: string }][] = [
    ["by-environment", { base_url: known("vendor.example"), tls }],
    [
      "by-own",
      { base_url: known("vendor.example"), tls, proxy: `http://me:${ownPassword}@127.0.0.1:${ownProxy.port}` },
    ],
    ["direct", { base_url: known("127.0.0.1"), tls }],
    ["listed", { base_url: known("nowhere.direct.invalid"), tls }],
    ["no-proxy", { base_url: known("nowhere.invalid"), tls, proxy: "none" }],
    ["untrusted", { base_url: unknown, tls }],
    ["careless", { base_url: unknown, tls: { insecure: true } }],
  ];
  return JSON.stringify({
    providers: providers.map(([name, fields]) => ({
      name,
      vendor: "compatible",
      api_key: `key-of-${name}`,
      ...fields,
    })),
    models: providers.map(([name]) => ({
      name,
      targets: [{ provider: name, model: "good" }],
      price: { currency: "USD", input: 1, output: 2 },
    })),
    projects: [{ name: "default" }],
  });
}

beforeAll(async () => {
  authority = await makeAuthority(folder, "authority");
  vendor = startFakeVendor(
    { good: chat(["well"]) },
    { tls: await authority.issue("vendor", "DNS:vendor.example,IP:127.0.0.1") },
  );
  stranger = startFakeVendor({ good: chat(["well"]) }, { tls: await makeCertificate(folder, "stranger") });
  environmentProxy = await startProxy({ authorization: basic("env", environmentPassword) });
  ownProxy = await startProxy({ authorization: basic("me", ownPassword) });
  mkdirSync(join(folder, "certificates"));
  writeFileSync(join(folder, "certificates", "ca.pem"), authority.cert);
  file = join(folder, "cloud.yaml");
  writeFileSync(file, cloudYaml());
  sahab = await runSahab({
    env: {
      SAHAB_CONFIG: file,
      HTTPS_PROXY: `http://env:${environmentPassword}@127.0.0.1:${environmentProxy.port}`,
      NO_PROXY: "other.example, .direct.invalid",
      SAHAB_LOG: "info",
    },
  });
  ({ key } = await sahab.createKey());
});

afterAll(async () => {
  await sahab?.close();
  environmentProxy?.close();
  ownProxy?.close();
  await vendor?.stop();
  await stranger?.stop();
  removeTemporaryFolder(folder);
});

async function ask(model: string): Promise<{ status: number; text: string }> {
  const body = { model, messages: [{ role: "user", content: "Hi" }] };
  const response = await sahab.call("/v1/chat/completions", body, { key });
  return { status: response.status, text: await response.text() };
}

test("a provider behind the environment's proxy, one behind its own, and one that is reached directly", async () => {
  const before = [environmentProxy.heads.length, ownProxy.heads.length];
  expect(before).toEqual([0, 0]);
  expect(await ask("by-environment")).toMatchObject({ status: 200, text: expect.stringContaining("well") });
  expect([environmentProxy.heads.length, ownProxy.heads.length]).toEqual([1, 0]);
  expect(await ask("by-own")).toMatchObject({ status: 200 });
  expect([environmentProxy.heads.length, ownProxy.heads.length]).toEqual([1, 1]);
  expect(await ask("direct")).toMatchObject({ status: 200 });
  expect([environmentProxy.heads.length, ownProxy.heads.length]).toEqual([1, 1]);
});

test("NO_PROXY and `proxy: none` reach the name directly, which here is not found", async () => {
  for (const model of ["listed", "no-proxy"])
    expect(await ask(model)).toMatchObject({ status: 502, text: expect.stringContaining("cannot be resolved") });
  expect(environmentProxy.heads.every((head) => head.startsWith("CONNECT vendor.example:"))).toBe(true);
});

test("an unknown authority is refused with the remedy, and costs nothing; `insecure` accepts it and warns", async () => {
  expect(await ask("untrusted")).toMatchObject({ status: 502, text: expect.stringContaining("tls.ca") });
  expect(stranger.calls).toHaveLength(0);
  expect(await ask("careless")).toMatchObject({ status: 200 });
  await sahab.logged("provider careless: tls.insecure is set, so its certificate is NOT CHECKED");
});

test("the export holds certificates and no password; applying it, or the file, changes nothing", async () => {
  const env = { SAHAB_CONFIG: undefined };
  const exported = (await sahab.command(["export"], { env })).stdout;
  expect(exported).not.toContain("pa55word");
  const { providers } = parseYaml(exported) as { providers: { name: string; tls: object; proxy?: string }[] };
  expect(providers.find(({ name }) => name === "by-own")).toMatchObject({
    tls: { ca: authority.cert },
    proxy: `http://127.0.0.1:${ownProxy.port}`,
  });
  const again = await sahab.command(["apply", "-f", "-"], { env, stdin: exported });
  expect(again).toMatchObject({ status: 0, stdout: "Nothing to change.\n" });
  // The path of the authority's file is relative to cloud.yaml, wherever the command runs.
  const applied = await sahab.command(["apply", "-f", file], { env });
  expect(applied).toMatchObject({ status: 0, stdout: "Nothing to change.\n" });
  expect(applied.stderr).toContain("warning: provider careless: tls.insecure is set");
  expect(await ask("by-own")).toMatchObject({ status: 200 });
});

test("a file that is not there is named with its place; over the admin API no file is read at all", async () => {
  const broken = join(folder, "broken.yaml");
  writeFileSync(broken, cloudYaml("certificates/gone.pem"));
  const result = await sahab.command(["apply", "-f", broken]);
  expect(result.status).toBe(1);
  const gone = `cannot read ${join(folder, "certificates", "gone.pem")} (ENOENT)`;
  const places = result.stderr
    .trim()
    .split("\n")
    .map((line) => line.replace(/^.*?broken\.yaml:\d+:\d+: /, ""));
  expect(places).toEqual([0, 1, 2, 3, 4, 5].map((index) => `providers[${index}].tls.ca: ${gone}`));
  const response = await sahab.admin("/apply?prune=1", {
    json: {
      providers: [
        {
          name: "x",
          vendor: "compatible",
          base_url: "https://x.example",
          tls: { ca: join(folder, "certificates/ca.pem") },
        },
      ],
    },
  });
  expect(response.status).toBe(400);
  const text = await response.text();
  expect(text).toContain("the admin API reads no files");
  expect(text).not.toContain("certificates/ca.pem");
});

test("the command line reaches Sahab without a proxy, which would see the admin key", async () => {
  const proxy = `http://env:${environmentPassword}@127.0.0.1:${environmentProxy.port}`;
  const before = environmentProxy.heads.length;
  for (const args of [["models"], ["doctor"]]) {
    const result = await sahab.command(args, { env: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } });
    expect(`${result.stdout}${result.stderr}`).not.toContain("nothing answers");
    // Some of the providers cannot be reached, which is for the doctor to say.
    expect(result.status).toBe(args[0] === "doctor" ? 1 : 0);
  }
  // The doctor has the server ask its vendor, as requests do.
  const ofCommands = environmentProxy.heads.slice(before).filter((head) => !head.startsWith("CONNECT vendor.example:"));
  expect(ofCommands).toEqual([]);
});

test("no log and no record holds a proxy's password", async () => {
  expect(sahab.logs()).not.toContain("pa55word");
  expect(await (await sahab.admin("/requests?limit=100")).text()).not.toContain("pa55word");
});
