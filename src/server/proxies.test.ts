import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { chat, chatEvents, doneEvent, startFakeVendor, streamOf } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { hasNginx, runNginx } from "../testing/nginx.ts";
import { runSahab, trustsTests, type TestSahab } from "../testing/run-sahab.ts";
import { makeCertificate, type Certificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// The examples in deploy/ for proxies with TLS, run as they are but for addresses, names and files. One Sahab is behind both.

const deploy = join(import.meta.dir, "..", "..", "deploy");
const hasCaddy = existsSync("/usr/bin/caddy") || Boolean(process.env["CI"]);
const silenceMs = 1_500;
const paceMs = 100;
const vendor = startFakeVendor({
  paced: streamOf([...chatEvents(Array.from({ length: 12 }, (_, i) => `w${i} `)), doneEvent], { paceMs }),
  silent: async (call) => {
    await Bun.sleep(silenceMs);
    return chat(["at last"])(call);
  },
  large: chat(["read"]),
});
const folder = makeTemporaryFolder();
let sahab: TestSahab;
let certificate: Certificate;
/** Good from 127.0.0.2 alone. */
let limitedKey: string;

beforeAll(async () => {
  certificate = await makeCertificate(folder, "server");
  const price = { currency: "USD", input: 1, output: 2 };
  sahab = await runSahab({
    env: trustsTests,
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: ["paced", "silent", "large"].map((model) => ({
        name: model,
        targets: [{ provider: "fake", model }],
        price,
      })),
    },
  });
  limitedKey = (await sahab.createKey({ addresses: ["127.0.0.2"] })).key;
});

afterAll(async () => {
  await sahab?.close();
  await vendor.stop();
  removeTemporaryFolder(folder);
});

/** Replaces what stands there exactly so often: an example that changes must not pass by chance. */
function replaceIn(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((now, [from, to]) => {
    expect({ from, isThere: now.includes(from) }).toEqual({ from, isThere: true });
    return now.replaceAll(from, to);
  }, text);
}

async function startDeployNginx(): Promise<{ address: string; stop(): Promise<void> }> {
  const [port, plainPort] = [await findFreePort(), await findFreePort()];
  const inside = join(deploy, "nginx", "sahab-inside.conf");
  const site = replaceIn(readFileSync(join(deploy, "nginx", "sahab.conf"), "utf8"), {
    "listen 443 ssl": `listen 127.0.0.1:${port} ssl`,
    "listen 80": `listen 127.0.0.1:${plainPort}`,
    "sahab.example": "localhost",
    "/etc/ssl/sahab/fullchain.pem": certificate.file,
    "/etc/ssl/sahab/privkey.pem": certificate.file.replace(/pem$/, "key"),
    "/etc/nginx/sahab-inside.conf": inside,
    "server 127.0.0.1:8787": `server ${new URL(sahab.address).host}`,
  });
  // nginx gives up after a minute of silence, and refuses bodies above a megabyte, unless it is told otherwise.
  for (const name of ["proxy_read_timeout", "proxy_send_timeout", "send_timeout", "client_body_timeout"])
    expect(Number(new RegExp(`^ *${name} (\\d+)s;`, "m").exec(site)?.[1])).toBeGreaterThanOrEqual(600);
  const address = `https://localhost:${port}`;
  const { stop } = await runNginx(site, address, { ca: certificate.cert });
  expect((await fetch(`http://127.0.0.1:${plainPort}/v1/models`)).status).toBe(403);
  return { address, stop };
}

