import { afterAll, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { eventually } from "../../testing/eventually.ts";
import { findFreePort } from "../../testing/free-port.ts";
import { TestSahab } from "../../testing/run-sahab.ts";
import { makeAuthority, makeCertificate, type Certificate } from "../../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { describeExpiry } from "./describe-expiry.ts";
import { readCertificate } from "./read-certificate.ts";

// The real program with certificates made by openssl: changed under load, half-written, and asked for by the command line.

const folder = makeTemporaryFolder();
const started: TestSahab[] = [];
afterAll(async () => {
  await Promise.all(started.map((sahab) => sahab.close()));
  removeTemporaryFolder(folder);
});

const authority = await makeAuthority(folder, "authority");
const [old, next] = [await authority.issue("old", names(), 90), await authority.issue("next", names(), 90)];

function names(): string {
  return "DNS:localhost,IP:127.0.0.1";
}

/** The files that a server is told of, with a chain that holds its authority, as the files of the ACME clients do. */
function files(name: string, { cert, key }: Certificate) {
  const place = { certFile: join(folder, `${name}-live.pem`), keyFile: join(folder, `${name}-live.key`) };
  const put = (pair: { cert: string; key: string }) => {
    writeFileSync(place.certFile, pair.cert + authority.cert);
    writeFileSync(place.keyFile, pair.key);
  };
  put({ cert, key });
  return { ...place, put, env: { SAHAB_TLS_CERT: place.certFile, SAHAB_TLS_KEY: place.keyFile } };
}

async function start(env: Record<string, string>): Promise<TestSahab> {
  const sahab = new TestSahab({ env: { SAHAB_LOG: "info", ...env } });
  started.push(sahab);
  await sahab.start();
  return sahab;
}

/** The serial number of the certificate that the server shows now. */
function shown(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(address).port), ca: authority.cert }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

const serialOf = (text: string) => new X509Certificate(text).serialNumber;

for (const workers of [1, 2]) {
  test(`a certificate is replaced under load without a failed request, workers ${workers}`, async () => {
    const live = files(`load-${workers}`, old);
    const port = await findFreePort();
    const sahab = await start({ ...live.env, SAHAB_WORKERS: String(workers), SAHAB_PORT: String(port) });
    expect(sahab.address).toBe(`https://127.0.0.1:${port}`);
    let [answers, stop] = [0, false];
    const failures: unknown[] = [];
    const load = Array.from({ length: 4 }, async (_, index) => {
      while (!stop)
        try {
          const init = { tls: { ca: authority.cert }, keepalive: index % 2 === 0 };
          const response = await fetch(`${sahab.address}/healthz`, init);
          if ((await response.text()) === "ok\n") answers++;
          else failures.push(response.status);
        } catch (error) {
          failures.push(error);
        }
    });
    expect(await shown(sahab.address)).toBe(serialOf(old.cert));
    live.put(next);
    await eventually("the new certificate of every worker", async () => {
      for (let i = 0; i < 12; i++) if ((await shown(sahab.address)) !== serialOf(next.cert)) return false;
      return true;
    });
    const before = answers;
    await eventually("more answers", () => answers > before + 50);
    stop = true;
    await Promise.all(load);
    expect(failures).toEqual([]);
  });
}

test("files that are half-written or do not fit together are not taken; a signal reads them at once", async () => {
  const live = files("wrong", old);
  const sahab = await start(live.env);
  writeFileSync(live.certFile, next.cert.slice(0, 300));
  await sahab.logged("certificates in PEM");
  writeFileSync(live.certFile, next.cert);
  await sahab.logged("is not that of the first certificate");
  expect(sahab.logs()).not.toContain("PRIVATE KEY");
  expect(await shown(sahab.address)).toBe(serialOf(old.cert));
  writeFileSync(live.keyFile, next.key);
  sahab.signal("SIGHUP");
  await eventually("the new one", async () => (await shown(sahab.address)) === serialOf(next.cert), 1_500);
  expect(await sahab.kill()).toBe(0);
});

test("the command line of the same machine reaches it, by the certificate that is configured and no other", async () => {
  const own = await makeCertificate(folder, "own");
  const other = await makeCertificate(folder, "other");
  const sahab = await start({ SAHAB_TLS_CERT: own.file, SAHAB_TLS_KEY: join(folder, "own.key") });
  const listed = await sahab.command(["models", "--json"]);
  expect(listed.stderr + listed.stdout).toContain("nano");
  const named = await sahab.command(["ps"], { env: { SAHAB_HOST: "localhost" } });
  expect(named.status).toBe(0);
  const strange = await sahab.command(["ps"], { env: { SAHAB_TLS_CERT: other.file } });
  expect(strange.stderr).toContain("not trusted here");
  const plain = await sahab.command(["ps"], { env: { SAHAB_TLS_CERT: undefined, SAHAB_TLS_KEY: undefined } });
  expect(plain.stderr).toContain("This port speaks TLS");
  await sahab.logged("expires on");
  const lost = await fetch(`${sahab.address}/v2/models`, { tls: sahab.tls });
  expect(await lost.text()).toContain(`take the base URL ${sahab.address}/v1`);
});

