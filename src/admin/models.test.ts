import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCloudConfig, readConfig, writeConfig } from "../config/index.ts";
import { parseHubs } from "../base/hub-settings.ts";
import { openLog } from "../base/log.ts";
import { openStoreThread, type Store } from "../ledger/index.ts";
import { startFakeHub } from "../testing/fake-hub.ts";
import { writeRandomModel, writeRandomParts } from "../testing/gguf/random-model.ts";
import { parseEnvironment } from "../base/environment.ts";
import { sourcesOf } from "../testing/model-sources.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { pullResponse } from "./pull-response.ts";
import { removeModel } from "./remove-model.ts";

const log = openLog({ level: "fatal", pretty: false });
let folder: string;
let store: Store;
let source: string;
beforeEach(async () => {
  folder = makeTemporaryFolder();
  store = await openStoreThread({ log }, { path: join(folder, "sahab.db"), masterKey: "a master key for tests" });
  source = join(folder, "Source.gguf");
  await writeRandomModel(source, { architecture: "llama", seed: 1 });
});
afterEach(async () => {
  await store.close();
  removeTemporaryFolder(folder);
});

const modelsDir = () => join(folder, "models");
const files = () => readdirSync(modelsDir());
const deps = () => ({
  store,
  sources: sourcesOf(modelsDir(), { isOwner: true }),
  secretSources: parseEnvironment({}).secretSources,
  changed: () => Promise.resolve(),
  log,
  stopping: new AbortController().signal,
});
const apply = async (config: object) =>
  expect(await writeConfig(store, parseCloudConfig(config), await store.version())).toBeTruthy();

/** The last line of a pull's answer. */
async function pull(wanted: Parameters<typeof pullResponse>[1], sources = deps().sources) {
  const response = pullResponse({ ...deps(), sources }, wanted, {
    requestId: "adm_1",
    signal: new AbortController().signal,
  });
  let text = "";
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += Buffer.from(chunk).toString();
  }
  return JSON.parse(text.trim().split("\n").at(-1) ?? "") as {
    name?: string;
    file?: string;
    error?: { code: string; message: string };
  };
}

test("a name that no model may have is refused before anything is fetched", async () => {
  let fetched = 0;
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => (fetched++, new Response("no")) });
  try {
    const url = `http://127.0.0.1:${server.port}/a.gguf`;
    for (const name of ["not a name", "-x", "x".repeat(200)]) {
      const { error } = await pull({ source: url, name });
      expect(error?.code).toBe("invalid_request");
      expect(error?.message).toContain("models[0].name");
    }
    const derived = await pull({ source: `http://127.0.0.1:${server.port}/${"y".repeat(150)}.gguf` });
    expect(derived.error?.message).toContain("models[0].name");
    expect(fetched).toBe(0);
  } finally {
    await server.stop(true);
  }
});

test("a file whose model is refused afterwards does not stay, unless another model uses it", async () => {
  const taken = {
    providers: [{ name: "far", vendor: "compatible", base_url: "http://127.0.0.1:1" }],
    models: [
      { name: "late", targets: [{ provider: "far", model: "m" }], price: { currency: "USD", input: 1, output: 2 } },
    ],
  };
  // Another takes the name while the file is on its way.
  let applied = false;
  const takeName = (more: object[]) => async () => {
    if (applied) return;
    applied = true;
    await apply({ ...taken, models: [...taken.models, ...more] });
  };
  const body = await Bun.file(source).bytes();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      await takeName(request.url.includes("shared") ? [{ name: "other", local: { file: "shared.gguf" } }] : [])();
      return new Response(body);
    },
  });
  try {
    const refused = await pull({ source: `http://127.0.0.1:${server.port}/lone.gguf`, name: "late" });
    expect(refused.error?.code).toBe("conflict");
    expect(files()).toEqual([]);
    await apply({});
    applied = false;
    const shared = await pull({ source: `http://127.0.0.1:${server.port}/shared.gguf`, name: "late" });
    expect(shared.error?.code).toBe("conflict");
    expect(files()).toEqual(["shared.gguf"]);
  } finally {
    await server.stop(true);
  }
});

