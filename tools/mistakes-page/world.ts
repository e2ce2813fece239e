import { makeCertificate } from "../../src/testing/self-signed.ts";
import { startFakeVendor, wholeChat } from "../../src/testing/fake-vendor.ts";
import { findFreePort } from "../../src/testing/free-port.ts";
import { runSahab, trustsTests, type TestSahab } from "../../src/testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../src/testing/temporary-folder.ts";

/** A real Sahab, what is around it, and keys of each kind. */
export interface World {
  sahab: TestSahab;
  /** Where commands run. */
  folder: string;
  port: string;
  /** Nothing listens there. */
  freePort: string;
  tlsPort: string;
  key: string;
  revoked: string;
  expired: string;
  metrics: string;
  /** Its project has next to nothing to spend. */
  poor: string;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const folder = makeTemporaryFolder();
  const vendor = startFakeVendor({ m: wholeChat("Hello") });
  const { cert, key: tlsKey } = await makeCertificate(folder, "tls");
  const tls = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    tls: { cert, key: tlsKey },
    fetch: () => new Response("ok\n"),
  });
  const free = await findFreePort();
  const price = { currency: "USD", input: 1, output: 2 };
  const sahab = await runSahab({
    env: trustsTests,
    config: {
      providers: [
        { name: "fake", vendor: "compatible", base_url: vendor.url },
        { name: "lost", vendor: "compatible", base_url: "http://localhost:1/v1" },
      ],
      models: [
        { name: "chat-cheap", targets: [{ provider: "fake", model: "m" }], price },
        { name: "unpriced", targets: [{ provider: "fake", model: "m" }] },
        { name: "unreachable", targets: [{ provider: "lost", model: "m" }], price },
      ],
      projects: [
        { name: "default" },
        { name: "search-team", currency: "USD", budget: { amount: 0.000001, period: "month" } },
      ],
    },
  });
  const create = async (fields: Record<string, unknown>) => (await sahab.createKey(fields)).key;
  const expiresAt = Date.now() + 1_500;
  const expired = await create({ name: "old", expires_at: new Date(expiresAt).toISOString() });
  const { id, key: revoked } = await sahab.createKey({ name: "gone" });
  await sahab.admin(`/keys/${id}`, { method: "DELETE" });
  const world = {
    sahab,
    folder,
    port: new URL(sahab.address).port,
    freePort: String(free),
    tlsPort: String(tls.port),
    key: await create({ name: "anna" }),
    revoked,
    expired,
    metrics: await create({ name: "prometheus", role: "metrics" }),
    poor: await create({ name: "poor", project: "search-team" }),
    async close() {
      await sahab.close();
      await Promise.all([vendor.stop(), tls.stop(true)]);
      removeTemporaryFolder(folder);
    },
  };
  await Bun.sleep(Math.max(0, expiresAt + 100 - Date.now()));
  return world;
}
