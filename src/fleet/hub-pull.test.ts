import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { parseHubs } from "../base/hub-settings.ts";
import { eventually } from "../testing/eventually.ts";
import { startFakeHub, type FakeHub } from "../testing/fake-hub.ts";
import { writeRandomModel, writeRandomParts } from "../testing/gguf/random-model.ts";
import { sourcesOf } from "../testing/model-sources.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { lockFile } from "./lock-file.ts";
import type { PullProgress } from "./part-file.ts";
import { pullModel, type FoundModel } from "./pull-model.ts";

let folder: string;
let modelsDir: string;
let hub: FakeHub;
let whole: Buffer;
const parts = [1, 2, 3].map((part) => `big-Q8_0-0000${part}-of-00003.gguf`);
const token = "hf_secret0123456789";

beforeAll(async () => {
  folder = makeTemporaryFolder();
  modelsDir = join(folder, "models");
  await writeRandomModel(join(folder, "whole.gguf"), { architecture: "llama", seed: 1 });
  whole = readFileSync(join(folder, "whole.gguf"));
  writeRandomParts(
    parts.map((name) => join(folder, name)),
    { architecture: "llama" },
  );
  const shards = parts.map((name) => [`Q8_0/${name}`, readFileSync(join(folder, name))] as const);
  const text = Buffer.from("text");
  hub = startFakeHub({
    "o/r-GGUF": {
      "README.md": text,
      "mmproj-F16.gguf": text,
      "Tiny-Q4_K_M.gguf": whole,
      ...Object.fromEntries(shards),
    },
    "o/plain": { "model.safetensors": text, "config.json": text },
    "o/generic": { "ggml-model-Q4_0.gguf": whole },
  });
});
afterEach(() => {
  hub.release();
  rmSync(modelsDir, { recursive: true, force: true });
  hub.asked.length = 0;
  Object.assign(hub.behaviour, { pageFiles: 1000, cuts: 0, status: undefined });
  hub.behaviour.gated.clear();
  hub.behaviour.wrongHashes.clear();
  hub.behaviour.sizes.clear();
});
afterAll(async () => {
  await hub?.stop();
  removeTemporaryFolder(folder);
});

interface Settings {
  token?: string;
  hosts?: string;
  endpoint?: string;
}

const sources = ({ token: own, hosts = hub.storeHost, endpoint = hub.endpoint }: Settings = {}) =>
  sourcesOf(modelsDir, {
    hosts,
    hubs: parseHubs(
      (name) =>
        ({ HF_ENDPOINT: endpoint, HF_TOKEN: own, MODELSCOPE_DOMAIN: endpoint, MODELSCOPE_API_TOKEN: own })[name],
    ),
  });
const pull = (source: string, settings: Settings = {}, more: Partial<Parameters<typeof pullModel>[1]> = {}) =>
  pullModel(source, {
    sources: sources(settings),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  });
const failure = (...args: Parameters<typeof pull>) =>
  pull(...args).then(
    () => "it was pulled",
    (error: Error) => error.message,
  );
const left = () => (existsSync(modelsDir) ? readdirSync(modelsDir).toSorted() : []);
const fromStore = () => hub.asked.filter(({ at }) => at === "store");
const partOf = (name: string) => left().find((file) => file.startsWith(`.${name}.`) && file.endsWith(".part"));

test.each(["hf.co/o/r-GGUF", "modelscope.cn/o/r-GGUF"])(
  "%s is found on its hub, chosen and fetched; the token stays with the hub",
  async (name) => {
    hub.behaviour.pageFiles = 2;
    const progress: PullProgress[] = [];
    let found: FoundModel | undefined;
    const pulled = await pull(
      name,
      { token },
      { onProgress: (one) => progress.push(one), onFound: (one) => (found = one) },
    );
    expect(pulled).toMatchObject({ file: "Tiny-Q4_K_M.gguf", warnings: [] });
    expect(left()).toEqual(["Tiny-Q4_K_M.gguf"]);
    expect(readFileSync(join(modelsDir, "Tiny-Q4_K_M.gguf")).equals(whole)).toBeTrue();
    expect(found).toMatchObject({
      source: name,
      files: ["Tiny-Q4_K_M.gguf"],
      quantization: "Q4_K_M",
      bytes: whole.length,
      others: [{ quantization: "Q8_0" }],
    });
    expect(progress[0]).toEqual({ receivedBytes: 0, totalBytes: whole.length });
    expect(progress).toContainEqual({ receivedBytes: whole.length, totalBytes: whole.length });
    const atHub = hub.asked.filter(({ at }) => at === "hub");
    expect(atHub.length).toBe(name.startsWith("hf") ? 5 : 2);
    for (const { authorization } of atHub) expect(authorization).toBe(`Bearer ${token}`);
    expect(atHub[0]?.cookie).toBe(name.startsWith("hf") ? null : `m_session_id=${token}`);
    expect(fromStore()).toMatchObject([{ authorization: null, cookie: null, range: null }]);
  },
);