test("a file stays while a model names it by its whole path", async () => {
  expect(await pull({ source })).toMatchObject({ name: "source", file: "Source.gguf" });
  const current = await readConfig(store);
  await apply({
    ...current,
    models: [...current.models, { name: "same", local: { file: join(modelsDir(), "Source.gguf") } }],
  });
  expect(await removeModel(deps(), "source")).toEqual({ name: "source", file_removed: false });
  expect(files()).toEqual(["Source.gguf"]);
});

test("a pull never takes the file of another model", async () => {
  expect(await pull({ source })).toMatchObject({ name: "source", file: "Source.gguf" });
  const other = join(folder, "elsewhere");
  mkdirSync(other);
  await writeRandomModel(join(other, "Source.gguf"), { architecture: "llama", seed: 2 });
  const first = readFileSync(join(modelsDir(), "Source.gguf"));
  expect(await pull({ source: join(other, "Source.gguf"), name: "team/other" })).toMatchObject({
    file: "team-other.gguf",
  });
  expect(readFileSync(join(modelsDir(), "Source.gguf")).equals(first)).toBeTrue();
  // The name that is left is taken, too.
  const refused = await pull({ source: join(other, "Source.gguf"), name: "team:other" });
  expect(refused.error).toMatchObject({ code: "conflict" });
  expect(files().toSorted()).toEqual(["Source.gguf", "team-other.gguf"]);
  // Under its own name a model is replaced.
  expect(await pull({ source: join(other, "Source.gguf"), name: "source" })).toMatchObject({
    file: "Source.gguf",
  });
  expect(readFileSync(join(modelsDir(), "Source.gguf")).equals(first)).toBeFalse();
});

test("a model in parts is named for the whole, and removed whole", async () => {
  const parts = (name: string) => ["00001", "00002"].map((number) => `${name}-${number}-of-00002.gguf`);
  writeRandomParts(
    parts("Big").map((name) => join(folder, name)),
    { architecture: "llama" },
  );
  const second = join(folder, parts("Big")[1] ?? "");
  expect(await pull({ source: second })).toMatchObject({ name: "big", file: parts("Big")[0] ?? "" });
  // The same files under another name are kept apart.
  expect(await pull({ source: second, name: "team/other" })).toMatchObject({ file: parts("team-other")[0] });
  expect(files().toSorted()).toEqual([...parts("Big"), ...parts("team-other")]);
  expect(await removeModel(deps(), "big")).toEqual({ name: "big", file_removed: true });
  expect(files().toSorted()).toEqual(parts("team-other"));
});

test("a hub's model that the budget cannot hold is refused before it is fetched, or kept for another try", async () => {
  const hub = startFakeHub({
    "o/r": { "m-Q4_0.gguf": readFileSync(source) },
    "o/huge": { "m.gguf": new Uint8Array(70e6) },
  });
  const hubs = parseHubs((name) => (name === "HF_ENDPOINT" ? hub.endpoint : undefined));
  const sources = sourcesOf(modelsDir(), { hosts: hub.storeHost, hubs });
  const fromStore = () => hub.asked.filter(({ at }) => at === "store").length;
  try {
    await apply({ memory: "64MB" });
    const small = await pull({ source: "hf.co/o/huge" }, sources);
    expect(small.error?.message).toMatch(
      /its file alone needs 70 MB of memory, and the budget is 64 MB; choose a smaller/,
    );
    expect(fromStore()).toBe(0);
    const large = await pull({ source: "hf.co/o/r", context: 100_000 }, sources);
    expect(large.error?.message).toContain("give it a smaller context");
    expect(files()).toEqual([expect.stringMatching(/^\.m-Q4_0\.gguf\..*\.part$/)]);
    await apply({ memory: "8GB" });
    expect(await pull({ source: "hf.co/o/r" }, sources)).toMatchObject({
      name: "m-q4_0",
      file: "m-Q4_0.gguf",
      memory: { budget_bytes: 8e9 },
    });
    expect(fromStore()).toBe(1);
    expect(files()).toEqual(["m-Q4_0.gguf"]);
  } finally {
    await hub.stop();
  }
});
