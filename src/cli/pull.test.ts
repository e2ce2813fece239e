import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../testing/eventually.ts";
import { startFakeHub, type FakeHub } from "../testing/fake-hub.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { PullMeter } from "./pull-meter.ts";

// `sahab pull` from a hub, by a whole Sahab whose environment names the hub and has its token.

const token = "hf_secret0123456789";
const holdBytes = 128 * 1024;
let folder: string;
let hub: FakeHub;
let sahab: TestSahab;
let model: Buffer;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  const chatTemplate =
    "{%- for m in messages %}{{- m.content }}{%- endfor %}{%- if tools %}{{- tools[0].function.kind.upper() }}{%- endif %}";
  await writeRandomModel(join(folder, "m.gguf"), { architecture: "llama", seed: 1, chatTemplate });
  model = readFileSync(join(folder, "m.gguf"));
  hub = startFakeHub({
    "o/tiny-GGUF": { "tiny-Q4_K_M.gguf": model, "tiny-Q8_0.gguf": model },
    "o/closed-GGUF": { "closed.gguf": model },
  });
  hub.behaviour.gated.set("o/tiny-GGUF", token);
  sahab = await runSahab({
    config: { models: [], projects: [{ name: "default" }] },
    env: {
      HF_ENDPOINT: hub.endpoint,
      HUGGING_FACE_HUB_TOKEN: token,
      SAHAB_PULL_HOSTS: hub.storeHost,
      SAHAB_LOG: "debug",
    },
  });
});
afterEach(() => hub.release());
afterAll(async () => {
  await sahab?.close();
  await hub?.stop();
  removeTemporaryFolder(folder);
});

const fromStore = () => hub.asked.filter(({ at }) => at === "store");
const modelFiles = () => readdirSync(join(sahab.dataDir, "models")).filter((name) => name.includes("tiny"));

test("Ctrl-C stops a pull and says what is kept; after the server's own end the same command goes on", async () => {
  hub.behaviour.holdAfterBytes = holdBytes;
  const child = Bun.spawn([process.execPath, sahabProgram, "pull", "hf.co/o/tiny-GGUF"], {
    env: cleanEnvironment(sahab.commandEnvironment()),
    stdout: "pipe",
    stderr: "pipe",
  });
  await eventually("a part of the model", () => {
    const part = modelFiles().find((name) => name.endsWith(".part"));
    return part !== undefined && statSync(join(sahab.dataDir, "models", part)).size >= holdBytes;
  });
  child.kill("SIGINT");
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(stdout).toStartWith("hf.co/o/tiny-GGUF in Q4_K_M: tiny-Q4_K_M.gguf, ");
  expect(stdout).toContain("also there: Q8_0 (");
  expect(stderr).toMatch(/^Stopped(?: after 1 MB)?\. What has come is kept: the same command goes on from there$/m);
  expect(status).toBe(1);
  const { models } = await sahab.adminJson<{ models: { name: string }[] }>("/models");
  expect(models).toEqual([]);

  // The server dies in the middle of another.
  const cut = sahab.command(["pull", "hf.co/o/tiny-GGUF"]);
  await eventually("a second request", () => fromStore().length === 2);
  await sahab.kill("SIGKILL");
  const ended = await cut;
  expect(ended.stderr).toContain("What has come is kept: pull again to go on from there");
  expect(ended.status).toBe(1);

  // Ended in good order, it does not wait for a download that can be gone on with.
  await sahab.start();
  const stopped = sahab.command(["pull", "hf.co/o/tiny-GGUF"]);
  await eventually("a third request", () => fromStore().length === 3);
  const startedMs = performance.now();
  expect(await sahab.kill()).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(10_000);
  expect((await stopped).stderr).toContain("Sahab is stopping. What has come is kept: pull again to go on from there");
  hub.release();
  await sahab.start();

  const { stdout: told, stderr: warned, status: done } = await sahab.command(["pull", "hf.co/o/tiny-GGUF"]);
  expect(warned).toContain("warning: the chat template: it cannot render tools");
  expect(told).toContain("Model tiny-q4_k_m is served from tiny-Q4_K_M.gguf. Talk to it: sahab chat tiny-q4_k_m");
  expect(told).toMatch(/It needs about \d+ MB of memory; this machine has [\d.]+ [GM]B free\./);
  expect(done).toBe(0);
  expect(Number(/\d+/.exec(fromStore().at(-1)?.range ?? "")?.[0])).toBeGreaterThanOrEqual(holdBytes);
  expect(modelFiles()).toEqual(["tiny-Q4_K_M.gguf"]);
  expect(readFileSync(join(sahab.dataDir, "models", "tiny-Q4_K_M.gguf")).equals(model)).toBeTrue();
});