test("a wrong variable fails the pull that needs it, and no token goes by plain http beyond the own network", async () => {
  expect(await failure("hf.co/o/r-GGUF", { endpoint: "ftp://mirror.example" })).toMatch(
    /^Cannot pull hf\.co\/o\/r-GGUF: HF_ENDPOINT is .*ftp.*environment$/,
  );
  for (const endpoint of ["http://mirror.example", "http://192.88.99.7:8080"])
    expect(await failure("hf.co/o/r-GGUF", { endpoint, token, hosts: "" })).toMatch(
      /HF_ENDPOINT is http:.*token could be read.*SAHAB_PULL_HOSTS$/,
    );
  expect(hub.asked).toEqual([]);
  // The host is listed as the owner's, and is not there.
  const near = await failure("hf.co/o/r-GGUF", { endpoint: "http://mirror.invalid", token, hosts: "mirror.invalid" });
  expect(near).toContain("did not tell its files");
});

test("a split model comes with all of its parts, several at once, and is one", async () => {
  hub.behaviour.holdAfterBytes = 0;
  const progress: PullProgress[] = [];
  const pulling = pull("hf.co/o/r-GGUF:q8_0", {}, { onProgress: (one) => progress.push(one) });
  await eventually("three requests at once", () => fromStore().length === 3);
  hub.release();
  expect(await pulling).toMatchObject({ file: parts[0] });
  expect(left()).toEqual(parts);
  for (const name of parts) expect(readFileSync(join(modelsDir, name))).toEqual(readFileSync(join(folder, name)));
  const total = parts.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(progress.at(-1)?.receivedBytes).toBe(total);
  expect(progress.every(({ totalBytes }) => totalBytes === total)).toBeTrue();
});

describe("what has come is kept", () => {
  test("while the store cuts its answers, and is continued by itself", async () => {
    hub.behaviour.cuts = 2;
    expect(await pull("hf.co/o/r-GGUF")).toMatchObject({ file: "Tiny-Q4_K_M.gguf" });
    const ranges = fromStore().map(({ range }) => Number(/\d+/.exec(range ?? "0")?.[0]));
    expect(ranges).toHaveLength(3);
    expect(ranges[0]).toBe(0);
    expect(ranges[1]).toBeGreaterThanOrEqual(whole.length / 2);
    expect(ranges[2]).toBeGreaterThanOrEqual(ranges[1] ?? Infinity);
    expect(left()).toEqual(["Tiny-Q4_K_M.gguf"]);
  });

  test("when the caller leaves, and the next pull continues it, by the other hub, too", async () => {
    hub.behaviour.holdAfterBytes = 64 * 1024;
    const leaving = new AbortController();
    const given = failure("hf.co/o/r-GGUF", {}, { signal: leaving.signal });
    const part = await eventually("a part", () => {
      const name = partOf("Tiny-Q4_K_M.gguf");
      return name !== undefined && statSync(join(modelsDir, name)).size >= 64 * 1024 && name;
    });
    leaving.abort();
    expect(await given).toContain("given up; what has come is kept");
    await eventually("the lock's end", () => left().length === 1);
    expect(left()).toEqual([part]);
    hub.release();
    expect(await pull("modelscope.cn/o/r-GGUF")).toMatchObject({ file: "Tiny-Q4_K_M.gguf" });
    expect(Number(/\d+/.exec(fromStore().at(-1)?.range ?? "")?.[0])).toBeGreaterThanOrEqual(64 * 1024);
    expect(readFileSync(join(modelsDir, "Tiny-Q4_K_M.gguf")).equals(whole)).toBeTrue();
    expect(left()).toEqual(["Tiny-Q4_K_M.gguf"]);
  });

  test("once it is whole: a model that is here is not fetched again, unless it has changed there", async () => {
    await pull("hf.co/o/r-GGUF");
    await pull("hf.co/o/r-GGUF");
    expect(fromStore()).toHaveLength(1);
    hub.behaviour.wrongHashes.set("Tiny-Q4_K_M.gguf", "0".repeat(64));
    expect(await failure("hf.co/o/r-GGUF")).toContain(`${"0".repeat(64)} is what the hub tells`);
    expect(fromStore()).toHaveLength(2);
    expect(left()).toEqual(["Tiny-Q4_K_M.gguf"]);
  });

  test("of one that is set aside, without serving it", async () => {
    const pulled = await pull("hf.co/o/r-GGUF");
    expect(pulled.setAside()).toBeTrue();
    expect(left()).toEqual([partOf("Tiny-Q4_K_M.gguf") ?? ""]);
    await pull("hf.co/o/r-GGUF");
    expect(fromStore()).toHaveLength(1);
    expect(left()).toEqual(["Tiny-Q4_K_M.gguf"]);
  });
});

