import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvironment } from "../base/environment.ts";
import { runSahab } from "../testing/run-sahab.ts";
import { makeAuthority, makeCertificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { checkListening } from "../server/health/check-listening.ts";
import { checkOpenings } from "../server/health/check-openings.ts";
import { checkEnvironment, checkFiles, checkNetworkDisk } from "../server/health/check-secrecy.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

interface Found {
  check: string;
  status: string;
  detail: string;
}
const statuses = (findings: readonly Found[]) =>
  Object.fromEntries(findings.map(({ check, status }) => [check, status]));

test("doctor tells what an outsider could do, under names that stay, with a server that speaks TLS", async () => {
  const { file } = await makeCertificate(folder, "short");
  const sahab = await runSahab({
    env: { SAHAB_TLS_CERT: file, SAHAB_TLS_KEY: join(folder, "short.key"), SAHAB_ALLOWED_HOSTS: "sahab.example" },
  });
  try {
    const env = { SAHAB_ALLOWED_HOSTS: "sahab.example" };
    const { stdout, status } = await sahab.command(["doctor", "--json"], { env });
    const findings = JSON.parse(stdout) as Found[];
    expect(status).toBe(0);
    expect(statuses(findings)).toMatchObject({
      address: "ok",
      tls: "warning",
      "allowed hosts": "ok",
      metrics: "ok",
      server: "ok",
      cors: "ok",
      "file modes": "ok",
      environment: "warning",
      "insecure providers": "ok",
      "shared caches": "ok",
    });
    expect(findings.find(({ check }) => check === "tls")?.detail).toContain("expires on");
    expect(findings.find(({ check }) => check === "allowed hosts")?.detail).toContain("sahab.example");
  } finally {
    await sahab.close();
  }
});

test("an open server's /metrics needs a key, and doctor sees that it does", async () => {
  const sahab = await runSahab({ env: { SAHAB_HOST: "0.0.0.0" } });
  try {
    const { stdout } = await sahab.command(["doctor", "--json"], { env: { SAHAB_HOST: "0.0.0.0" } });
    const findings = JSON.parse(stdout) as Found[];
    expect(statuses(findings)).toMatchObject({ address: "warning", metrics: "ok" });
    expect(findings.find(({ check }) => check === "metrics")?.detail).toBe("/metrics needs a key");
    expect(findings.find(({ check }) => check === "address")?.detail).toContain("SAHAB_TLS_CERT");
  } finally {
    await sahab.close();
  }
});

test("certificates: names, end and faults", async () => {
  const authority = await makeAuthority(folder, "authority");
  const { file } = await authority.issue("long", "DNS:sahab.example,IP:10.0.0.7", 90);
  const check = (variables: Record<string, string>) =>
    checkListening(parseEnvironment({ SAHAB_HOST: "0.0.0.0", SAHAB_TLS_CERT: file, ...variables }), Date.now());
  const good = check({ SAHAB_TLS_KEY: join(folder, "long.key"), SAHAB_TLS_CLIENT_CA: authority.file });
  expect(statuses(good)).toMatchObject({ address: "ok", tls: "ok" });
  expect(good.find((finding) => finding.check === "tls")?.detail).toMatch(
    /^for sahab\.example, 10\.0\.0\.7, valid to .*; clients need a certificate$/,
  );
  const wrong = check({ SAHAB_TLS_KEY: join(folder, "authority.key") });
  expect(statuses(wrong)["tls"]).toBe("problem");
});

test("files that others may read are named", async () => {
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, "sahab.db"), "", { mode: 0o600 });
  writeFileSync(join(dataDir, "master.key"), "", { mode: 0o600 });
  const settings = parseEnvironment({ SAHAB_DATA: dataDir });
  expect(statuses(await checkFiles(settings))).toEqual({ "file modes": "ok" });
  chmodSync(join(dataDir, "master.key"), 0o640);
  const [found] = await checkFiles(settings);
  expect(found?.status).toBe("warning");
  expect(found?.detail).toContain("master.key (mode 640)");
});

test("keys in the environment, and a data folder on a network disk", async () => {
  const [found] = checkEnvironment(parseEnvironment({ SAHAB_ADMIN_KEY: "k".repeat(20) }));
  expect(found?.status).toBe("warning");
  expect(found?.detail).toContain("SAHAB_ADMIN_KEY is");
  expect(found?.detail).not.toContain("kkkk");
  // The server may have others, and keys of vendors, which are not seen here.
  expect(checkEnvironment(parseEnvironment({}))[0]?.detail).toBe(
    "neither SAHAB_ADMIN_KEY nor SAHAB_MASTER_KEY is in the environment of this command",
  );
  const mounts = [
    { at: "/", type: "ext4" },
    { at: "/srv", type: "nfs4" },
    { at: "/srv/local", type: "xfs" },
  ];
  expect((await checkNetworkDisk("/srv/sahab", mounts))[0]?.detail).toContain("nfs4");
  expect(await checkNetworkDisk("/srv/local/sahab", mounts)).toEqual([]);
  expect(await checkNetworkDisk("/srvother", mounts)).toEqual([]);
});

test("origins, plain providers and shared caches", () => {
  const provider = { name: "far", vendor: "compatible", base_url: "http://10.0.0.7/v1" } as const;
  const near = { name: "near", vendor: "compatible", base_url: "http://127.0.0.1:8000/v1" } as const;
  const findings = checkOpenings({
    providers: [provider, near, { name: "odd", vendor: "deepseek", tls: { insecure: true } }],
    models: [{ name: "m", targets: [{ provider: "near", model: "m", priority: 1, weight: 1 }] }],
    projects: [
      { name: "a", currency: "USD" },
      { name: "b", currency: "USD" },
    ],
    cors: { origins: ["*"] },
  });
  const details = (check: string) => findings.filter((finding) => finding.check === check).map(({ detail }) => detail);
  expect(details("cors").join()).toContain("any origin");
  expect(details("insecure providers").join()).toMatch(/odd.*NOT CHECKED.*far/);
  expect(details("insecure providers").join()).not.toContain("near");
  expect(details("shared caches").join()).toContain("near");
});