test("--json prints what was found, how far it is and the outcome, each a line", async () => {
  const { stdout, status } = await sahab.command(["pull", "hf:o/tiny-GGUF:q8_0", "--name", "eight", "--json"]);
  expect(status).toBe(0);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({
    found: "hf.co/o/tiny-GGUF:q8_0",
    files: ["tiny-Q8_0.gguf"],
    quantization: "Q8_0",
    total_bytes: model.length,
    others: [{ quantization: "Q4_K_M", bytes: model.length }],
  });
  expect(lines[1]).toEqual({ received_bytes: 0, total_bytes: model.length });
  expect(lines.at(-1)).toMatchObject({ name: "eight", file: "tiny-Q8_0.gguf", memory: { budget_bytes: null } });
});

test("a token is in no answer, log or configuration, and went to the hub alone", async () => {
  hub.behaviour.gated.set("o/closed-GGUF", null);
  const { stderr, status } = await sahab.command(["pull", "hf.co/o/closed-GGUF"]);
  expect(stderr).toContain(
    "the token of Hugging Face in the server's environment must be of an account that has access",
  );
  expect(status).toBe(1);
  const exported = await sahab.command(["export"]);
  for (const text of [stderr, exported.stdout, sahab.logs(), sahab.stdout()]) expect(text).not.toContain(token);
  expect(hub.asked.some(({ authorization }) => authorization === `Bearer ${token}`)).toBeTrue();
  for (const { authorization, cookie } of fromStore()) expect([authorization, cookie]).toEqual([null, null]);
});

test("a plain name is answered with the forms that work", async () => {
  const plain = await sahab.command(["pull", "llama3.2"]);
  expect(plain.stderr).toMatch(/^llama3\.2 names no hub.*hf\.co\/OWNER\/REPO\[:QUANT\], modelscope\.cn/);
  const { stderr } = await sahab.command(["pull", "o/tiny-GGUF"]);
  expect(stderr).toContain("hf.co/o/tiny-GGUF is Hugging Face's");
});

test("the model that comes with Sahab, removed or never there, comes by its name", async () => {
  const { status, stdout } = await sahab.command(["pull", "nano"]);
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining("Model nano is served") });
});

test("on a terminal one line tells share, sizes, speed and the time that is left; what was there before is no speed", () => {
  let written = "";
  let nowMs = 0;
  const output = { isTTY: true, write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
  const meter = new PullMeter({ output, isShown: true, now: () => nowMs });
  const last = () => written.split("\r").at(-1)?.replace("\u001b[K", "");
  meter.show({ received_bytes: 5e9, total_bytes: 10e9 });
  expect(last()).toBe("████████████░░░░░░░░░░░░ 50 %  5.0 GB of 10.0 GB");
  nowMs = 5000;
  meter.show({ received_bytes: 5.25e9, total_bytes: 10e9 });
  expect(last()).toBe("█████████████░░░░░░░░░░░ 52 %  5.3 GB of 10.0 GB  50 MB/s  1 min 35 s left");
  meter.show({ received_bytes: 10e9, total_bytes: 10e9, checked_bytes: 2.5e9 });
  expect(last()).toBe("██████░░░░░░░░░░░░░░░░░░ 25 %  comparing the hash");
  meter.end();
  expect(written.endsWith("\n")).toBeTrue();
});