test("parts that nobody has gone on with for two weeks are removed by the next pull", async () => {
  mkdirSync(modelsDir);
  for (const [name, days] of [
    [".old.gguf.0.part", 15],
    [".old.gguf.0.part.version", 15],
    [".new.gguf.0.part", 13],
    ["old.gguf", 99],
  ] as const) {
    writeFileSync(join(modelsDir, name), "x");
    const time = new Date(Date.now() - days * 24 * 60 * 60 * 1000);
    utimesSync(join(modelsDir, name), time, time);
  }
  await pull("hf.co/o/r-GGUF");
  expect(left()).toEqual([".new.gguf.0.part", "Tiny-Q4_K_M.gguf", "old.gguf"]);
});

test("a disk without room is told before anything is fetched, with what unfinished pulls hold", async () => {
  mkdirSync(modelsDir);
  writeFileSync(join(modelsDir, ".other.gguf.0.part"), new Uint8Array(2_000_000));
  const { bavail, bsize } = statfsSync(modelsDir);
  hub.behaviour.sizes.set("Tiny-Q4_K_M.gguf", bavail * bsize);
  const error = await failure("hf.co/o/r-GGUF");
  expect(error).toMatch(
    /^Cannot pull hf\.co\/o\/r-GGUF: it needs .* MB free.*pulls that have not ended hold 2\.0 MB there/,
  );
  expect(fromStore()).toEqual([]);
});

test("several pulls of one model share a download, which ends when the last caller has left", async () => {
  hub.behaviour.holdAfterBytes = 64 * 1024;
  const first = new AbortController();
  const [one, other] = [failure("hf.co/o/r-GGUF", {}, { signal: first.signal }), pull("hf.co/o/r-GGUF:Q4_K_M")];
  await eventually("a request", () => fromStore().length === 1 && partOf("Tiny-Q4_K_M.gguf"));
  const seen: PullProgress[] = [];
  const late = pull("https://huggingface.co/o/r-GGUF", {}, { onProgress: (progress) => seen.push(progress) });
  await eventually("progress of another's", () => seen.length > 0);
  first.abort();
  expect(await one).toContain("given up");
  hub.release();
  expect(await other).toMatchObject({ file: "Tiny-Q4_K_M.gguf" });
  expect(await late).toMatchObject({ file: "Tiny-Q4_K_M.gguf" });
  expect(fromStore()).toHaveLength(1);
});

test("while another process has the file, its progress is told, and what it has fetched is taken", async () => {
  await pull("hf.co/o/r-GGUF");
  const unlock = await lockFile(join(modelsDir, ".Tiny-Q4_K_M.gguf.lock"), {
    signal: new AbortController().signal,
    onWait: () => undefined,
  });
  const seen: PullProgress[] = [];
  const pulling = pull("hf.co/o/r-GGUF", {}, { onProgress: (progress) => seen.push(progress) });
  await eventually("two looks", () => seen.length >= 2);
  unlock();
  expect(await pulling).toMatchObject({ file: "Tiny-Q4_K_M.gguf" });
  expect(fromStore()).toHaveLength(1);
  expect(left()).toEqual(["Tiny-Q4_K_M.gguf"]);
});

