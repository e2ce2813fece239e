import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import type { ChatEvent } from "../call/index.ts";
import { chatRequest, collect, never, startTestEngine } from "../testing/engine.ts";
import { writeRandomModel } from "../testing/gguf/random-model.ts";
import { Engine, EngineClient } from "./index.ts";

type Running = Awaited<ReturnType<typeof startTestEngine>>;
const open: Running[] = [];
const start = async (...args: Parameters<typeof startTestEngine>) => {
  const running = await startTestEngine(...args);
  open.push(running);
  return running;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map((running) => running.close()));
});

describe("an engine", () => {
  test("runs both architectures, measures itself and says so", async () => {
    for (const architecture of ["deepseek2", "llama"] as const) {
      const running = await start({ architecture, measured: true, slots: 2 });
      await running.engine.whenReady(15_000);
      const answer = await collect(running.client().chat(chatRequest("Hi"), { signal: never() }));
      expect(answer.usage?.outputTokens).toBe(20);
      const status = await running.engine.status();
      expect(status).toMatchObject({ state: "ready", contextTokens: 1024, slots: 2, restarts: 0, lastError: null });
      expect(status.live).toMatchObject({ slotsBusy: 0, tokensGenerated: 20 });
      expect(status.live?.memoryRssBytes).toBeGreaterThan(10_000_000);
      expect(status.tuning?.threads.one).toBeGreaterThanOrEqual(1);
    }
  });

  test("lets requests that come while it loads wait", async () => {
    const running = await start();
    expect(running.engine.state).toBe("loading");
    const answer = await collect(running.client().chat(chatRequest("Early"), { signal: never() }));
    expect(answer.usage?.outputTokens).toBe(20);
  });

  test("that is killed ends its streams with an error, comes back, and harms nobody", async () => {
    const running = await start();
    const client = running.client();
    await running.engine.whenReady(15_000);
    const { pid } = await running.engine.status();
    const answer = await collect(client.chat(chatRequest("Crash", { maxOutputTokens: 900 }), { signal: never() }), () =>
      process.kill(pid ?? 0, "SIGKILL"),
    );
    expect(answer.events.at(-1)).toMatchObject({ type: "error", error: { code: "engine_crashed" } });
    expect(answer.events.some((event) => event.type === "finish")).toBe(false);
    const again = await collect(client.chat(chatRequest("Crash"), { signal: never() }));
    expect(again.usage?.outputTokens).toBe(20);
    const status = await running.engine.status();
    expect(status).toMatchObject({ state: "ready", restarts: 1 });
    expect(status.pid).not.toBe(pid);
  });

  test("finishes what is under way when it is stopped, and takes nothing new", async () => {
    const running = await start({ slots: 1 });
    const client = running.client();
    await running.engine.whenReady(15_000);
    let stopped: Promise<void> | undefined;
    let refused: Promise<unknown> | undefined;
    const answer = await collect(
      client.chat(chatRequest("Drain", { maxOutputTokens: 300 }), { signal: never() }),
      () => {
        refused ??= collect(client.chat(chatRequest("Waiting"), { signal: never() })).catch((error: unknown) => error);
        stopped ??= Bun.sleep(20).then(() => running.engine.stop({ graceMs: 5_000 }));
      },
    );
    expect(answer.reasons).toEqual(["length"]);
    expect(await refused).toMatchObject({ code: "shutting_down" });
    await stopped;
    expect(running.engine.state).toBe("stored");
    expect((await running.engine.status()).pid).toBeNull();
  });

  test("ends within the grace even when its streams do not", async () => {
    const running = await start();
    await running.engine.whenReady(15_000);
    const request = chatRequest("Long", { maxOutputTokens: 1000 });
    const answer = running.client().chat(request, { signal: never() })[Symbol.asyncIterator]();
    // Only a stream that has begun ends with an event; one that has not is refused.
    expect((await answer.next()).done).toBe(false);
    const startMs = performance.now();
    await running.engine.stop({ graceMs: 10 });
    expect(performance.now() - startMs).toBeLessThan(1_500);
    let last: ChatEvent | undefined;
    for (let next = await answer.next(); !next.done; next = await answer.next()) last = next.value.at(-1);
    expect(last?.type).toBe("error");
  });

  test("bounds its queue in length and in time, and forgets who leaves it", async () => {
    const running = await start({ slots: 1, queueMax: 2, queueWaitMs: 60 });
    const client = running.client();
    await running.engine.whenReady(15_000);
    const ask = (signal = never()) =>
      collect(client.chat(chatRequest("Queue", { maxOutputTokens: 900 }), { signal })).catch(
        (error: unknown) => error as SahabError,
      );
    const first = ask();
    await Bun.sleep(10);
    const leaver = new AbortController();
    const left = ask(leaver.signal);
    const second = ask();
    const third = ask();
    expect(await third).toMatchObject({ code: "overloaded", status: 503 });
    leaver.abort();
    expect(await left).toMatchObject({ usage: { inputTokens: 0, outputTokens: 0 } });
    expect(await second).toMatchObject({ code: "overloaded" });
    expect(await first).toMatchObject({ reasons: ["length"] });
  });

  test("serves a newcomer whose slot must be cleared while others stream", async () => {
    // Without the pause, the newcomer would wait until the streams end: see pause.ts.
    const running = await start({ slots: 3 });
    const client = running.client();
    await running.engine.whenReady(15_000);
    // Fills every slot, so that the one that the newcomer gets must be cut back.
    await Promise.all(
      [1, 2, 3].map((i) =>
        collect(client.chat(chatRequest(`Old ${i}`.repeat(9), { maxOutputTokens: 5 }), { signal: never() })),
      ),
    );
    let streaming = 2;
    const streams = [1, 2].map((i) =>
      collect(client.chat(chatRequest(`Stream ${i}`, { maxOutputTokens: 900 }), { signal: never() })).finally(
        () => streaming--,
      ),
    );
    await Bun.sleep(20);
    await collect(client.chat(chatRequest("Newcomer", { maxOutputTokens: 3 }), { signal: never() }));
    expect(streaming).toBe(2);
    await Promise.all(streams);
  });

  test("that hangs is ended and comes back; the streams of another go on", async () => {
    const [stuck, other] = [await start({ askMs: 50 }), await start({ askMs: 50 })];
    const client = stuck.client();
    await Promise.all([stuck.engine.whenReady(15_000), other.engine.whenReady(15_000)]);
    const { pid } = await stuck.engine.status();
    const request = chatRequest("Stuck", { maxOutputTokens: 900 });
    let stopped = false;
    const others = collect(other.client().chat(request, { signal: never() }));
    const answer = await collect(client.chat(request, { signal: never() }), () => {
      if (!stopped) process.kill(pid ?? 0, "SIGSTOP");
      stopped = true;
    });
    expect(answer.events.at(-1)).toMatchObject({ type: "error", error: { code: "engine_crashed" } });
    expect((await others).reasons).toEqual(["length"]);
    const again = await collect(client.chat(chatRequest("Stuck"), { signal: never() }));
    expect(again.usage?.outputTokens).toBe(20);
    const status = await stuck.engine.status();
    expect(status).toMatchObject({ state: "ready", restarts: 1 });
    expect(status.lastError).toContain("did not answer for");
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(await other.engine.status()).toMatchObject({ restarts: 0 });
  });

  test("whose native work makes no progress is ended, though it still answers", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sahab-engine-"));
    const program = join(folder, "hangs.ts");
    // llama.cpp cannot be made to hang, so this child only says that it does.
    writeFileSync(
      program,
      `process.on("message", ({ type, id }) => type === "status" && process.send({ type, id, status: { hangsS: 400 } }));
       process.on("disconnect", () => process.exit(0));
       process.send({ type: "ready", loadMs: 1, contextTokens: 256, tuning: {} });`,
    );
    const running = await start({ program, askMs: 50 });
    await running.engine.whenReady(15_000);
    for (let tries = 0; tries < 100 && (await running.engine.status()).restarts === 0; tries++) await Bun.sleep(20);
    // It may have been ended again while its status was asked for.
    const { restarts, lastError } = await running.engine.status();
    expect(restarts).toBeGreaterThan(0);
    expect(lastError).toBe("a request got nothing from llama.cpp for 400 s");
    await running.engine.stop({ graceMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  });

  test("that is idle or works for long is not taken for one that hangs", async () => {
    const running = await start({ askMs: 20 });
    const client = running.client();
    await running.engine.whenReady(15_000);
    await Bun.sleep(500);
    const answers = [1, 2, 3].map((i) =>
      collect(client.chat(chatRequest(`Busy ${i}`, { maxOutputTokens: 900 }), { signal: never() })),
    );
    expect((await Promise.all(answers)).map(({ reasons }) => reasons)).toEqual([["length"], ["length"], ["length"]]);
    expect(await running.engine.status()).toMatchObject({ state: "ready", restarts: 0, live: { hangsS: null } });
  });

  test("leaves SIGTERM to its parent", async () => {
    const running = await start();
    await running.engine.whenReady(15_000);
    const { pid } = await running.engine.status();
    const request = chatRequest("Signal", { maxOutputTokens: 900 });
    const answer = await collect(running.client().chat(request, { signal: never() }), () =>
      process.kill(pid ?? 0, "SIGTERM"),
    );
    expect(answer.reasons).toEqual(["length"]);
    expect(await running.engine.status()).toMatchObject({ state: "ready", restarts: 0, pid });
  });

  test("ends by itself when its parent is killed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sahab-engine-"));
    try {
      await writeRandomModel(join(folder, "m.gguf"), { architecture: "llama" });
      const script = `
        import { Engine } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};
        const log = { info() {}, warn() {}, error() {} };
        const engine = new Engine({ name: "m", file: process.argv[1], contextTokens: 256, slots: 1, socketPath: process.argv[2], threads: 1, batchTokens: 64, log });
        engine.start();
        await engine.whenReady(15000);
        console.log((await engine.status()).pid);
        await Bun.sleep(60000);`;
      const parent = Bun.spawn([process.execPath, "-e", script, join(folder, "m.gguf"), join(folder, "m.sock")], {
        stdout: "pipe",
        stderr: "inherit",
      });
      const reader = parent.stdout.getReader();
      const pid = Number(new TextDecoder().decode((await reader.read()).value));
      expect(pid).toBeGreaterThan(0);
      parent.kill("SIGKILL");
      await parent.exited;
      for (let tries = 0; tries < 100 && isAlive(pid); tries++) await Bun.sleep(20);
      expect(isAlive(pid)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a file that is no model", () => {
  const cases: [string, (file: string) => void, string][] = [
    ["cut short", (file) => truncateSync(file, 150_000), "cut short"],
    ["not GGUF", (file) => writeFileSync(file, "Hello, this is text and not a model."), "GGUF"],
    ["missing", (file) => rmSync(file), "ENOENT"],
  ];
  for (const [name, damage, reported] of cases) {
    test(`(${name}) fails clearly and once`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "sahab-engine-"));
      try {
        const file = join(folder, "m.gguf");
        await writeRandomModel(file, { architecture: "llama" });
        damage(file);
        const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
        const engine = new Engine({
          name: "broken",
          file,
          contextTokens: 256,
          slots: 1,
          socketPath: join(folder, "m.sock"),
          log,
        });
        engine.start();
        const error = await engine.whenReady(10_000).catch((thrown: unknown) => thrown as SahabError);
        expect(error).toBeInstanceOf(SahabError);
        expect((error as SahabError).message).toContain(reported);
        await Bun.sleep(300);
        expect(await engine.status()).toMatchObject({ state: "failed", restarts: 0, pid: null });
        // Clients get the error at once and do not wait until their time limit.
        const client = new EngineClient({ name: "broken", socketPath: engine.socketPath });
        const startMs = performance.now();
        const refused = await collect(client.chat(chatRequest("Hi"), { signal: never() })).catch(
          (thrown: unknown) => thrown,
        );
        expect(refused).toMatchObject({ code: "engine_unavailable" });
        expect(performance.now() - startMs).toBeLessThan(5_000);
        await engine.stop({ graceMs: 0 });
        expect(engine.state).toBe("stored");
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  test("is mended by starting anew", async () => {
    const running = await start();
    await running.engine.whenReady(15_000);
    await running.engine.stop({ graceMs: 0 });
    running.engine.start();
    await running.engine.whenReady(15_000);
    expect(running.engine.state).toBe("ready");
  });
});

test("a socket path that the kernel would refuse is shortened alike on both sides", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sahab-engine-"));
  const long = join(folder, "a".repeat(120), "model.sock");
  const running = await start({ socketPath: long });
  expect(running.engine.socketPath.length).toBeLessThan(98);
  const client = new EngineClient({ name: "test", socketPath: long });
  const answer = await collect(client.chat(chatRequest("Hi"), { signal: never() }));
  expect(answer.usage?.outputTokens).toBe(20);
  client.close();
  await running.engine.stop({ graceMs: 0 });
  expect(existsSync(running.engine.socketPath)).toBe(false);
  rmSync(folder, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  try {
    // A zombie has ended, too.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