async function startDeployCaddy(): Promise<{ address: string; stop(): Promise<void> }> {
  const port = await findFreePort();
  const address = `https://localhost:${port}`;
  const own = join(folder, "caddy");
  mkdirSync(own);
  const site = replaceIn(readFileSync(join(deploy, "caddy", "Caddyfile"), "utf8"), {
    "sahab.example {": `${address} {\n\ttls ${certificate.file} ${certificate.file.replace(/pem$/, "key")}`,
    "127.0.0.1:8787": new URL(sahab.address).host,
  });
  writeFileSync(join(own, "Caddyfile"), `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
  const child = Bun.spawn(["caddy", "run", "--config", join(own, "Caddyfile"), "--adapter", "caddyfile"], {
    env: { PATH: process.env["PATH"], HOME: own, XDG_DATA_HOME: own, XDG_CONFIG_HOME: own },
    stdout: "ignore",
    stderr: "ignore",
  });
  const isUp = () =>
    fetch(address, { tls: { ca: certificate.cert } }).then(
      () => true,
      () => false,
    );
  await eventually("Caddy", isUp);
  return {
    address,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

/** What curl hears, from an address of this machine. */
async function curl(args: string[], from = "127.0.0.1"): Promise<{ status: number; body: string }> {
  const command = ["curl", "-s", "--cacert", certificate.file, "--interface", from, "-w", "\n%{http_code}", ...args];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "ignore" });
  const text = await new Response(child.stdout).text();
  const at = text.lastIndexOf("\n");
  return { status: Number(text.slice(at + 1)), body: text.slice(0, at) };
}

for (const [name, start, isThere] of [
  ["nginx", startDeployNginx, hasNginx],
  ["Caddy", startDeployCaddy, hasCaddy],
] as const)
  describe.skipIf(!isThere)(`behind ${name}`, () => {
    let proxy: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      proxy = await start();
    });
    afterAll(() => proxy?.stop());

    const call = (model: string, content: string, more: object = {}) =>
      fetch(`${proxy.address}/v1/chat/completions`, {
        tls: { ca: certificate.cert },
        method: "POST",
        headers: { authorization: `Bearer ${sahab.adminKey}`, "content-type": "application/json" },
        body: JSON.stringify({ model, messages: [{ role: "user", content }], max_tokens: 10, ...more }),
      });

    test("events pass one by one, a model may be silent, and large bodies arrive", async () => {
      const others = Promise.all([call("silent", "Hi"), call("large", "a word ".repeat(1_500_000))]);
      const response = await call("paced", "Hi", { stream: true });
      const times: number[] = [];
      let text = "";
      for await (const chunk of response.body ?? []) {
        times.push(performance.now());
        text += new TextDecoder().decode(chunk);
      }
      expect(text).toEndWith("data: [DONE]\n\n");
      expect(times.length).toBeGreaterThan(8);
      expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(paceMs * 8);
      const [silent, large] = await others;
      expect(await silent.text()).toContain("at last");
      expect([silent.status, large.status]).toEqual([200, 200]);
      expect(vendor.callsFor("large").at(-1)?.text.length).toBeGreaterThan(10_000_000);
    });

    test("admin paths answer inside only, however they are written", async () => {
      const key = ["-H", `authorization: Bearer ${sahab.adminKey}`];
      const paths = [
        "/admin/v1/keys",
        "/metrics",
        "/",
        "//admin/v1/keys",
        "/%61dmin/v1/keys",
        "/ADMIN/v1/keys",
        "/v1/../admin/v1/keys",
      ];
      for (const path of paths) {
        const asked = ["--path-as-is", ...key, proxy.address + path];
        const { status } = await curl(asked, "127.0.0.2");
        // 400 where the path is not even read.
        expect({ path, isRefused: status === 403 || status === 400 }).toEqual({ path, isRefused: true });
      }
      for (const path of ["/admin/v1/keys", "/metrics"])
        expect((await curl([...key, proxy.address + path])).status).toBe(200);
      // What is no admin path is open to both.
      expect((await curl([...key, `${proxy.address}/v1/models`], "127.0.0.2")).status).toBe(200);
    });

    test("Sahab sees the client's address, and not the one that it claims", async () => {
      const key = ["-H", `authorization: Bearer ${limitedKey}`];
      const models = `${proxy.address}/v1/models`;
      expect((await curl([...key, models], "127.0.0.2")).status).toBe(200);
      const forged = await curl([...key, "-H", "x-forwarded-for: 127.0.0.2", models]);
      expect(forged).toMatchObject({ status: 403, body: expect.stringContaining("address_not_allowed") });
    });
  });