test("a file that is not what the hub tells, or too large, is never kept", async () => {
  hub.behaviour.wrongHashes.set("Tiny-Q4_K_M.gguf", "0".repeat(64));
  expect(await failure("hf.co/o/r-GGUF")).toContain("is not the file that it should be");
  expect(left()).toEqual([]);
  hub.asked.length = 0;
  expect(await failure("hf.co/o/r-GGUF", {}, { bytesMax: 1000 })).toContain("at most 1000 are allowed");
  expect(fromStore()).toEqual([]);
});

test("a file whose name says nothing is stored under its repository's", async () => {
  expect(await pull("hf.co/o/generic")).toMatchObject({ file: "generic-Q4_0.gguf" });
});

describe("a refusal says what helps, and never what the token is:", () => {
  test("gated, without a token, with a wrong one, with the right one", async () => {
    hub.behaviour.gated.set("o/r-GGUF", token);
    const without = await failure("hf.co/o/r-GGUF");
    expect(without).toContain("accept its terms at https://huggingface.co/o/r-GGUF, then make a token at");
    expect(without).toContain(
      "set HF_TOKEN (or HUGGING_FACE_HUB_TOKEN, which only pulls use) in the environment of the Sahab server",
    );
    const wrong = await failure("hf.co/o/r-GGUF", { token: "hf_wrong" });
    expect(wrong).toContain(
      "the token of Hugging Face in the server's environment must be of an account that has access",
    );
    expect(wrong).not.toContain("hf_wrong");
    expect(left()).toEqual([]);
    expect(await pull("hf.co/o/r-GGUF", { token })).toMatchObject({ file: "Tiny-Q4_K_M.gguf" });
  });

  test.each([
    [
      "hf.co/o/none",
      /has no o\/none that may be seen without a token.*HF_TOKEN.*see https:\/\/huggingface.co\/o\/none/,
    ],
    ["modelscope.cn/o/none", /ModelScope has no o\/none.*MODELSCOPE_API_TOKEN/],
    ["hf.co/o/r-GGUF@v9", /has no revision v9/],
    ["hf.co/o/plain", /has no model in GGUF.*1 \.safetensors.*safetensors are not served/],
    ["hf.co/o/r-GGUF:Q6_K", /there is no Q6_K; there are Q4_K_M \(1 MB\), Q8_0/],
    ["o/r-GGUF", /hf\.co\/o\/r-GGUF is Hugging Face's, modelscope\.cn\/o\/r-GGUF ModelScope's/],
    ["llama3.2", /names no hub/],
    ["s3://bucket/m.gguf", /not pulled from s3:\/\/.*hf\.co\/OWNER\/REPO/],
  ])("%s", async (source, why) => {
    expect(await failure(source)).toMatch(why);
    expect(left()).toEqual([]);
  });

  test("a hub that is busy, not there, or no hub", async () => {
    hub.behaviour.status = 429;
    expect(await failure("hf.co/o/r-GGUF")).toContain("Hugging Face answered 429, too many requests; pull again later");
    const away = await failure("hf.co/o/r-GGUF", { endpoint: "http://127.0.0.1:1" });
    expect(away).toMatch(/did not tell its files at http:\/\/127\.0\.0\.1:1: .*HF_ENDPOINT.*HTTPS_PROXY/);
    const odd = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("<html>") });
    expect(await failure("hf.co/o/r-GGUF", { endpoint: `http://127.0.0.1:${odd.port}` })).toContain("did not tell");
    await odd.stop(true);
  });
});

test("the hub that the owner names may be in a private network; where it leads must be listed", async () => {
  const refused = await failure("hf.co/o/r-GGUF", { hosts: "" });
  expect(refused).toContain("is not a public address");
  expect(refused).toContain("SAHAB_PULL_HOSTS");
  expect(fromStore()).toEqual([]);
  // Only what is pulled by a hub's name may come from there.
  const front = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.redirect(`${hub.endpoint}/x`, 302) });
  expect(await failure(`http://127.0.0.1:${front.port}/m.gguf`, { hosts: "" })).toContain("is not a public address");
  await front.stop(true);
});
