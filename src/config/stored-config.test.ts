import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { openLog } from "../base/log.ts";
import { openStoreThread, type Store } from "../ledger/index.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { parseCloudConfig } from "./parse-cloud-config.ts";
import { diffConfigs, keepSecrets, withoutSecrets } from "./difference.ts";
import { withDefaultProject } from "./default-project.ts";
import { readConfig, writeConfig } from "./stored-config.ts";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = makeTemporaryFolder();
  store = await openStoreThread(
    { log: openLog({ level: "silent", pretty: false }) },
    { path: join(folder, "sahab.db"), masterKey: "a master key for tests" },
  );
});
afterEach(async () => {
  await store.close();
  removeTemporaryFolder(folder);
});

const config = (...providers: object[]) =>
  parseCloudConfig({
    providers: providers.map((fields) => ({
      name: "p",
      vendor: "compatible",
      base_url: "https://vendor.example",
      ...fields,
    })),
  });

test("a proxy's password is sealed, and its address is not", async () => {
  const stored = config({ proxy: "http://user:pa55word@proxy.example:3128" });
  await writeConfig(store, stored, await store.version());
  expect(await readConfig(store)).toEqual(withDefaultProject(stored));
  const bytes = readdirSync(folder).map((name) => readFileSync(join(folder, name), "latin1"));
  expect(bytes.join("")).toContain("proxy.example");
  expect(bytes.join("")).not.toContain("pa55word");
});

test("a proxy without a password is no secret", async () => {
  for (const proxy of ["none", "http://proxy.example:3128"]) {
    await writeConfig(store, config({ proxy }), await store.version());
    expect((await store.readResources())[0]).toMatchObject({ spec: { proxy }, secret: null });
  }
});

test("what is shown can be applied again, and changes nothing; a password stays with its proxy only", () => {
  const stored = config({ proxy: "http://user:pa55word@proxy.example:3128", api_key: "k" });
  const shown = withoutSecrets(stored);
  expect(shown.providers[0]?.proxy).toBe("http://proxy.example:3128");
  expect(JSON.stringify(shown)).not.toContain("pa55word");
  expect(diffConfigs(stored, keepSecrets(stored, shown))).toEqual([]);
  const moved = keepSecrets(stored, config({ proxy: "http://other.example:3128" }));
  expect(moved.providers[0]?.proxy).toBe("http://other.example:3128");
  expect(keepSecrets(stored, config({})).providers[0]?.proxy).toBeUndefined();
  const renewed = keepSecrets(stored, config({ proxy: "http://user:new@proxy.example:3128" }));
  expect(renewed.providers[0]?.proxy).toBe("http://user:new@proxy.example:3128");
});

test("a stored secret is not shown to a new reader: another proxy of plain http, or whoever another authority vouches for", () => {
  const plain = { base_url: "http://vendor.example" };
  const keep = (before: object, after: object) => () => keepSecrets(config({ api_key: "k", ...before }), config(after));
  expect(keep(plain, { ...plain, proxy: "http://user:p@stranger.example" })).toThrow(
    "providers[0]: its proxy becomes http://stranger.example, where its stored secrets would go; give api_key and headers anew",
  );
  expect(keep({}, { tls: { insecure: true } })).toThrow("its certificate is no longer checked");
  expect(keep({}, { tls: { ca: rootCertificates[0] } })).toThrow("another authority is trusted for it");
  expect(keep({ tls: { ca: rootCertificates[0] } }, { tls: { ca: rootCertificates[0] } })).not.toThrow();
  expect(keep({}, { base_url: "https://stranger.example" })).toThrow("its address changes from https://vendor.example");
  expect(keep({ base_url: undefined, vendor: "deepseek" }, { base_url: undefined, vendor: "anthropic" })).toThrow(
    "its address changes from https://api.deepseek.com to https://api.anthropic.com",
  );
  expect(keep({}, { headers: { Host: "stranger.example" } })).toThrow("its header host changes");
  expect(keep({ headers: { host: "v.example" } }, { headers: { host: "stranger.example" } })).toThrow("host changes");
  expect(keep({ headers: { host: "v.example" } }, { headers: { HOST: "v.example", "x-a": "1" } })).not.toThrow();
  // A proxy sees nothing of TLS, and less trust is no danger.
  expect(keep({}, { proxy: "http://stranger.example" })).not.toThrow();
  expect(keep({ tls: { insecure: true } }, {})).not.toThrow();
  expect(keep({ ...plain, proxy: "http://a.example" }, { ...plain, proxy: "none" })).not.toThrow();
  expect(keep({}, { tls: { insecure: true }, api_key: "anew" })).not.toThrow();
});

