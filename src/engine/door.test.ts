import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import { chatRequest, collect, never, startTestEngine } from "../testing/engine.ts";
import { eventually } from "../testing/eventually.ts";
import { Door, EngineClient } from "./index.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

type Waiting = { users: number; background: number };

/** A door, and a client of a model that no engine runs. */
function openDoor(wanted: (waiting: Waiting) => number) {
  const folder = mkdtempSync(join(tmpdir(), "sahab-door-"));
  const doorPath = join(folder, "d");
  const door = new Door(doorPath, { wanted: (_model, waiting) => wanted(waiting) });
  const client = new EngineClient({ name: "test", socketPath: join(folder, "s"), doorPath });
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  closers.push(() => door.close());
  closers.push(() => client.close());
  const ask = (signal = never(), isBackground = false) =>
    collect(client.chat(chatRequest("Hi"), { signal, tenant: { project: "p", keyId: "k", isBackground } })).catch(
      (error: unknown) => error as SahabError,
    );
  return { door, ask };
}

test("the door hears how many wait, and forgets who leaves; a refusal reaches all who wait", async () => {
  let waiting: Waiting = { users: 0, background: 0 };
  const { door, ask } = openDoor((now) => {
    waiting = now;
    return 60_000;
  });
  const leaver = new AbortController();
  const left = ask(leaver.signal);
  const others = [ask(), ask(never(), true)];
  await eventually("three that wait", () => waiting.users === 2 && waiting.background === 1);
  leaver.abort();
  expect(await left).toMatchObject({ usage: { inputTokens: 0 } });
  await eventually("two that wait", () => waiting.users === 1 && waiting.background === 1);
  door.refuse("another", new SahabError("engine_unavailable", "not for these"));
  door.refuse("test", new SahabError("engine_unavailable", "it cannot be loaded"));
  for (const other of others) expect(await other).toMatchObject({ message: "it cannot be loaded" });
  await eventually("nobody", () => waiting.users + waiting.background === 0);
});

test("requests wait as long as the door says, each by its own time, and only so many", async () => {
  const { ask } = openDoor(() => 400);
  const startMs = performance.now();
  const first = ask();
  await Bun.sleep(200);
  const many = Array.from({ length: 300 }, () => ask());
  const refused = (await Promise.all(many)) as SahabError[];
  expect(await first).toMatchObject({ code: "overloaded", status: 503, retryAfterS: 5 });
  const tookMs = performance.now() - startMs;
  expect(tookMs).toBeGreaterThan(590);
  expect(tookMs).toBeLessThan(10_000);
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["overloaded"]));
  const full = refused.filter(({ message }) => message.includes("at most 256 are allowed"));
  // A key alone has a bit less than three quarters of them.
  expect(full.length).toBeGreaterThan(300 - 256 * 0.75);
  expect(full.length).toBeLessThan(150);
  expect(refused.filter(({ message }) => message.includes("was not loaded within 0.4 s")).length).toBe(
    300 - full.length,
  );
});

test("a model that the door says cannot run is not waited for", async () => {
  const { ask } = openDoor(() => {
    throw new SahabError("engine_unavailable", "it needs more than there is");
  });
  expect(await ask()).toMatchObject({ code: "engine_unavailable", message: "it needs more than there is" });
});

test("an engine that sleeps and wakes all the time harms no request", async () => {
  const running = await startTestEngine({ slots: 2 });
  closers.push(() => running.close());
  const { engine } = running;
  engine.keepsRunning = false;
  await engine.whenReady(15_000);
  let isWanted = false;
  const wake = () => isWanted && engine.state === "stored" && engine.start();
  const doorPath = join(running.folder, "door");
  const door = new Door(doorPath, {
    wanted(_model, { users }) {
      isWanted = users > 0;
      wake();
      return 60_000;
    },
  });
  const waking = setInterval(wake, 5);
  closers.push(() => (clearInterval(waking), door.close()));
  const clients = [1, 2].map(() => new EngineClient({ name: "test", socketPath: engine.socketPath, doorPath }));
  closers.push(() => clients.forEach((client) => client.close()));
  let [served, slept] = [0, 0];
  const ask = async (client: EngineClient, maxOutputTokens: number) => {
    while (slept < 4) {
      const answer = await collect(client.chat(chatRequest("Hi", { maxOutputTokens }), { signal: never() }));
      expect(answer.reasons).toEqual(["length"]);
      served++;
    }
  };
  const sleeping = (async () => {
    while (slept < 4) {
      await Bun.sleep(engine.state === "ready" ? 150 : 10);
      if (await engine.sleep({ isGentle: false })) slept++;
    }
  })();
  await Promise.all([sleeping, ...clients.flatMap((client) => [ask(client, 1), ask(client, 3), ask(client, 100)])]);
  // Each of six callers at least once; how often more depends on the machine.
  expect(served).toBeGreaterThanOrEqual(6);
  // A gentle end is for one that nobody uses.
  const [client] = clients;
  await engine.whenReady(15_000);
  let gentle: boolean | undefined;
  await collect(client!.chat(chatRequest("Hi", { maxOutputTokens: 900 }), { signal: never() }), () => {
    if (gentle === undefined) void engine.sleep({ isGentle: true }).then((yes) => (gentle = yes));
  });
  expect(gentle).toBe(false);
  expect(await engine.sleep({ isGentle: true })).toBe(true);
  await eventually("its end", () => engine.state === "stored");
});