test("where clients need a certificate, the command line shows its own", async () => {
  const live = files("clients", old);
  const me = await authority.issue("me", "DNS:me", 90);
  const own = { SAHAB_CLIENT_CERT: me.file, SAHAB_CLIENT_KEY: join(folder, "me.key") };
  const sahab = await start({ ...live.env, SAHAB_TLS_CLIENT_CA: authority.file, ...own });
  expect((await sahab.command(["ps"])).status).toBe(0);
  const without = await sahab.command(["ps"], { env: { SAHAB_CLIENT_CERT: undefined, SAHAB_CLIENT_KEY: undefined } });
  expect(without.status).toBe(1);
  expect(without.stderr).toContain("SAHAB_CLIENT_CERT");
  const none = { SAHAB_CLIENT_CERT: undefined, SAHAB_CLIENT_KEY: undefined };
  const noTls = { SAHAB_TLS_CERT: undefined, SAHAB_TLS_KEY: undefined, SAHAB_TLS_CLIENT_CA: undefined };
  for (const [env, said] of [
    [none, "ends the TLS handshake"],
    [noTls, "This port speaks TLS"],
  ] as const) {
    const { status, stdout } = await sahab.command(["status"], { env });
    expect({ status, stdout }).toEqual({ status: 1, stdout: expect.stringContaining(said) });
    expect(stdout).toContain("SAHAB_CLIENT_CERT");
    expect(stdout).not.toContain("or hangs");
  }
  const byHttp = await sahab.command(["status"], { env: { SAHAB_URL: sahab.address.replace("https:", "http:") } });
  expect(byHttp.stdout).toContain(`answers at ${sahab.address}`);
  expect(sahab.logs()).not.toContain("handshake failed");
});

test("a container's health check sees a server that needs clients' certificates, with one and without", async () => {
  const live = files("health", old);
  const me = await authority.issue("health-me", "DNS:me", 90);
  const own = { SAHAB_CLIENT_CERT: me.file, SAHAB_CLIENT_KEY: join(folder, "health-me.key") };
  const sahab = await start({ ...live.env, SAHAB_TLS_CLIENT_CA: authority.file, ...own });
  const check = async (more: Record<string, string> = {}) => {
    const env = {
      SAHAB_TLS_CERT: live.certFile,
      SAHAB_TLS_CLIENT_CA: authority.file,
      SAHAB_PORT: new URL(sahab.address).port,
      ...more,
    };
    const script = join(import.meta.dir, "..", "..", "..", "deploy", "docker", "healthcheck.mjs");
    const asked = Bun.spawn([process.execPath, "--no-env-file", script], { env, stdout: "ignore", stderr: "pipe" });
    return { status: await asked.exited, said: await new Response(asked.stderr).text() };
  };
  for (const more of [own, {}]) expect(await check(more)).toEqual({ status: 0, said: "" });
  const gone = { SAHAB_PORT: String(await findFreePort()) };
  for (const more of [{ ...own, ...gone }, gone]) expect((await check(more)).status).toBe(1);
  // Without a certificate where it would be asked for nothing, the answer itself counts.
  expect((await check({ SAHAB_TLS_CLIENT_CA: "" })).status).toBe(1);
  expect(sahab.logs()).not.toContain("handshake failed");
});

test("a start with wrong files, or open to others without TLS, says so", async () => {
  const live = files("start", old);
  copyFileSync(join(folder, "next.key"), live.keyFile);
  for (const workers of ["1", "2"]) {
    const sahab = new TestSahab({
      env: { ...live.env, SAHAB_WORKERS: workers, SAHAB_PORT: String(await findFreePort()) },
    });
    started.push(sahab);
    const failure = await sahab.start().catch((error: unknown) => String(error));
    expect(failure).toContain("Cannot use TLS: the key in SAHAB_TLS_KEY");
    expect(failure?.match(/Cannot use TLS/g)?.length).toBe(1);
  }
  const open = await start({ SAHAB_HOST: "0.0.0.0" });
  await open.logged("without TLS");
});

test("an end of validity is told 21 days before, of the chain's earliest", async () => {
  const chain = [
    new X509Certificate(old.cert),
    new X509Certificate((await authority.issue("short", names(), 30)).cert),
  ];
  const dayMs = 24 * 3_600_000;
  expect(describeExpiry(chain, Date.now())).toBeUndefined();
  expect(describeExpiry(chain, Date.now() + 10 * dayMs)).toContain("an authority's certificate");
  expect(describeExpiry(chain.slice(0, 1), Date.now() + 70 * dayMs)).toContain("in 19 days");
  expect(describeExpiry(chain, Date.now() + 100 * dayMs)).toContain("expired on");
  expect(describeExpiry(chain, Date.now() - dayMs)).toContain("not valid before");
});

test("what is wrong with a file is said with its name, and nothing of a key", () => {
  const live = files("faults", old);
  const fault = (changes: Partial<Record<"cert" | "key", string>>) => {
    if (changes.cert !== undefined) writeFileSync(live.certFile, changes.cert);
    if (changes.key !== undefined) writeFileSync(live.keyFile, changes.key);
    try {
      readCertificate(live);
      return "none";
    } catch (error) {
      return (error as Error).message;
    } finally {
      live.put(old);
    }
  };
  expect(fault({})).toBe("none");
  expect(fault({ cert: old.cert + old.key, key: old.cert + old.key })).toBe("none");
  expect(fault({ cert: "" })).toContain("SAHAB_TLS_CERT");
  expect(fault({ cert: old.cert.replace(/\n[A-Za-z]/, "\n0") })).toMatch(/cannot be read|not that of/);
  expect(fault({ cert: old.cert + next.cert.slice(0, 200) })).toContain("2 that begin and 1 that are whole");
  expect(fault({ key: old.key.slice(0, 80) })).toContain("SAHAB_TLS_KEY");
  expect(fault({ key: old.key.slice(0, 80) })).not.toContain(old.key.slice(40, 60));
  expect(fault({ key: "-----BEGIN ENCRYPTED PRIVATE KEY-----" })).toContain("passphrase");
  expect(fault({ cert: "x".repeat(1024 * 1024 + 1) })).toContain("at most");
  expect(readFileSync(live.certFile, "utf8")).toContain(old.cert);
});
