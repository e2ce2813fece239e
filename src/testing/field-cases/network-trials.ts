import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { chat, startFakeVendor } from "../fake-vendor.ts";
import { startProxy } from "../http-proxy.ts";
import { runSahab } from "../run-sahab.ts";
import { makeAuthority } from "../self-signed.ts";
import { askModel } from "./ask-model.ts";
import { Findings, short } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import { RecordFinder } from "./record-finder.ts";
import { list, words, type Json } from "./reply.ts";
import type { Trials } from "./trial.ts";
import type { World } from "./world.ts";

/** The way to a vendor: proxies, private authorities, servers that say nothing. Each on a program of its own. */
export const networkTrials: Trials = {
  "14-proxy": throughProxy,
  "15-ca-file": caFile,
  "15-private-ca": privateAuthority,
  "41-mute-tls": muteTls,
};

async function throughProxy(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const { authority, vendor } = await startTlsVendor(world);
  const proxy = await startProxy();
  const sahab = await runSahab({
    env: {
      HTTPS_PROXY: proxy.address,
      HTTP_PROXY: proxy.address,
      NO_PROXY: "localhost,127.0.0.1",
      NODE_EXTRA_CA_CERTS: authority.file,
    },
    config: documentOf(fieldCase, world, vendor.port),
  });
  try {
    for (const [model, hidden] of [
      ["tls", false],
      ["tls-hidden", true],
      ["plain-hidden", true],
      ["plain", false],
    ] as const) {
      const before = proxy.heads.length;
      const reply = await askModel(sahab, model);
      const heads = proxy.heads.slice(before);
      findings.saw(`${model}: ${reply.status} ${heads.length > 0 ? "by the proxy" : "directly"}`);
      findings.equal(`the status of ${model}`, reply.status, 200);
      findings.equal(`whether the proxy was asked for ${model}`, heads.length > 0, hidden);
      if (model === "tls-hidden")
        findings.expect(heads[0]?.startsWith("CONNECT vendor.internal.test:") === true, `it was asked for ${heads[0]}`);
    }
    const doctor = await sahab.command(["doctor"], {
      env: { HTTPS_PROXY: proxy.address, NO_PROXY: "localhost,127.0.0.1" },
    });
    findings.expect(
      `${doctor.stdout}${doctor.stderr}`.includes(`127.0.0.1:${proxy.port}`),
      `doctor does not name the proxy: ${short(doctor.stdout, 300)}`,
    );
  } finally {
    await sahab.close();
    proxy.close();
    await vendor.stop();
  }
  return findings;
}

async function privateAuthority(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const { authority, vendor } = await startTlsVendor(world);
  const config = documentOf(fieldCase, world, vendor.port) as { providers: Json[] };
  const sahab = await runSahab({ config });
  try {
    const without = await askModel(sahab, "tls");
    findings.saw(`without: ${without.status} ${short(without.error?.message)}`);
    findings.equal("the status without the CA", without.status, 502);
    findings.expect(
      /authority|issuer|self.signed/i.test(without.error?.message ?? ""),
      `the error does not tell that the authority is unknown: ${short(without.text)}`,
    );
    const own = config.providers.map((provider) =>
      words(provider["base_url"]).startsWith("https:") ? { ...provider, tls: { ca: authority.cert } } : provider,
    );
    await sahab.apply({ ...config, providers: own });
    const reply = await askModel(sahab, "tls");
    findings.saw(`with: ${reply.status}`);
    findings.equal("the status with the CA", reply.status, 200);
  } finally {
    await sahab.close();
    await vendor.stop();
  }
  return findings;
}

/** The same from a file beside cloud.yaml, by the command line. */
async function caFile(world: World, fieldCase: FieldCase): Promise<Findings> {
  const findings = new Findings();
  const { authority, vendor, folder } = await startTlsVendor(world);
  const sahab = await runSahab({ config: { providers: [], models: [], projects: [{ name: "default" }] } });
  try {
    writeFileSync(join(folder, "ca.pem"), authority.cert);
    const file = join(folder, "cloud.yaml");
    writeFileSync(file, fieldCase.text("cloud.yaml").replaceAll("http://127.0.0.1:18920", vendorAddress(vendor.port)));
    const applied = await sahab.command(["apply", "-f", file]);
    findings.saw(`apply: ${applied.status} ${short(applied.stdout)}`);
    findings.expect(applied.status === 0, `apply fails: ${short(applied.stderr)}`);
    const reply = await askModel(sahab, "m1");
    findings.saw(`request: ${reply.status}`);
    findings.equal("the status", reply.status, 200);
  } finally {
    await sahab.close();
    await vendor.stop();
  }
  return findings;
}

const connectMs = 2_000;

/** A server that takes connections and never answers the handshake. */
async function muteTls(world: World): Promise<Findings> {
  const findings = new Findings();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const price = { currency: "USD", input: 1, output: 2 };
  const mute = (name: string) => ({
    name,
    vendor: "compatible",
    base_url: `https://127.0.0.1:${port}/v1`,
    timeouts: { connect_ms: connectMs, first_byte_ms: 20_000 },
  });
  const sahab = await runSahab({
    config: {
      providers: [mute("mute"), mute("mute-too"), { name: "spare", vendor: "compatible", base_url: world.healthy.url }],
      models: [
        { name: "alone", targets: [{ provider: "mute", model: "m" }], price },
        {
          name: "backed",
          targets: [
            { provider: "mute-too", model: "m", priority: 1 },
            { provider: "spare", model: "healthy", priority: 2 },
          ],
          price,
        },
      ],
      projects: [{ name: "default" }],
    },
  });
  try {
    const records = new RecordFinder(sahab);
    const [alone, backed] = await Promise.all([askModel(sahab, "alone"), askModel(sahab, "backed")]);
    findings.saw(`alone ${alone.status} after ${Math.round(alone.durationMs)} ms, backed ${backed.status}`);
    // An address that does not answer may be tried once more.
    findings.expect(alone.durationMs < 2 * connectMs + 4_500, `it ended after ${Math.round(alone.durationMs)} ms`);
    findings.expect([502, 504].includes(alone.status), `the status alone is ${alone.status}: ${short(alone.text)}`);
    findings.equal("the cost alone", Number((await records.find(alone.id))?.cost), 0);
    findings.equal("the status with another target", backed.status, 200);
    const record = await records.find(backed.id);
    findings.equal("who answered", record?.provider, "spare");
    findings.equal("the cost of the mute attempt", Number(record?.attempt_list[0]?.cost), 0);
  } finally {
    await sahab.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
  return findings;
}

/** The case's configuration with the addresses of running vendors, without what a case of its own is about. */
function documentOf(fieldCase: FieldCase, world: World, tlsPort: number): Json {
  const text = fieldCase
    .text("cloud.yaml")
    .replaceAll(":18930", `:${tlsPort}`)
    .replaceAll(":18920", `:${world.healthy.port}`);
  const document = parseYaml(text) as Json;
  const kept = (key: string) => list(document[key]).filter(({ name }) => name !== "full");
  return { ...document, providers: kept("providers"), models: kept("models") };
}

const vendorAddress = (port: number) => `https://localhost:${port}`;

let vendors = 0;

async function startTlsVendor({ folder }: World) {
  const name = `authority-${vendors++}`;
  const authority = await makeAuthority(folder, name);
  const tls = await authority.issue(`vendor-of-${name}`, "DNS:localhost,DNS:vendor.internal.test,IP:127.0.0.1");
  return { authority, vendor: startFakeVendor({ m: chat(["Hello"]) }, { tls }), folder };
}