test("what is there once is kept, told as changed, and goes when it is left out", async () => {
  const stored = parseCloudConfig({ cors: { origins: ["https://a.example"] }, batches: { requests_at_once: 7 } });
  await writeConfig(store, stored, await store.version());
  expect(await readConfig(store)).toEqual(withDefaultProject(stored));
  const next = parseCloudConfig({ batches: { requests_at_once: 8 } });
  expect(diffConfigs(stored, next)).toEqual([
    {
      action: "update",
      kind: "setting",
      name: "batches",
      fields: ["requests_at_once"],
      values: [{ path: "requests_at_once", before: 7, after: 8 }],
    },
    { action: "delete", kind: "setting", name: "cors" },
  ]);
});

test("a model's lengths are stored, shown and told as changed", async () => {
  const withLengths = (lengths: object) =>
    parseCloudConfig({
      ...config({}),
      models: [{ name: "chat", targets: [{ provider: "p", model: "m" }], price: "free", ...lengths }],
    });
  const stored = withLengths({ context: 131_072, output: 16_384 });
  await writeConfig(store, stored, await store.version());
  expect(await readConfig(store)).toEqual(withDefaultProject(stored));
  expect(withoutSecrets(stored).models[0]).toMatchObject({ context: 131_072, output: 16_384 });
  expect(diffConfigs(stored, withLengths({ output: 16_384 }))).toEqual([
    {
      action: "update",
      kind: "model",
      name: "chat",
      fields: ["context"],
      values: [{ path: "context", before: 131_072 }],
    },
  ]);
  expect(diffConfigs(withLengths({}), stored)).toMatchObject([{ fields: ["context", "output"] }]);
});

test("the memory of local models and how long they stay are kept and compared", async () => {
  const local = (keep_alive: string | number) => ({ name: "m", local: { file: "m.gguf", keep_alive } });
  const stored = parseCloudConfig({ memory: "8GB", models: [local("10m")] });
  await writeConfig(store, stored, await store.version());
  expect(await readConfig(store)).toEqual(withDefaultProject(stored));
  expect(diffConfigs(stored, parseCloudConfig({ memory: "6GB", models: [local("10m")] }))).toMatchObject([
    { action: "update", kind: "setting", name: "memory" },
  ]);
  expect(diffConfigs(stored, parseCloudConfig({ models: [local(-1)] }))).toMatchObject([
    { action: "update", kind: "model", name: "m", fields: ["local"] },
    { action: "delete", kind: "setting", name: "memory" },
  ]);
  await writeConfig(store, parseCloudConfig({ models: [local("10m")] }), await store.version());
  expect((await readConfig(store)).memory).toBeUndefined();
});

test("how a local model is loaded is stored, shown and told as changed", async () => {
  const loaded = (local: object) =>
    parseCloudConfig({ models: [{ name: "own", local: { file: "own.gguf", ...local } }] });
  const options = { cache_type_k: "q8_0", cache_type_v: "f16", lora: [{ file: "style.gguf" }] };
  const stored = loaded(options);
  await writeConfig(store, stored, await store.version());
  expect(await readConfig(store)).toEqual(withDefaultProject(stored));
  const shown = { ...options, lora: [{ file: "style.gguf", scale: 1 }] };
  expect(withoutSecrets(stored).models[0]?.local).toMatchObject(shown);
  expect(diffConfigs(stored, parseCloudConfig(withoutSecrets(stored), stored))).toEqual([]);
  expect(diffConfigs(loaded({}), stored)).toMatchObject([{ action: "update", fields: ["local"] }]);
  for (const wrong of [
    { cache_type_k: "q9" },
    { lora: [] },
    { lora: ["style.gguf"] },
    { lora: [{ file: "x", scale: 1e9 }] },
  ])
    expect(() => loaded(wrong)).toThrow("models[0].local");
});
